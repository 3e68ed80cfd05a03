"""Names of Ecole 0.7 that code still uses, each with a note on today's."""

from __future__ import annotations

import warnings
from typing import Any

from coplug.ecole import rng

_NAMES = {"RandomEngine": "RandomGenerator", "spawn_random_engine": "spawn_random_generator"}


def warn_renamed(old: str, new: str, stacklevel: int = 3) -> None:
    """Say that ``old`` is called ``new`` since Ecole 0.8, for the line that used it."""
    warnings.warn(f"{old} is Ecole 0.7's name; take {new}", DeprecationWarning, stacklevel=stacklevel)


def renamed_attribute(module: str, name: str) -> Any:
    """Return what a module's attribute is today, for the module's ``__getattr__``.

    Raises
    ------
    AttributeError
        If Ecole never had such a name.
    """
    if name not in _NAMES:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    warn_renamed(name, _NAMES[name], stacklevel=4)
    return getattr(rng, _NAMES[name])


def with_rng(named: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments in which ``random_engine`` is called ``rng``."""
    if "random_engine" not in named:
        return named
    warn_renamed("the argument random_engine", "rng", stacklevel=4)
    return {"rng" if name == "random_engine" else name: value for name, value in named.items()}
