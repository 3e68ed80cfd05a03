"""Telling Gymnasium of the environments that packages offer by entry points."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint
from typing import Any

import gymnasium

from coplug.errors import UsageError
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
    vectors = VECTOR_ENVIRONMENTS.entries()
    entries = ENVIRONMENTS.entries()
    for name, entry in entries.items():
        _register(name, entry, vectors.get(name))
    for name in vectors.keys() - entries.keys():
        logger.warning(
            "vector environment %s (%s) is left out: no environment has this name", name, vectors[name].value
        )


def _register(name: str, entry: EntryPoint, vector: EntryPoint | None) -> None:
    known = gymnasium.registry.get(NAMESPACE + name)
    if known is not None and known.entry_point == entry.value:
        return
    try:
        if known is not None:
            raise UsageError(f"this id is already registered for {known.entry_point}")
        for offered in filter(None, (entry, vector)):
            if not all(offered.value.partition(":")):
                raise UsageError(f"{offered.value!r} is no package.module:class")
        gymnasium.register(
            NAMESPACE + name, entry.value, vector_entry_point=None if vector is None else vector.value
        )
    except (UsageError, gymnasium.error.Error) as error:
        logger.warning("environment %s (%s) is left out: %s", name, entry.value, error)
