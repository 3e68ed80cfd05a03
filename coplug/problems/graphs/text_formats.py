"""DIMACS, Matrix Market and edge lists: a compiled scanner for lines of numbers, and what surrounds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.jit import kernel
from coplug.problems.graphs.raw import RawGraph

_NEWLINE, _RETURN, _SPACE, _TAB, _COMMA = 10, 13, 32, 9, 44
_ZERO, _NINE = 48, 57
_HASH, _PERCENT = 35, 37
NO_MARKER = 0
LONGEST = 18
"""Digits of a number; more do not fit an int64."""


@kernel
def scan_pairs(
    data: NDArray[np.uint8], start: int, marker: int, lone: bool, out: NDArray[np.int64]
) -> tuple[int, int, int]:
    """Read two whole numbers from each line.

    Parameters
    ----------
    data : uint8
        The file.
    start : int
        Where to begin: the first byte of a line.
    marker : int
        A byte before the numbers, such as ``e``: lines that begin with another letter are skipped. NO_MARKER
        for none: lines that begin with ``#`` or ``%`` are skipped then.
    lone : bool
        Whether a line may have one number; its second is -1 then.
    out : int64, shape (n_lines, 2)

    Returns
    -------
    n_pairs, n_longer, bad : int
        Pairs read; lines on which more follows; the first byte of the first line that cannot be read, or -1.
    """
    n_pairs, n_longer, at, size = 0, 0, start, len(data)
    while at < size:
        line = at
        end = at
        while end < size and data[end] != _NEWLINE:
            end += 1
        at = end + 1
        here = _skip_blank(data, line, end)
        if here == end:
            continue
        if marker != NO_MARKER:
            letter = data[here]
            if letter != marker:
                if _ZERO <= letter <= _NINE:
                    return n_pairs, n_longer, line
                continue
            here = _skip_blank(data, here + 1, end)
        elif data[here] == _HASH or data[here] == _PERCENT:
            continue
        first, here = _number(data, here, end)
        here = _skip_blank(data, here, end)
        alone = lone and here == end
        second, here = _number(data, here, end)
        if first < 0 or (second < 0 and not alone):
            return n_pairs, n_longer, line
        if _skip_blank(data, here, end) != end:
            n_longer += 1
        out[n_pairs, 0], out[n_pairs, 1] = first, second
        n_pairs += 1
    return n_pairs, n_longer, -1


@kernel
def _skip_blank(data: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and (data[at] == _SPACE or data[at] == _TAB or data[at] == _RETURN or data[at] == _COMMA):
        at += 1
    return at


@kernel
def _number(data: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """Return the whole number that begins here, -1 if none does, and the byte after it."""
    value, begin = 0, at
    while at < end and _ZERO <= data[at] <= _NINE:
        value = 10 * value + (data[at] - _ZERO)
        at += 1
    closed = at == end or data[at] == _SPACE or data[at] == _TAB or data[at] == _RETURN or data[at] == _COMMA
    if at == begin or at - begin > LONGEST or not closed:
        return -1, at
    return value, at


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
    pairs, n_longer = _scan(data, start, ord("e"), where)
    if len(pairs) < n_declared:
        raise InstanceError(
            f"{where}: its problem line announces {n_declared} edges and {len(pairs)} follow; is the file cut off?"
        )
    _check_ends(pairs, n_nodes, where)
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


def read_matrix_market(data: bytes, where: str) -> RawGraph:
    """Read a square Matrix Market file in coordinate format; entries are edges, nodes numbered from 1.

    Raises
    ------
    InstanceError
        If the header is missing, asks for another kind of matrix or does not fit what follows.
    """
    head, _, _ = data.partition(b"\n")
    words = head.decode("ascii", "replace").lower().split()
    if len(words) != 5 or words[0] != "%%matrixmarket" or words[1] != "matrix":
        raise InstanceError(
            f"{where}: its first line is no Matrix Market header; expected '%%MatrixMarket matrix ...'"
        )
    if words[2] != "coordinate":
        raise InstanceError(f"{where}: a {words[2]} matrix is not read; store it as 'coordinate'")
    line, start = _size_line(data, len(head) + 1)
    try:
        n_rows, n_columns, n_entries = (int(word) for word in line.split())
    except ValueError:
        raise InstanceError(f"{where}: line {line!r} should be 'ROWS COLUMNS ENTRIES'; correct it") from None
    if n_rows != n_columns or n_rows < 0:
        raise InstanceError(f"{where}: a graph's matrix is square, this one is {n_rows} x {n_columns}")
    pairs, _ = _scan(data, start, NO_MARKER, where)
    if len(pairs) != n_entries:
        raise InstanceError(
            f"{where}: its header announces {n_entries} entries and {len(pairs)} follow; is the file damaged?"
        )
    _check_ends(pairs, n_rows, where)
    notes = ("weights are ignored",) if words[3] != "pattern" else ()
    return RawGraph(n_rows, pairs - 1, range(1, n_rows + 1), notes, one_way=words[4] == "general")


def _size_line(data: bytes, at: int) -> tuple[str, int]:
    """Return the first line that is no comment, empty if there is none, and where the next begins."""
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end].strip()
        at = end + 1
        if line and not line.startswith(b"%"):
            return line.decode("ascii", "replace"), at
    return "", at


def read_edge_list(data: bytes, where: str) -> RawGraph:
    """Read lines of two names, apart by blanks or commas; what follows them is ignored, one alone is a node.

    Whole numbers are read by the compiled scanner and keep their values as names; other names are slower.

    Raises
    ------
    InstanceError
        If the text is not UTF-8.
    """
    buffer = np.frombuffer(data, dtype=np.uint8)
    out = np.empty((data.count(b"\n") + 1, 2), dtype=np.int64)
    n_pairs, n_longer, bad = scan_pairs(buffer, 0, NO_MARKER, True, out)
    if bad >= 0:
        return _read_named_edges(data, where)
    pairs = out[:n_pairs]
    alone = pairs[:, 1] < 0
    names, positions = _renumber(np.where(pairs < 0, pairs[:, :1], pairs))
    return RawGraph(len(names), positions[~alone], names, _weights_note(n_longer))


def _weights_note(n_longer: int) -> tuple[str, ...]:
    return ("what follows the two names of a line is ignored (weights?)",) if n_longer else ()


def _renumber(pairs: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
    """Return the numbers that occur, ascending, and the pairs as positions among them."""
    if not len(pairs):
        return [], pairs
    largest = int(pairs.max())
    if largest > 20 * len(pairs):
        names, inverse = np.unique(pairs, return_inverse=True)
        return names.tolist(), inverse.reshape(pairs.shape).astype(np.int64)
    there = np.zeros(largest + 1, dtype=np.bool_)
    there[pairs.ravel()] = True
    position = np.cumsum(there) - 1
    return np.flatnonzero(there).tolist(), position[pairs]


def _read_named_edges(data: bytes, where: str) -> RawGraph:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InstanceError(f"{where}: this is no text in UTF-8; is it an edge list?") from None
    position: dict[str, int] = {}
    edges: list[tuple[int, int]] = []
    n_longer = 0
    for line in text.splitlines():
        words = line.replace(",", " ").split()
        if not words or words[0][0] in "#%":
            continue
        ends = [position.setdefault(word, len(position)) for word in words[:2]]
        n_longer += len(words) > 2
        if len(ends) == 2:
            edges.append((ends[0], ends[1]))
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return RawGraph(len(position), pairs, list(position), _weights_note(n_longer))


def _scan(data: bytes, start: int, marker: int, where: str) -> tuple[NDArray[np.int64], int]:
    buffer = np.frombuffer(data, dtype=np.uint8)
    out = np.empty((data.count(b"\n", start) + 1, 2), dtype=np.int64)
    n_pairs, n_longer, bad = scan_pairs(buffer, start, marker, False, out)
    if bad >= 0:
        line = data[bad:].split(b"\n", 1)[0].decode("ascii", "replace")[:60]
        number = data.count(b"\n", 0, bad) + 1
        raise InstanceError(f"{where}, line {number}: expected two node numbers, found {line!r}")
    return out[:n_pairs], n_longer


def _check_ends(pairs: NDArray[np.int64], n_nodes: int, where: str) -> None:
    if not len(pairs):
        return
    for node in (int(pairs.min()), int(pairs.max())):
        if not 1 <= node <= n_nodes:
            raise InstanceError(
                f"{where}: an edge has node {node}, but the header announces nodes 1 to {n_nodes}; correct one of them"
            )
