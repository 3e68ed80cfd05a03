"""Edge lists: lines of two names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.scanning import NO_MARKER, scan_pairs


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
