"""Telling Gymnasium of the environments that packages offer by entry points."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import gymnasium

from coplug.errors import CoplugError
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


SETTINGS: Registry[Mapping[str, Any]] = Registry("coplug.environment_settings", "settings of environment")
"""What Gymnasium is told of an id besides its class: ``kwargs``, which the class is made with, ``max_episode_steps``.

These are imported with this module: what they import should be next to nothing.
"""


def register_installed() -> None:
    """Register the environments of all installed packages; nothing of theirs is imported but settings.

    What cannot be registered is left out with a warning.
    """
    environments, vectors = _objects(ENVIRONMENTS), _objects(VECTOR_ENVIRONMENTS)
    with_settings = _objects(SETTINGS)
    for name, value in environments.items():
        _register(name, value, vectors.get(name), name in with_settings)
    for registry, found in ((VECTOR_ENVIRONMENTS, vectors), (SETTINGS, with_settings)):
        for name in found.keys() - ENVIRONMENTS.entries().keys():
            _leave_out(registry, name, found[name], "no environment has this name")


def _objects(registry: Registry[Any]) -> dict[str, str]:
    """Return what the entry points of a registry stand for, by name."""
    found = {name: entry.value for name, entry in registry.entries().items()}
    for name, value in found.items():
        if not all(value.partition(":")):
            _leave_out(registry, name, value, f"{value!r} is no package.module:class")
    return {name: value for name, value in found.items() if all(value.partition(":"))}


def _register(name: str, value: str, vector: str | None, has_settings: bool) -> None:
    known = gymnasium.registry.get(NAMESPACE + name)
    if known is not None and known.entry_point == value:
        return
    if known is not None:
        _leave_out(ENVIRONMENTS, name, value, f"this id is already registered for {known.entry_point}")
        return
    try:
        settings = SETTINGS.load(name) if has_settings else {}
        gymnasium.register(NAMESPACE + name, value, vector_entry_point=vector, **settings)
    except (gymnasium.error.Error, CoplugError, TypeError) as error:
        _leave_out(ENVIRONMENTS, name, value, error)


def _leave_out(registry: Registry[Any], name: str, value: str, reason: object) -> None:
    logger.warning("%s %s (%s) is left out: %s", registry.kind, name, value, reason)
