"""Naming the columns of an observation's arrays."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any


def feature_enum(module: str, qualname: str, names: Sequence[str]) -> Any:
    """Return an enumeration of column numbers from 0, to be kept as an attribute of an observation class.

    Parameters
    ----------
    module, qualname : str
        Where the enumeration can be found, which pickling its members needs.
    names : sequence of str

    Returns
    -------
    type of enum.IntEnum
        Typed as ``Any``: mypy knows no enumeration whose names come from a tuple.
    """
    make: Any = enum.IntEnum
    return make(qualname.rpartition(".")[2], names, module=module, qualname=qualname, start=0)
