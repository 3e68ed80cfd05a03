"""HyperGrid: the standard test of GFlowNets, a grid whose reward is highest in its 2^d corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class HyperGrid:
    """Walk from the origin of ``{0, ..., side - 1}^n_dimensions`` by steps of +1, and stop anywhere.

    Action ``k < n_dimensions`` adds 1 to coordinate ``k``, if it is below ``side - 1``; the last action stops, and
    the cell it stops at is the object. With ``u_k = |x_k / (side - 1) - 1/2|``, its reward is::

        R(x) = r0 + r1 prod_k [u_k > 0.25] + r2 prod_k [0.3 < u_k < 0.4]

    Source: E. Bengio et al., NeurIPS 2021 (arXiv 2106.04399), section 4.1; ``r0`` is 0.1, 0.01 or 0.001 there, the
    lower the harder, ``r1 = 0.5`` and ``r2 = 2``. The paper divides by the side; the released code by
    ``side - 1``, as here, which makes the reward symmetric.

    It is a :class:`~coplug.contracts.dag.Rewarded` and :class:`~coplug.contracts.dag.Enumerable` DAG.

    Attributes
    ----------
    n_dimensions : int
        At least 1.
    side : int
        At least 2. Modes of height ``r0 + r1 + r2`` need cells with ``0.3 < u < 0.4``: 8 is the smallest such side.
    r0 : float
        Reward of every cell, above 0.
    r1 : float
        What the outer part adds, at least 0.
    r2 : float
        What the modes add, at least 0.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    n_dimensions: int = 2
    side: int = 8
    r0: float = 0.1
    r1: float = 0.5
    r2: float = 2.0

    def __post_init__(self) -> None:
        if self.n_dimensions < 1 or self.side < 2:
            raise UsageError(
                f"a hypergrid of {self.n_dimensions} dimensions and side {self.side} has no path; "
                "take n_dimensions >= 1 and side >= 2"
            )
        if not (self.r0 > 0.0 and self.r1 >= 0.0 and self.r2 >= 0.0):
            raise UsageError(
                f"hypergrid rewards r0={self.r0}, r1={self.r1}, r2={self.r2} are out of range; "
                "take r0 > 0, the others >= 0"
            )

    @property
    def n_actions(self) -> int:
        """Steps along each dimension, and the stop."""
        return self.n_dimensions + 1

    @property
    def n_features(self) -> int:
        """One for each value of each coordinate."""
        return self.n_dimensions * self.side

    def initial(self, n: int) -> IntArray:
        """Return the origin ``n`` times, shape (n, n_dimensions)."""
        return np.zeros((n, self.n_dimensions), dtype=np.int64)

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the cells after a step each."""
        return self._moved(states, actions, 1)

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the cells before a step each."""
        return self._moved(states, actions, -1)

    def forward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return where a step stays inside; stopping is possible everywhere."""
        return np.column_stack([states < self.side - 1, np.ones(len(states), dtype=np.bool_)])

    def backward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return which coordinates can have been raised last."""
        return states > 0

    def encode(self, states: IntArray) -> NDArray[np.float32]:
        """Return the coordinates one-hot, shape (n, n_features)."""
        return np.eye(self.side, dtype=np.float32)[states].reshape(len(states), self.n_features)

    def log_reward(self, states: IntArray) -> NDArray[np.float64]:
        """Return log R, shape (n,)."""
        # In units of 1 / (2 (side - 1)) the distances are whole numbers, and no bound is missed by rounding.
        distance, edge = np.abs(2 * states - (self.side - 1)), self.side - 1
        outer = np.all(2 * distance > edge, axis=1)
        ring = np.all((10 * distance > 6 * edge) & (10 * distance < 8 * edge), axis=1)
        return np.asarray(np.log(self.r0 + self.r1 * outer + self.r2 * ring))

    def states(self) -> IntArray:
        """Return all cells in lexicographic order, shape (side ** n_dimensions, n_dimensions)."""
        cells = np.indices((self.side,) * self.n_dimensions, dtype=np.int64)
        return np.ascontiguousarray(cells.reshape(self.n_dimensions, -1).T)

    def index(self, states: IntArray) -> IntArray:
        """Return the positions of cells in :meth:`states`, shape (n,)."""
        return np.asarray(np.ravel_multi_index(tuple(states.T), (self.side,) * self.n_dimensions))

    def _moved(self, states: IntArray, actions: IntArray, by: int) -> IntArray:
        moved = states.copy()
        moved[np.arange(len(states)), actions] += by
        return moved
