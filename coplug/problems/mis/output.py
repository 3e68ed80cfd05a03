"""What a solve of a graph prints and writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from coplug.files import write_atomically
from coplug.graphs.formats.reading import GraphFile
from coplug.problems.mis.options import METHODS, GraphOptions, GraphResult
from coplug.report import SCHEMA_VERSION, STATUS_PHRASES


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
            "name": "none" if options.method == "auto" else options.method,
            "calls": 0 if options.method in METHODS else result.steps,
            "time_s": result.policy_time_s,
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
