"""What a graph file says, before it becomes a simple graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RawGraph:
    """Nodes and edges as a file lists them: loops and repeated edges are still there.

    Attributes
    ----------
    n_nodes : int
        Number of nodes.
    edges : int64, shape (k, 2)
        Ends in ``0..n_nodes - 1``.
    names : sequence of int or str
        One a node.
    notes : tuple of str
        What was ignored.
    one_way : bool or None
        Whether the file calls its edges directed; None where it cannot say.
    node_weights : float64, shape (n_nodes,), or None
        NaN where the file has none.
    edge_weights : float64, shape (k,), or None
        NaN where the file has none.
    if_unweighted : str
        The note to make where weights are there but not wanted.
    """

    n_nodes: int
    edges: NDArray[np.int64]
    names: range | list[int] | list[str]
    notes: tuple[str, ...] = ()
    one_way: bool | None = False
    node_weights: NDArray[np.float64] | None = None
    edge_weights: NDArray[np.float64] | None = None
    if_unweighted: str = "weights are ignored"
