"""Checkpoints: nested dicts and lists of tensors and plain values as one safetensors file, without pickle."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from coplug.errors import WeightsError, in_one_line
from coplug.files import write_atomically

FORMAT = "coplug-checkpoint-2"

REMEDY = "train anew in another directory"
"""What is left to do without a checkpoint."""

DAMAGE = (
    SafetensorError,
    OSError,
    RuntimeError,  # also of torch, and RecursionError
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What reading a damaged checkpoint, or taking over what it holds, may raise."""


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write ``state``, whole or not at all.

    Parameters
    ----------
    path : Path
    state : dict
        Of tensors, None, booleans, numbers, strings, and dicts and lists of them; keys are strings or
        integers.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    tensors: dict[str, torch.Tensor] = {}
    tree = json.dumps(_encode(state, tensors))
    metadata = {"format": FORMAT, "tree": tree, "crc32": str(_checksum(tree, tensors))}
    write_atomically(path, save(tensors, metadata=metadata))


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read what :func:`save_checkpoint` wrote; tensors come back on the CPU, tuples as lists.

    Raises
    ------
    WeightsError
        If the file is missing, damaged or not a checkpoint of this version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise WeightsError(
                    f"{path} has format {metadata.get('format')}, this coplug reads {FORMAT}; {REMEDY}"
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if metadata["crc32"] != str(_checksum(metadata["tree"], tensors)):
            raise ValueError("its checksum does not match")
        state = _decode(json.loads(metadata["tree"]), tensors)
        if not isinstance(state, dict):
            raise TypeError(f"it holds a {type(state).__name__}")
    except DAMAGE as error:
        raise WeightsError(f"cannot read checkpoint {path}: {in_one_line(error)}; {REMEDY}") from error
    return state


def _checksum(tree: str, tensors: Mapping[str, torch.Tensor]) -> int:
    crc = zlib.crc32(tree.encode())
    for name, tensor in sorted(tensors.items()):
        crc = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), crc)
        crc = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, crc)
    return crc


def _encode(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    """Return ``value`` as JSON; a dict is ``{"dict": [[key, value], ...]}``, to keep integer keys."""
    if isinstance(value, torch.Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {"tensor": name}
    if isinstance(value, dict):
        return {"dict": [[key, _encode(item, tensors)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_encode(item, tensors) for item in value]
    return value


def _decode(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, list):
        return [_decode(item, tensors) for item in value]
    if isinstance(value, dict):
        if "tensor" in value:
            return tensors[value["tensor"]]
        return {key: _decode(item, tensors) for key, item in value["dict"]}
    return value
