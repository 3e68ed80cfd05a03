"""Weights directories of networks that torch alone evaluates: ``model.safetensors`` and ``config.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from coplug.errors import WeightsError
from coplug.files import write_atomically
from coplug.inference.weights import CONFIG_FILE, TENSORS_FILE


def export_network(network: nn.Module, directory: Path, config: Mapping[str, Any]) -> None:
    """Write a network's tensors and what ``config.json`` says.

    Raises
    ------
    WeightsError
        If a weight is not finite.
    OutputError
        If the files cannot be written.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise WeightsError(f"{directory}: tensor {name} has a NaN or infinite value; train again")
    write_atomically(directory / TENSORS_FILE, save_tensors(tensors))
    write_atomically(directory / CONFIG_FILE, (json.dumps(dict(config), indent=2) + "\n").encode())


def read_network(
    directory: Path, architecture: str, format_version: int
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read the tensors and ``config.json`` of an architecture.

    Raises
    ------
    WeightsError
        If a file is missing or cannot be read, or is not of this architecture and format.
    """
    try:
        config = json.loads((directory / CONFIG_FILE).read_text(encoding="utf-8"))
        tensors = load_tensors((directory / TENSORS_FILE).read_bytes())
        found = config.get("format"), config.get("architecture")
    except (OSError, ValueError, KeyError, AttributeError, SafetensorError) as error:
        raise unreadable(directory, error) from error
    if found != (format_version, architecture):
        raise WeightsError(f"{directory} holds no {architecture} of format {format_version}; choose another")
    return tensors, config


def unreadable(directory: str | Path, error: Exception) -> WeightsError:
    """Return the error of a directory whose contents do not make a network."""
    reason = str(error).partition("\n")[0]
    return WeightsError(f"{directory}: not a weights directory that can be read ({reason}); export it again")
