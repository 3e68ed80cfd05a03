"""DIMACS files of edges."""

from __future__ import annotations

from coplug.errors import InstanceError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.scanning import check_ends, scan_lines


def read_dimacs(data: bytes, where: str) -> RawGraph:
    """Read a DIMACS file of edges (``p edge N M``, then ``e U V``), nodes numbered from 1.

    Raises
    ------
    InstanceError
        If the problem line is missing or does not fit what follows.
    """
    line, start = _problem_line(data, where)
    fields = line.split()
    try:
        n_nodes, n_declared = int(fields[-2]), int(fields[-1])
    except (ValueError, IndexError):
        n_nodes = n_declared = -1
    if n_nodes < 0 or n_declared < 0:
        raise InstanceError(f"{where}: line {line!r} should be 'p edge NODES EDGES'; correct it")
    pairs, n_longer = scan_lines(data, start, ord("e"), where)
    if len(pairs) < n_declared:
        raise InstanceError(
            f"{where}: its problem line announces {n_declared} edges and {len(pairs)} follow; is the file cut off?"
        )
    check_ends(pairs, n_nodes, where)
    notes = []
    if len(pairs) > n_declared:
        notes.append(f"{len(pairs)} edges follow where {n_declared} are announced; all are read")
    if n_longer or _has_line(data, b"n"):
        notes.append("weights are ignored")
    return RawGraph(n_nodes, pairs - 1, range(1, n_nodes + 1), tuple(notes))


def _problem_line(data: bytes, where: str) -> tuple[str, int]:
    """Return DIMACS's ``p`` line and where the next line begins."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end].strip()
        if line.startswith(b"p"):
            return line.decode("ascii", "replace"), end + 1
        if line and not line.startswith(b"c"):
            break
        at = end + 1
    raise InstanceError(f"{where}: no line 'p edge NODES EDGES' before the first edge; is it a DIMACS file?")


def _has_line(data: bytes, letter: bytes) -> bool:
    return b"\n" + letter + b" " in data
