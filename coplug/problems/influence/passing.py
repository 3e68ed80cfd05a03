"""Values that nodes get from those that their arcs lead to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.network import Arcs


@kernel
def passed_back(out: Arcs, factors: NDArray[np.floating], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum over the arcs of each node of their factor times the value of their head.

    Parameters
    ----------
    out : Arcs
        ``Network.out``.
    factors : floats, shape (n_arcs,)
    values : float64, shape (n_nodes,)

    Returns
    -------
    float64, shape (n_nodes,)
    """
    passed = np.zeros(len(values))
    for node in range(len(values)):
        for arc in range(out.ptr[node], out.ptr[node + 1]):
            passed[node] += factors[arc] * values[out.ends[arc]]
    return passed
