"""Weights on disk: a directory with ``model.safetensors`` and the ``config.json`` that says what they are."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from coplug.documents import read_object
from coplug.errors import WeightsError
from coplug.files import write_atomically
from coplug.inference.architecture import ARCHITECTURES, Architecture, Config, Tensors
from coplug.inference.checks import FORMAT, ask, check_tensors, checked_architecture, named_architecture

TENSORS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"
DECISION_FILE = "decision.json"
"""Alone in a folder that ``coplug fit`` left without a policy."""

_AGAIN = "export the weights again"


def new_config(architecture: str, sizes: Mapping[str, int | bool], **more: Any) -> dict[str, Any]:
    """Return the configuration of new weights.

    Parameters
    ----------
    architecture : str
        One of :data:`coplug.inference.architecture.ARCHITECTURES`.
    sizes : mapping
        Its sizes and flags.
    **more
        What else is to be kept, such as ``training``; what the architecture expects is added.

    Raises
    ------
    WeightsError
        If there is no such architecture.
    """
    expected = ARCHITECTURES.load(architecture).expected
    said = {key: list(value) if isinstance(value, tuple) else value for key, value in expected.items()}
    return {"format": FORMAT, "architecture": architecture, **sizes, **said, **more}


def save_weights(
    directory: str | Path, tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]
) -> None:
    """Write weights so that a reader sees complete files only.

    Parameters
    ----------
    directory : path
        Created if missing; weights in it are replaced.
    tensors : mapping of str to float32 arrays
        Names and shapes as the architecture has them.
    config : mapping
        As :func:`new_config` makes it. JSON has no NaN and no infinity: such a metric is written as null.

    Raises
    ------
    WeightsError
        If :func:`load_weights` would reject what was written, or ``config`` is not JSON.
    OutputError
        If the files cannot be written.
    """
    directory = Path(directory)
    check_tensors(directory, tensors, checked_architecture(directory, config), config)
    try:
        text = json.dumps(_finite(dict(config)), indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise WeightsError(f"{directory}: the configuration cannot be written as JSON: {error}") from error
    if tensors:
        data = save({name: np.asarray(tensor, order="C") for name, tensor in tensors.items()})
        write_atomically(directory / TENSORS_FILE, data)
    write_atomically(directory / CONFIG_FILE, text.encode())


def load_weights(directory: str | Path, architecture: str = "") -> tuple[Tensors, dict[str, Any]]:
    """Read and check weights.

    Parameters
    ----------
    directory : path
    architecture : str
        The one that is expected; any if empty.

    Returns
    -------
    tensors : dict of str to float32 arrays
    config : dict
        What ``config.json`` says: ``format``, ``architecture``, what the architecture demands, and what training left.

    Raises
    ------
    WeightsError
        If a file is missing or cannot be read, or its contents do not fit this version of coplug.
    """
    directory = Path(directory)
    config = load_config(directory, architecture)
    return _load_tensors(directory, ARCHITECTURES.load(config["architecture"]), config), config


def load_config(directory: Path, architecture: str = "") -> dict[str, Any]:
    """Read and check the configuration alone; see :func:`load_weights`."""
    config = _read_config(directory)
    if architecture and config.get("architecture") != architecture:
        raise WeightsError(f"{directory} holds no {architecture} of format {FORMAT}; choose another")
    checked_architecture(directory, config)
    return config


def load_network(directory: Path, problem: str) -> tuple[Any, dict[str, Any]]:
    """Read weights that serve a problem, and build the network that they are for, without torch.

    Returns
    -------
    network : object
        What the problem asks of its networks, see :class:`coplug.inference.architecture.Architecture`.
    config : dict

    Raises
    ------
    WeightsError
        As :func:`load_weights`, and if the architecture serves another problem, or none.
    """
    config = _read_config(directory)
    architecture = named_architecture(directory, config)
    if architecture.problem != problem:
        serves = architecture.problem or "no solve"
        raise WeightsError(
            f"{directory}: {architecture.name!r} serves {serves}; expected weights that serve {problem}"
        )
    checked_architecture(directory, config)
    tensors = _load_tensors(directory, architecture, config)
    return ask(directory, architecture, lambda: resolve_name(architecture.build)(tensors, config)), config


def problem_of(directory: Path) -> str:
    """Return the name of the problem that weights serve, by their architecture; empty if none.

    Raises
    ------
    WeightsError
        If ``config.json`` cannot be read, or its format or architecture is unknown.
    """
    return named_architecture(directory, _read_config(directory)).problem


def _read_config(directory: Path) -> dict[str, Any]:
    if not directory.is_dir():
        raise WeightsError(
            f"{directory}: no such weights directory; expected one with {TENSORS_FILE} and {CONFIG_FILE}"
        )
    if not (directory / CONFIG_FILE).exists() and (directory / DECISION_FILE).exists():
        raise WeightsError(
            f"{directory} holds no policy: its fit found SCIP as it comes to be best, or could not decide; its card "
            "says more"
        )
    return read_object(directory / CONFIG_FILE, _AGAIN, WeightsError)


def _load_tensors(directory: Path, architecture: Architecture, config: Config) -> Tensors:
    path = directory / TENSORS_FILE
    if not path.exists() and not ask(directory, architecture, architecture.shapes, config):
        return {}  # SCIP parameters alone
    try:
        tensors: Tensors = load(path.read_bytes())
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}; {_AGAIN}") from error
    except (SafetensorError, KeyError, ValueError) as error:  # KeyError: a type that numpy does not have
        raise WeightsError(f"{path} cannot be read: not a safetensors file ({error}); {_AGAIN}") from error
    check_tensors(directory, tensors, architecture, config)
    return tensors


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
