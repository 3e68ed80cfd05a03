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
    edges : int64, shape (k, 2)
        Ends in ``0..n_nodes - 1``.
    names : sequence of int or str
        One a node.
    notes : tuple of str
        What was ignored.
    one_way : bool
        Whether the file calls its edges directed.
    """

    n_nodes: int
    edges: NDArray[np.int64]
    names: range | list[int] | list[str]
    notes: tuple[str, ...] = ()
    one_way: bool = False
