"""What learned rules see of the neighbours of a node, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

from .geometry import cosine, distance
from .network import Links


@kernel
def stretch(origin_here: float, here_dest: float, origin_dest: float) -> float:
    """Return the paper's stretch of a node: the way over it, as a multiple of the straight line."""
    return (origin_here + here_dest) / max(origin_dest, 1e-12)


@kernel
def neighbour_features(
    links: Links, node: int, to_dest: NDArray[np.float64], out: NDArray[np.float32]
) -> int:
    """Write what is seen of each neighbour of a node, and return how many there are.

    See :data:`coplug.inference.architectures.routing.FORWARDER`.

    Parameters
    ----------
    links : Links
    node : int
    to_dest : float64, shape (n_nodes,)
        Distances to the destination.
    out : float32, shape (largest degree, 10)
    """
    begin, end = links.ptr[node], links.ptr[node + 1]
    unit, whole = 1.0 / links.radius, to_dest[node]
    best_slack, best_turn = np.inf, np.inf
    for k in range(begin, end):
        hop, rest = links.spans[k], to_dest[links.ends[k]]
        slack = (hop + rest - whole) * unit
        turn = 1.0 - cosine(links.curved, hop, rest, whole)
        best_slack, best_turn = min(best_slack, slack), min(best_turn, turn)
        row = out[k - begin]
        row[0], row[1], row[2] = hop * unit, slack, turn
        row[3], row[4] = (whole - rest) * unit, min(rest * unit, 5.0) * 0.2
        row[9] = (end - begin) * 0.1
    for k in range(begin, end):
        row, neighbour = out[k - begin], links.ends[k]
        row[5], row[6] = row[1] - best_slack, row[2] - best_turn
        near, ahead = 0, 0
        for other in range(begin, end):
            third = links.ends[other]
            if other == k or distance(links.place, links.curved, neighbour, third) > links.radius:
                continue
            near += 1
            ahead += to_dest[third] < to_dest[neighbour]
        row[7], row[8] = near * 0.1, ahead * 0.2
    return int(end - begin)
