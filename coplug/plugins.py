"""Policies that other packages bring: by an entry point of the group ``coplug.policies``, or as ``package:object``.

Which problem such a policy is for follows from what it can do: each problem says what its policies are.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
from collections.abc import Callable
from typing import Any

from coplug.errors import CoplugError, PolicyError, in_one_line, shown
from coplug.registry import Registry

logger = logging.getLogger(__name__)

POLICIES: Registry[Any] = Registry("coplug.policies", "policy", error=PolicyError)
"""Policies, classes of them, or callables without arguments that make one."""

Lack = Callable[[object], str]
"""Says what an object lacks that a problem's policies have, such as ``name and scores``; ``""`` for a policy."""


def is_plugin(name: str) -> bool:
    """Tell whether a name is that of an entry point, or of the form ``package:object``."""
    return ":" in name or name in POLICIES


def load_plugin(name: str, lack: Lack) -> Any:
    """Return the policy that an entry point, or ``package.module:object``, is or makes.

    Raises
    ------
    PolicyError
        If it cannot be loaded, or is no policy of the problem.
    """
    found = _made(name, lack)
    if lacking := _lacking(lack, found):
        raise PolicyError(f"policy {name} is a {type(found).__name__} without {lacking}")
    return found


def plugins(lack: Lack) -> dict[str, Any]:
    """Return the policies of one problem among the entry points; those that cannot be loaded are named in a warning."""
    found = {}
    for name in POLICIES.names():
        try:
            found[name] = _made(name, lack)
        except CoplugError as error:
            logger.warning("%s; it is left out", error)
    return {name: policy for name, policy in found.items() if not _lacking(lack, policy)}


def plugin_lines(lack: Lack) -> dict[str, str]:
    """Return the names of :func:`plugins`, each with where it comes from."""
    entries = POLICIES.entries()
    return {name: f"plugin {entries[name].value}" for name in plugins(lack)}


def has(found: object, name: str) -> bool:
    """Tell whether an object has an attribute, be it one that raises."""
    try:
        return hasattr(found, name)
    except BaseException:  # a property may raise anything
        return True


def name_of(policy: object) -> str:
    """Return the name of a policy.

    Raises
    ------
    PolicyError
        If it is not a text of one line.
    """
    name, fault = _read_name(policy)
    if fault:
        raise PolicyError(f"{type(policy).__name__} object is no policy that can be used: {fault}")
    return name


def name_fault(policy: object) -> str:
    """Say what is wrong with the name of a policy; "" if nothing is."""
    return _read_name(policy)[1]


def _read_name(policy: object) -> tuple[str, str]:
    """Return the name of a policy, read once, and what is wrong with it."""
    try:
        name = getattr(policy, "name", None)
    except BaseException as error:  # a property may raise anything
        return "", f"name cannot be read ({in_one_line(error)})"
    if isinstance(name, str) and name and name.isprintable():
        return str(name), ""
    return "", f"name is {shown(name)}; expected a text of one line"


def _made(name: str, lack: Lack) -> Any:
    """Return an object that is brought, or what its class or function makes."""
    try:
        found = POLICIES.load(name) if name in POLICIES else _import_object(name)
        if _lacking(lack, found) and (inspect.isroutine(found) or isinstance(found, functools.partial)):
            return found()
        return found() if isinstance(found, type) else found
    except (CoplugError, KeyboardInterrupt):
        raise
    except BaseException as error:  # another package's code may raise anything, SystemExit too
        raise PolicyError(f"policy {name} cannot be loaded: {in_one_line(error)}") from error


def _lacking(lack: Lack, found: object) -> str:
    try:
        return lack(found)
    except Exception as error:  # a property may raise anything
        return f"attributes that can be read ({in_one_line(error)})"


def _import_object(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
