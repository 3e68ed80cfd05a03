"""Things that packages offer by name, through entry points: problems, families, policies, recipes and the like."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any, Generic, TypeVar

from coplug.errors import CoplugError, UsageError, in_one_line
from coplug.own_metadata import is_of_another, own_entry_points

logger = logging.getLogger(__name__)

T = TypeVar("T")

REINSTALL = (
    "coplug's package metadata is missing or old: install it again, in a checkout by `pip install -e .`"
)

Stamp = tuple[tuple[str, int], ...]


class Registry(Generic[T]):
    """The entry points of one group; nothing is imported before it is asked for.

    Where two packages offer one name, coplug's own is taken, or else the first on the path, with a warning.

    Parameters
    ----------
    group : str
        Such as ``coplug.problems``.
    kind : str
        What one of them is called in messages, such as ``problem``.
    fault : callable, optional
        Says in words what is wrong with a loaded object, or ``""``; see ``T``'s contract.
    error : type of CoplugError, optional
        What is raised; :class:`~coplug.errors.UsageError` by default.
    """

    def __init__(
        self,
        group: str,
        kind: str,
        fault: Callable[[Any], str] = lambda found: "",
        error: type[CoplugError] = UsageError,
    ) -> None:
        self.group = group
        self.kind = kind
        self._fault = fault
        self._error = error

    def entries(self) -> dict[str, EntryPoint]:
        """Return the entry points by name, in the order of names."""
        return dict(_entries(entry_points, self.group, _search_path()))

    def names(self) -> list[str]:
        """Return all names, sorted."""
        return list(self.entries())

    def __contains__(self, name: object) -> bool:
        return name in self.entries()

    def load(self, name: str) -> T:
        """Import what is called ``name``.

        Raises
        ------
        CoplugError
            Of the registry's kind: if no installed package offers this name, its import fails, or it is something
            else than it should be.
        """
        entries = self.entries()
        if name not in entries:
            choices = ", ".join(entries) or f"none; {REINSTALL}"
            raise self._error(f"{self.kind} {name!r} is unknown; choose one of: {choices}")
        entry = entries[name]
        try:
            found: T = entry.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a third party's module may fail in any way, also by SystemExit
            raise self._error(
                f"{self.kind} {name!r} ({entry.value}) cannot be imported: {in_one_line(error)}; update its package"
            ) from error
        try:
            fault = self._fault(found)
        except Exception as error:  # a third party's attribute may raise anything
            fault = f"cannot be looked at: {in_one_line(error)}; update its package"
        if fault:
            raise self._error(f"{self.kind} {name!r} ({entry.value}) {fault}")
        return found

    def usable(self) -> dict[str, T]:
        """Return all that :meth:`load` can load, by name; what it cannot is named in a warning."""
        found = {}
        for name in self.names():
            try:
                found[name] = self.load(name)
            except CoplugError as error:
                logger.warning("%s; it is left out", error)
        return found


@lru_cache(maxsize=64)
def _entries(look_up: Callable[[], Any], group: str, stamp: Stamp) -> dict[str, EntryPoint]:
    """Return the entry points of a group; of two of one name coplug's own, or else the first on the path."""
    points, own = _installed(look_up, stamp).select(group=group), _own(stamp)
    if own is not None:
        points = [*filter(is_of_another, points), *own.select(group=group)]
    found: dict[str, EntryPoint] = {}
    for entry in sorted(points, key=_is_foreign):
        taken = found.setdefault(entry.name, entry)
        if taken.value != entry.value:
            logger.warning(
                "two packages offer %r in %s: %s is taken, %s is left out",
                entry.name,
                group,
                taken.value,
                entry.value,
            )
    return dict(sorted(found.items()))


def _is_foreign(entry: EntryPoint) -> bool:
    return not entry.value.startswith("coplug.")


@lru_cache(maxsize=4)
def _installed(look_up: Callable[[], Any], stamp: Stamp) -> Any:
    """Read the metadata of all packages once, until something is installed: it takes tens of milliseconds."""
    return look_up()


@lru_cache(maxsize=4)
def _own(stamp: Stamp) -> EntryPoints | None:
    return own_entry_points()


def _search_path() -> Stamp:
    """Return where packages are looked for, and when something last came or went there."""
    stamps = []
    for folder in sys.path:
        with contextlib.suppress(OSError):
            stamps.append((folder, os.stat(folder or os.curdir).st_mtime_ns))
    return tuple(stamps)
