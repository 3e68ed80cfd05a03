"""A PySCIPOpt model of a SCIP instance that someone else owns, for code that walks the search tree."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import pyscipopt

from coplug.scip.library import scip_pointer
from coplug.scip.stage import Stage

_OBJECT_HEADER = 16
"""Bytes of a Python object before its own fields: reference count and type."""


class ModelView(pyscipopt.Model):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """PySCIPOpt's model, with an empty search tree and LP where SCIP is not solving.

    SCIP 10 refuses these questions then, where older ones answered like this; code that looks at the tree after each
    decision asks them once more after the last one. Two models are equal if they are of the same SCIP instance.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, pyscipopt.Model) and scip_pointer(self) == scip_pointer(other)

    __hash__ = pyscipopt.Model.__hash__

    def _has_tree(self) -> bool:
        return bool(self.getStage() == Stage.Solving)

    def getCurrentNode(self) -> pyscipopt.scip.Node | None:  # noqa: N802 # PySCIPOpt's names
        """Return the node that is being solved, if there is one."""
        return super().getCurrentNode() if self._has_tree() else None

    def getOpenNodes(self) -> tuple[list[Any], list[Any], list[Any]]:  # noqa: N802
        """Return the open leaves, children and siblings."""
        return super().getOpenNodes() if self._has_tree() else ([], [], [])

    def getLPColsData(self) -> list[Any]:  # noqa: N802
        """Return the columns of the LP."""
        return super().getLPColsData() if self._has_tree() else []

    def getLPRowsData(self) -> list[Any]:  # noqa: N802
        """Return the rows of the LP."""
        return super().getLPRowsData() if self._has_tree() else []

    def getLPBasisInd(self) -> list[int]:  # noqa: N802
        """Return the indices of basic columns, and of basic rows as ``-1 - row``."""
        return super().getLPBasisInd() if self._has_tree() else []

    def getLPBranchCands(self) -> tuple[list[Any], list[float], list[float], int, int, int]:  # noqa: N802
        """Return the fractional variables, their values and fractions, and three counts."""
        return super().getLPBranchCands() if self._has_tree() else ([], [], [], 0, 0, 0)

    def getPseudoBranchCands(self) -> tuple[list[Any], int, int]:  # noqa: N802
        """Return the integer variables that are not fixed, and two counts."""
        return super().getPseudoBranchCands() if self._has_tree() else ([], 0, 0)


def view_of(model: pyscipopt.Model) -> pyscipopt.Model:
    """Return a model of the same SCIP instance that does not own it.

    It is a :class:`ModelView` if PySCIPOpt's object has its pointer to SCIP among its fields, as in version 6.3;
    otherwise PySCIPOpt's own view, which raises where there is no tree.
    """
    offset = _pointer_offset()
    if offset is None:
        return pyscipopt.Model.from_ptr(model.to_ptr(give_ownership=False), take_ownership=False)
    view = ModelView(createscip=False)
    # PySCIPOpt's from_ptr does the same, but for no subclass.
    ctypes.c_void_p.from_address(id(view) + offset).value = scip_pointer(model)
    return view


@functools.cache
def _pointer_offset() -> int | None:
    """Return where a PySCIPOpt model holds its pointer to SCIP, in bytes from the object's start, if there is one."""
    model = pyscipopt.Model(defaultPlugins=False)
    pointer = scip_pointer(model)
    found = [
        offset
        for offset in range(_OBJECT_HEADER, pyscipopt.Model.__basicsize__, ctypes.sizeof(ctypes.c_void_p))
        if ctypes.c_void_p.from_address(id(model) + offset).value == pointer
    ]
    model.free()
    return found[0] if len(found) == 1 else None
