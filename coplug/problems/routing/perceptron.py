"""The small networks of learned rules, compiled: two hidden layers of rectifiers, and what passes them by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import inlined_kernel


class Perceptron(NamedTuple):
    """A multilayer perceptron with one output.

    ``skip . x + last . relu(second relu(first' x + first_bias) + second_bias) + last_bias``

    Attributes
    ----------
    first : float32, shape (n_features, width)
        Transposed, so that a column is a stretch of memory.
    first_bias : float32, shape (width,)
    second : float32, shape (second_width, width)
    second_bias : float32, shape (second_width,)
    last : float32, shape (second_width,)
    last_bias : float32, shape (1,)
    skip : float32, shape (n_features,)
    """

    first: NDArray[np.float32]
    first_bias: NDArray[np.float32]
    second: NDArray[np.float32]
    second_bias: NDArray[np.float32]
    last: NDArray[np.float32]
    last_bias: NDArray[np.float32]
    skip: NDArray[np.float32]


def linear_map(weights: NDArray[np.float32], bias: float = 0.0) -> Perceptron:
    """Return a perceptron without hidden units."""
    none = np.zeros(0, np.float32)
    return Perceptron(
        np.zeros((len(weights), 0), np.float32),
        none,
        np.zeros((0, 0), np.float32),
        none,
        none,
        np.array([bias], np.float32),
        np.ascontiguousarray(weights, np.float32),
    )


NOTHING = linear_map(np.zeros(1, np.float32))
"""For rules that need none."""


@inlined_kernel
def evaluate(net: Perceptron, x: NDArray[np.float32], hidden: NDArray[np.float32]) -> float:
    """Return the output for the features of one candidate.

    Parameters
    ----------
    net : Perceptron
    x : float32, shape (n_features,)
    hidden : float32, shape (width,)
        Overwritten.
    """
    n, width = net.first.shape
    output = net.last_bias[0]
    for i in range(width):
        hidden[i] = net.first_bias[i]
    for j in range(n):
        output += net.skip[j] * x[j]
        for i in range(width):
            hidden[i] += net.first[j, i] * x[j]
    for i in range(width):
        hidden[i] = max(hidden[i], np.float32(0.0))
    for i in range(len(net.last)):
        total = net.second_bias[i]
        for j in range(width):
            total += net.second[i, j] * hidden[j]
        output += net.last[i] * max(total, np.float32(0.0))
    return float(output)
