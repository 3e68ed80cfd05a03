"""What a solve of a graph prints and writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from coplug.errors import OutputError, UsageError
from coplug.files import write_atomically
from coplug.problems.graphs.reading import GraphFile
from coplug.problems.mis.options import GraphOptions, GraphResult

SCHEMA_VERSION = 1
"""Of the document that ``--json`` prints, for every problem."""

STATUS_PHRASES = {
    "optimal": "optimal solution found",
    "timelimit": "time limit reached",
    "userinterrupt": "user interrupt",
    "unknown": "unknown",
}

SUFFIXES = (".sol", ".json")


def check_solution_path(path: Path) -> None:
    """Reject an output path before any work is done.

    Raises
    ------
    UsageError
        If its suffix names no format.
    OutputError
        If its directory does not exist.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(f"--solution {path}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise OutputError(f"--solution {path}: directory {path.parent} does not exist")


def document_of(
    path: Path, problem: str, read: GraphFile, options: GraphOptions, result: GraphResult
) -> dict[str, Any]:
    """Return what ``--json`` prints; ``solution`` is the list of the names of the set's nodes."""
    names = read.graph.names
    return {
        "schema_version": SCHEMA_VERSION,
        "problem": problem,
        "instance": str(path),
        "status": result.status,
        "sense": result.sense,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "time_s": result.time_s,
        "seed": options.seed,
        "policy": {
            "name": options.method if options.method in ("greedy", "exact") else "none",
            "calls": 0,
            "time_s": 0.0,
            "fallbacks": 0,
            "withdrawn": None,
        },
        "n_nodes": read.graph.n_nodes,
        "n_edges": read.graph.n_edges,
        "kernel_nodes": result.kernel_nodes,
        "kernel_edges": result.kernel_edges,
        "steps": result.steps,
        "notes": list(read.notes),
        "solution": [names[node] for node in np.flatnonzero(result.chosen).tolist()],
    }


def write_solution(path: Path, document: dict[str, Any]) -> None:
    """Write the set, complete or not at all: ``.json`` for the document, ``.sol`` for a line ``NAME 1`` a node.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    if path.suffix == ".json":
        write_atomically(path, (json.dumps(document, indent=1, allow_nan=False) + "\n").encode())
        return
    lines = [
        f"solution status: {STATUS_PHRASES[document['status']]}",
        f"objective value: {document['objective']}",
        *(f"{name} 1" for name in document["solution"]),
    ]
    write_atomically(path, ("\n".join(lines) + "\n").encode())
