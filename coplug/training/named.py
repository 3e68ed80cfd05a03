"""Objects that a recipe names as ``package.module:object``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coplug.errors import CoplugError, RecipeError


def import_named(name: str, key: str) -> Any:
    """Return the object that ``name`` stands for; modules of the current directory are found too.

    Parameters
    ----------
    name : str
        ``package.module:object``.
    key : str
        The recipe's key, for the message.

    Raises
    ------
    RecipeError
        If there is no such module or object, or its import fails.
    """
    module_name, colon, attribute = name.partition(":")
    if not (module_name and colon and attribute):
        raise RecipeError(f"{key} is {name!r}, expected package.module:object")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # a module may raise anything while it is imported
        raise RecipeError(f"{key} {name!r} cannot be imported: {type(error).__name__}: {error}") from error
    if not hasattr(module, attribute):
        raise RecipeError(f"{key}: module {module_name} has no {attribute!r}")
    return getattr(module, attribute)


def make_named(name: str, key: str, arguments: Mapping[str, Any], methods: Sequence[str]) -> Any:
    """Import what ``name`` stands for and call it with ``arguments``.

    Parameters
    ----------
    name, key : str
        See :func:`import_named`.
    arguments : mapping
        Keyword arguments.
    methods : sequence of str
        What the object that is made must be able to do.

    Raises
    ------
    RecipeError
        As :func:`import_named`, and if the call does not take these arguments or makes another kind of object.
    """
    factory = import_named(name, key)
    try:
        made = factory(**arguments)
    except CoplugError:
        raise
    except (TypeError, ValueError) as error:
        given = ", ".join(arguments) or "none"
        raise RecipeError(
            f"{key} {name!r} cannot be made with the arguments given ({given}): {error}"
        ) from error
    missing = [method for method in methods if not callable(getattr(made, method, None))]
    if missing:
        raise RecipeError(f"{key} {name!r} made an object without {', '.join(missing)}()")
    return made
