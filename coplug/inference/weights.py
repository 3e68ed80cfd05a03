"""Weights on disk: a directory with ``model.safetensors`` and the ``config.json`` that says what they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from coplug.errors import WeightsError
from coplug.files import write_atomically
from coplug.scip.state import (
    COLUMN_FEATURES,
    FEATURE_VERSION,
    N_COLUMN_FEATURES,
    N_ROW_FEATURES,
    ROW_FEATURES,
)

FORMAT = 1
TENSORS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"

Tensors = dict[str, NDArray[np.float32]]
Shapes = dict[str, tuple[int, ...]]


def gcnn_shapes(width: int) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.gcnn.GCNN` at ``width``."""
    shapes: Shapes = {}
    for side, n in (("row", N_ROW_FEATURES), ("column", N_COLUMN_FEATURES)):
        shapes |= _norm(f"{side}_norm", n) | _linear(f"{side}_embedding.0", n, width)
        shapes |= _linear(f"{side}_embedding.2", width, width)
    shapes |= _norm("edge_norm", 1)
    for side in ("to_rows", "to_columns"):
        shapes |= _linear(f"{side}.left", width, width) | _linear(f"{side}.final", width, width)
        shapes |= {f"{side}.edge.weight": (width, 1), f"{side}.right.weight": (width, width)}
        shapes |= {f"{side}.message_norm.scale": (1,), f"{side}.sum_norm.scale": (1,)}
        shapes |= _linear(f"{side}.output.0", 2 * width, width) | _linear(f"{side}.output.2", width, width)
    return shapes | _linear("output.0", width, width) | {"output.2.weight": (1, width)}


def _norm(name: str, n: int) -> Shapes:
    return {f"{name}.shift": (n,), f"{name}.scale": (n,)}


def _linear(name: str, n_in: int, n_out: int) -> Shapes:
    return {f"{name}.weight": (n_out, n_in), f"{name}.bias": (n_out,)}


_ARCHITECTURES: dict[str, Callable[[int], Shapes]] = {"gcnn": gcnn_shapes}


def save_weights(
    directory: str | Path, tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]
) -> None:
    """Write weights so that a reader sees complete files only.

    Parameters
    ----------
    directory : path
        Created if missing; weights in it are replaced.
    tensors : mapping of str to float32 arrays
        Names and shapes as ``config["architecture"]`` at ``config["width"]`` has them.
    config : mapping
        Must have the keys that :func:`load_weights` checks.

    Raises
    ------
    WeightsError
        If :func:`load_weights` would reject what was written, or ``config`` is not JSON.
    OutputError
        If the files cannot be written.
    """
    directory = Path(directory)
    _check_config(directory, config)
    check_tensors(directory, tensors, _shapes(config))
    write_weights(directory, tensors, config)


def write_weights(
    directory: Path, tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]
) -> None:
    """Write checked weights of any architecture; raises as :func:`save_weights`."""
    try:
        text = json.dumps(dict(config), indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise WeightsError(f"{directory}: the configuration cannot be written as JSON: {error}") from error
    data = save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})
    write_atomically(directory / TENSORS_FILE, data)
    write_atomically(directory / CONFIG_FILE, text.encode())


def load_weights(directory: str | Path) -> tuple[Tensors, dict[str, Any]]:
    """Read and check weights.

    Returns
    -------
    tensors : dict of str to float32 arrays
    config : dict
        What ``config.json`` says: ``format``, ``architecture``, ``width``, ``feature_version``,
        ``column_features``, ``row_features``, ``training``.

    Raises
    ------
    WeightsError
        If a file is missing or cannot be read, or its contents do not fit this version of coplug.
    """
    directory = Path(directory)
    config = load_config(directory)
    tensors = read_tensors(directory)
    check_tensors(directory, tensors, _shapes(config))
    return tensors, config


def load_config(directory: Path) -> dict[str, Any]:
    """Read and check the configuration alone; see :func:`load_weights`."""
    config = read_config(directory)
    _check_config(directory, config)
    return config


