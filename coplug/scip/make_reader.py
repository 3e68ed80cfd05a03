"""Choosing the reader that this SCIP library allows."""

from __future__ import annotations

import pyscipopt

from coplug.scip.compiled import CompiledReader
from coplug.scip.library import load_library
from coplug.scip.portable import PortableReader
from coplug.scip.reader import StateReader


def make_reader(model: pyscipopt.Model) -> StateReader:
    """Return the compiled reader where libscip can be used, else the portable one."""
    return CompiledReader(model) if load_library().usable else PortableReader(model)
