"""What is the same about the solutions of every kind of problem: their files, and the document of ``--json``."""

from __future__ import annotations

from pathlib import Path

from coplug.errors import OutputError, UsageError

SCHEMA_VERSION = 1
"""Of the document that ``--json`` prints."""

STATUS_PHRASES = {
    "optimal": "optimal solution found",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "inforunbd": "infeasible or unbounded",
    "timelimit": "time limit reached",
    "nodelimit": "node limit reached",
    "totalnodelimit": "total node limit reached",
    "stallnodelimit": "stall node limit reached",
    "gaplimit": "gap limit reached",
    "primallimit": "primal limit reached",
    "duallimit": "dual limit reached",
    "memlimit": "memory limit reached",
    "sollimit": "solution limit reached",
    "bestsollimit": "solution improvement limit reached",
    "restartlimit": "restart limit reached",
    "userinterrupt": "user interrupt",
    "terminate": "termination signal received",
    "unknown": "unknown",
}
"""SCIP's own words for the statuses that PySCIPOpt names (``SCIPprintStatus``)."""

SOLUTION_SUFFIXES = (".sol", ".json")


def check_solution_path(path: Path) -> None:
    """Reject an output path before any work is done.

    Raises
    ------
    UsageError
        If its suffix names no format.
    OutputError
        If its directory does not exist.
    """
    if path.suffix not in SOLUTION_SUFFIXES:
        raise UsageError(f"--solution {path}: expected a name that ends in {' or '.join(SOLUTION_SUFFIXES)}")
    if not path.parent.is_dir():
        raise OutputError(f"--solution {path}: directory {path.parent} does not exist")