def read_config(directory: Path) -> dict[str, Any]:
    """Read the configuration of weights of any architecture, unchecked.

    Raises
    ------
    WeightsError
        If there is none, or it is no JSON object.
    """
    if not directory.is_dir():
        raise WeightsError(
            f"{directory}: no such weights directory; expected one with {TENSORS_FILE} and {CONFIG_FILE}"
        )
    path = directory / CONFIG_FILE
    try:
        config = json.loads(_read(path))
    except ValueError as error:
        raise WeightsError(f"{path}: not JSON ({error}); export the weights again") from error
    if not isinstance(config, dict):
        raise WeightsError(f"{path}: expected a JSON object, found a {type(config).__name__}")
    return config


def read_tensors(directory: Path) -> Tensors:
    """Read the tensors of weights of any architecture, unchecked.

    Raises
    ------
    WeightsError
        If the file is missing or cannot be read.
    """
    path = directory / TENSORS_FILE
    try:
        return load(_read(path))
    except (SafetensorError, KeyError, ValueError) as error:  # KeyError: a type that numpy does not have
        raise WeightsError(
            f"{path}: not a safetensors file that can be read ({error}); export the weights again"
        ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error}); weights need it") from error


def _check_config(directory: Path, config: Mapping[str, Any]) -> None:
    """Raise :class:`WeightsError` unless this version of coplug can use weights so described."""
    found = config.get("format")
    if found != FORMAT:
        raise WeightsError(
            f"{directory}: weights format {found!r} is unknown; this coplug reads format {FORMAT}"
        )
    architecture = config.get("architecture")
    if not isinstance(architecture, str) or architecture not in _ARCHITECTURES:
        known = ", ".join(sorted(_ARCHITECTURES))
        raise WeightsError(f"{directory}: architecture {architecture!r} is unknown; known are: {known}")
    width = config.get("width")
    if not isinstance(width, int) or isinstance(width, bool) or width < 1:
        raise WeightsError(f"{directory}: width is {width!r}; expected a positive integer")
    version = config.get("feature_version")
    if version != FEATURE_VERSION:
        raise WeightsError(
            f"{directory}: feature_version is {version!r}, this coplug has {FEATURE_VERSION!r}; train again"
        )
    for key, expected in (("column_features", COLUMN_FEATURES), ("row_features", ROW_FEATURES)):
        check_names(directory, key, config.get(key), expected)


def check_names(directory: Path, key: str, found: object, expected: tuple[str, ...]) -> None:
    """Raise :class:`WeightsError` unless a list of features in a configuration is the expected one."""
    if found != list(expected):
        raise WeightsError(
            f"{directory}: {_difference(key, found, expected)}; train again with these features"
        )


def _difference(key: str, found: object, expected: tuple[str, ...]) -> str:
    """Say in a few words where a feature list departs from ``expected``."""
    if not isinstance(found, list):
        return f"{key} is {type(found).__name__}, expected a list of {len(expected)} names"
    for position, (ours, theirs) in enumerate(zip(expected, found, strict=False)):
        if ours != theirs:
            return f"{key}[{position}] is {theirs!r}, expected {ours!r}"
    return f"{key} has {len(found)} names, expected {len(expected)}"


def _shapes(config: Mapping[str, Any]) -> Shapes:
    return _ARCHITECTURES[config["architecture"]](config["width"])


def check_tensors(directory: Path, tensors: Mapping[str, NDArray[Any]], shapes: Shapes) -> None:
    """Raise :class:`WeightsError` unless names, types, shapes and values are what an architecture needs."""
    for name, shape in shapes.items():
        if name not in tensors:
            raise WeightsError(f"{directory}: tensor {name} is missing; expected shape {shape}")
        tensor = tensors[name]
        if tensor.shape != shape:
            raise WeightsError(f"{directory}: tensor {name} has shape {tensor.shape}, expected {shape}")
        if tensor.dtype != np.float32:
            raise WeightsError(f"{directory}: tensor {name} is {tensor.dtype}, expected float32")
        if not np.isfinite(tensor).all():
            raise WeightsError(
                f"{directory}: tensor {name} has a NaN or infinite value; use an earlier checkpoint"
            )
        if name.endswith(".scale") and not (tensor > 0).all():
            raise WeightsError(f"{directory}: tensor {name} has a value of 0 or less; a scale is positive")
    for name in tensors:
        if name not in shapes:
            raise WeightsError(
                f"{directory}: tensor {name} does not belong to this architecture; export the weights again"
            )
