"""Telling Gymnasium of the environments that packages offer by entry points."""

from __future__ import annotations

import logging
from typing import Any

import gymnasium

from coplug.registry import Registry

logger = logging.getLogger(__name__)

NAMESPACE = "coplug/"
"""What every id begins with; the rest of it is the name of the entry point, such as ``Branching-v0``."""

ENVIRONMENTS: Registry[type[gymnasium.Env[Any, Any]]] = Registry("coplug.environments", "environment")
"""Classes of environments, or callables that make one."""

VECTOR_ENVIRONMENTS: Registry[type[gymnasium.vector.VectorEnv[Any, Any, Any]]] = Registry(
    "coplug.vector_environments", "vector environment"
)
"""Classes of the same environments, under the same names, that step many copies at once."""


def register_installed() -> None:
    """Register the environments of all installed packages; nothing of theirs is imported.

    What cannot be registered is left out with a warning.
    """
    environments, vectors = _objects(ENVIRONMENTS), _objects(VECTOR_ENVIRONMENTS)
    for name, value in environments.items():
        _register(name, value, vectors.get(name))
    for name in vectors.keys() - ENVIRONMENTS.entries().keys():
        _leave_out(VECTOR_ENVIRONMENTS, name, vectors[name], "no environment has this name")


def _objects(registry: Registry[Any]) -> dict[str, str]:
    """Return what the entry points of a registry stand for, by name."""
    found = {name: entry.value for name, entry in registry.entries().items()}
    for name, value in found.items():
        if not all(value.partition(":")):
            _leave_out(registry, name, value, f"{value!r} is no package.module:class")
    return {name: value for name, value in found.items() if all(value.partition(":"))}


def _register(name: str, value: str, vector: str | None) -> None:
    known = gymnasium.registry.get(NAMESPACE + name)
    if known is not None and known.entry_point == value:
        return
    if known is not None:
        _leave_out(ENVIRONMENTS, name, value, f"this id is already registered for {known.entry_point}")
        return
    try:
        gymnasium.register(NAMESPACE + name, value, vector_entry_point=vector)
    except gymnasium.error.Error as error:
        _leave_out(ENVIRONMENTS, name, value, error)


def _leave_out(registry: Registry[Any], name: str, value: str, reason: object) -> None:
    logger.warning("%s %s (%s) is left out: %s", registry.kind, name, value, reason)
