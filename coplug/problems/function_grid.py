"""A grid of two dimensions whose cells are judged by several functions: a small task with a known Pareto front."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def branin(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return Branin's function upside down, in about [0, 1], of points in [-1, 1]^2.

    Source: F. Branin, IBM J. Res. Dev. 16(5), 1972.
    """
    a, b = 7.5 * x + 2.5, 7.5 * (y + 1.0)
    parabola = b - 5.1 / (4 * np.pi**2) * a**2 + 5 / np.pi * a - 6
    return np.asarray(1.0 - (parabola**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10) / 308.13)


def currin(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return Currin's exponential function, in about [0, 1], of points in [-1, 1]^2.

    Source: C. Currin et al., ORNL-6498, 1988.
    """
    a, b = (x + 1.0) / 2, (y + 1.0) / 2
    ratio = (2300 * a**3 + 1900 * a**2 + 2092 * a + 60) / (100 * a**3 + 500 * a**2 + 4 * a + 20)
    return np.asarray((1.0 - np.exp(-1 / (2 * b + 1e-10))) * ratio / 13.77)


def shubert(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return Shubert's function, in about [0, 1], of points in [-1, 1]^2.

    Source: B. Shubert, SIAM J. Numer. Anal. 9(3), 1972.
    """

    def waves(u: FloatArray) -> FloatArray:
        i = np.arange(1.0, 6.0)
        return np.asarray((i * np.cos((i + 1) * u[..., None] + i)).sum(axis=-1))

    return np.asarray((waves(-1.5 * x) * waves(-1.5 * y) + 186.8) / 397)


def beale(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return Beale's function, in about [0, 1], of points in [-1, 1]^2.

    Source: E. Beale, On an iterative method for finding a local minimum of a function of more than one variable, 1958.
    """
    terms = [(c - x + x * y**k) ** 2 for k, c in enumerate((1.5, 2.25, 2.625), start=1)]
    return np.asarray(sum(terms) / 38.8)


FUNCTIONS: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = MappingProxyType(
    {"branin": branin, "currin": currin, "shubert": shubert, "beale": beale}
)
"""By name; each is maximised."""


@dataclass(frozen=True)
class FunctionGrid:
    """Walk from a corner of a grid over [-1, 1]^2 by steps of +1, and stop anywhere; the objectives are functions.

    Actions 0 and 1 add 1 to a coordinate; the last one stops. Where a coordinate has reached ``side - 1``, nothing but
    the stop is allowed, so that the corner opposite to the source is no cell. Cell ``c`` is the point
    ``2 c / (side - 1) - 1``.

    Source: Y. Chen and L. Mauch, Order-preserving GFlowNets, ICLR 2024; the functions and their scales are theirs.

    It is a :class:`~coplug.contracts.dag.MultiObjective` and :class:`~coplug.contracts.dag.Enumerable` DAG.

    Attributes
    ----------
    functions : tuple of str
        One or several of :data:`FUNCTIONS`, each once.
    side : int
        At least 2.

    Raises
    ------
    UsageError
        If a parameter is unknown or out of range.
    """

    functions: tuple[str, ...] = ("branin", "currin")
    side: int = 32

    n_actions = 3

    def __post_init__(self) -> None:
        object.__setattr__(self, "functions", tuple(self.functions))  # recipes have lists
        unknown = [name for name in self.functions if name not in FUNCTIONS]
        if unknown or not self.functions or len(set(self.functions)) < len(self.functions):
            raise UsageError(
                f"functions {', '.join(self.functions) or 'none'} do not fit; take some of {', '.join(FUNCTIONS)}, "
                "each once"
            )
        if self.side < 2:
            raise UsageError(f"side {self.side} is out of range; take at least 2")

    @property
    def n_features(self) -> int:
        """One for each value of each coordinate."""
        return 2 * self.side

    @property
    def n_objectives(self) -> int:
        """One for each function."""
        return len(self.functions)

    def initial(self, n: int) -> IntArray:
        """Return the source ``n`` times, shape (n, 2)."""
        return np.zeros((n, 2), dtype=np.int64)

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the cells after a step each."""
        return _moved(states, actions, 1)

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the cells before a step each."""
        return _moved(states, actions, -1)

    def forward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return both steps inside of the grid, none on its far edges, and always the stop."""
        inside = (states < self.side - 1).all(axis=1)
        return np.column_stack([inside, inside, np.ones(len(states), dtype=np.bool_)])

    def backward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return which coordinates can have been raised last: not one below a far edge that would have ended it."""
        return (states > 0) & (states[:, ::-1] < self.side - 1)

    def encode(self, states: IntArray) -> NDArray[np.float32]:
        """Return the coordinates one-hot, shape (n, n_features)."""
        return np.eye(self.side, dtype=np.float32)[states].reshape(len(states), self.n_features)

    def objectives(self, states: IntArray) -> FloatArray:
        """Return the functions' values, shape (n, n_objectives)."""
        x, y = (2.0 * states / (self.side - 1) - 1.0).T
        return np.column_stack([FUNCTIONS[name](x, y) for name in self.functions])

    def states(self) -> IntArray:
        """Return all cells in lexicographic order, shape (side ** 2 - 1, 2)."""
        cells = np.indices((self.side, self.side), dtype=np.int64).reshape(2, -1).T
        return np.ascontiguousarray(cells[:-1])

    def index(self, states: IntArray) -> IntArray:
        """Return the positions of cells in :meth:`states`, shape (n,)."""
        return np.asarray(states[:, 0] * self.side + states[:, 1])


def _moved(states: IntArray, actions: IntArray, by: int) -> IntArray:
    moved = states.copy()
    moved[np.arange(len(states)), actions] += by
    return moved
