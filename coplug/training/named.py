"""Objects that a recipe names as ``package.module:object``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coplug.errors import CoplugError, RecipeError, in_one_line
from coplug.inference.architecture import ARCHITECTURES


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
        raise RecipeError(f"{key} {name!r} cannot be imported: {in_one_line(error)}") from error
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
    except Exception as error:  # another package's code may raise anything
        given = ", ".join(arguments) or "none"
        raise RecipeError(
            f"{key} {name!r} cannot be made with the arguments given ({given}): {in_one_line(error)}"
        ) from error
    missing = [method for method in methods if not callable(getattr(made, method, None))]
    if missing:
        raise RecipeError(f"{key} {name!r} made an object without {', '.join(missing)}()")
    return made


def network_module(name: str) -> str:
    """Return the ``package.module:object`` of a network that a recipe names, perhaps as an architecture.

    Parameters
    ----------
    name : str
        ``package.module:object``, or an entry point of ``coplug.architectures``.

    Raises
    ------
    RecipeError
        If it is neither, or the architecture has no network that can be trained.
    """
    if ":" in name:
        return name
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES.names())
        raise RecipeError(f"network is {name!r}, expected package.module:object or one of {known}")
    module = ARCHITECTURES.load(name).module
    if not module:
        raise RecipeError(f"network {name!r} cannot be trained: the architecture names no module")
    return module
