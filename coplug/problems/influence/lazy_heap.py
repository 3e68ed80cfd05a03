"""A heap of nodes whose values only fall: the best one is looked at again before it is taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel


@kernel
def heapify(heap: NDArray[np.int32], values: NDArray[np.float64]) -> None:
    """Order a heap of nodes; ``values``, shape (n_nodes,), are at each node what it is worth at most."""
    for place in range(len(heap) // 2 - 1, -1, -1):
        sift_down(heap, values, place)


@kernel
def drop_first(heap: NDArray[np.int32], values: NDArray[np.float64], n_left: int) -> int:
    """Take the first of the ``n_left`` nodes that the heap begins with out of it, and return how many are left."""
    n_left -= 1
    if n_left > 0:
        heap[0] = heap[n_left]
        sift_down(heap[:n_left], values, 0)
    return n_left


@kernel
def sift_down(heap: NDArray[np.int32], values: NDArray[np.float64], place: int) -> None:
    """Move an entry down to where it belongs, once its value has fallen. Of equal values the smaller node is first."""
    node = heap[place]
    while True:
        child = 2 * place + 1
        if child >= len(heap):
            break
        if child + 1 < len(heap) and _is_before(values, heap[child + 1], heap[child]):
            child += 1
        if not _is_before(values, heap[child], node):
            break
        heap[place] = heap[child]
        place = child
    heap[place] = node


@kernel
def _is_before(values: NDArray[np.float64], one: int, other: int) -> bool:
    return values[one] > values[other] or (values[one] == values[other] and one < other)
