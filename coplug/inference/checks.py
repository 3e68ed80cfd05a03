"""Whether a configuration and tensors are what an architecture needs, with one line about the first that is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from coplug.errors import CoplugError, WeightsError, in_one_line, shown
from coplug.inference.architecture import ARCHITECTURES, Architecture, Config, Shapes

T = TypeVar("T")

FORMAT = 1
"""Of a weights directory; changes when readers have to."""


def named_architecture(directory: Path, config: Config) -> Architecture:
    """Return the architecture that a configuration names.

    Raises
    ------
    WeightsError
        If the format or the architecture is unknown, or its package is broken.
    """
    found = config.get("format")
    if type(found) is not int or found != FORMAT:
        raise WeightsError(
            f"{directory}: the weights are of format {shown(found)}; this coplug reads format {FORMAT}"
        )
    name = config.get("architecture")
    known = ARCHITECTURES.names()
    if not isinstance(name, str) or name not in known:
        raise WeightsError(
            f"{directory}: architecture {shown(name)} is unknown; known are: {', '.join(known)}"
        )
    try:
        architecture = ARCHITECTURES.load(name)
    except WeightsError as error:
        raise WeightsError(f"{directory}: {error}") from error
    if architecture.name != name:
        raise WeightsError(
            f"{directory}: architecture {name!r} calls itself {architecture.name!r}; update its package"
        )
    return architecture


def checked_architecture(directory: Path, config: Config) -> Architecture:
    """Return the architecture of a configuration that this version of coplug can use.

    Raises
    ------
    WeightsError
        As :func:`named_architecture`, and if sizes, flags or features are not what they should be.
    """
    architecture = named_architecture(directory, config)
    for key, largest in architecture.sizes.items():
        size = config.get(key)
        if type(size) is not int or not 1 <= size <= largest:
            raise WeightsError(
                f"{directory}: {key} is {shown(size)}; expected a positive integer of at most {largest}"
            )
    for key in architecture.flags:
        if not isinstance(config.get(key), bool):
            raise WeightsError(f"{directory}: {key} is {shown(config.get(key))}; expected true or false")
    for key, value in architecture.expected.items():
        if difference := _difference(key, config.get(key), value):
            raise WeightsError(f"{directory}: {difference}; train again with this version")
    return architecture


def check_tensors(
    directory: Path, tensors: Mapping[str, NDArray[Any]], architecture: Architecture, config: Config
) -> None:
    """See that names, types, shapes and values of tensors are right.

    Raises
    ------
    WeightsError
        If one is not.
    """
    shapes: Shapes = ask(directory, architecture, architecture.shapes, config)
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
    for name in tensors:
        if name not in shapes:
            printed = name.encode("unicode_escape").decode()
            raise WeightsError(
                f"{directory}: tensor {printed} does not belong to this architecture; export the weights again"
            )
    if fault := ask(directory, architecture, architecture.fault, dict(tensors)):
        raise WeightsError(f"{directory}: {fault}")


def ask(directory: Path, architecture: Architecture, question: Callable[..., T], *arguments: Any) -> T:
    """Return what an architecture's own code returns.

    Raises
    ------
    WeightsError
        If it raises, as another package's code may.
    """
    try:
        return question(*arguments)
    except CoplugError as error:
        raise WeightsError(f"{directory}: {error}") from error
    except Exception as error:  # another package's code may raise anything
        raise WeightsError(
            f"{directory}: architecture {architecture.name!r} fails ({in_one_line(error)}); update its package"
        ) from error


def _difference(key: str, found: object, expected: object) -> str:
    """Say in a few words where a value of a configuration departs from what it should be."""
    if not isinstance(expected, tuple):
        same = type(found) is type(expected) and found == expected
        return "" if same else f"{key} is {shown(found)}, this coplug has {expected!r}"
    if not isinstance(found, list):
        return f"{key} is {type(found).__name__}, expected a list of {len(expected)} names"
    for position, (ours, theirs) in enumerate(zip(expected, found, strict=False)):
        if ours != theirs:
            return f"{key}[{position}] is {shown(theirs)}, expected {ours!r}"
    return "" if len(found) == len(expected) else f"{key} has {len(found)} names, expected {len(expected)}"
