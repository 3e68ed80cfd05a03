"""Bags: multisets of letters, few of which are good, for samplers that have to find many different good ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MAX_STATES = 1_000_000


@dataclass(frozen=True)
class Bag:
    """Fill a bag letter by letter until it holds ``size`` of them; what counts is how often each letter is in it.

    A state is the number of each letter. Action ``k < n_letters`` adds letter ``k``; the last one stops, and is the
    only one that a full bag allows and that no other does. The reward is 0.01; if a letter is in the bag ``repeats``
    times or more, it is 10; and of those bags a share ``mode_share``, drawn by ``seed``, are modes, whose reward is 30.

    Source: M. Shen et al., Towards understanding and improving GFlowNet training, ICML 2023, with 7 letters, 13 of them
    in a bag, and 7 repeats; which bags are modes is drawn anew here.

    It is a :class:`~coplug.contracts.dag.Rewarded` and :class:`~coplug.contracts.dag.Enumerable` DAG; by default with
    77,520 states, of which 27,132 are full.

    Attributes
    ----------
    n_letters : int
        At least 2.
    size : int
        At least 1.
    repeats : int
        1 to ``size``.
    mode_share : float
        In (0, 1].
    seed : int
        At least 0.

    Raises
    ------
    UsageError
        If a parameter is out of range, or there are more than a million states.
    """

    n_letters: int = 7
    size: int = 13
    repeats: int = 7
    mode_share: float = 0.25
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_letters < 2 or not 1 <= self.repeats <= self.size or self.seed < 0:
            raise UsageError(
                f"a bag of {self.size} from {self.n_letters} letters with {self.repeats} repeats, seed {self.seed}, is "
                "out of range; take at least 2 letters, 1 <= repeats <= size and seed >= 0"
            )
        if not 0.0 < self.mode_share <= 1.0:
            raise UsageError(f"mode_share {self.mode_share} is out of range; take one above 0 and up to 1")
        n_states = comb(self.size + self.n_letters, self.n_letters)
        if n_states > MAX_STATES:
            raise UsageError(f"there are {n_states} such bags; take fewer letters or a smaller size")

    @property
    def n_actions(self) -> int:
        """The letters, and the stop."""
        return self.n_letters + 1

    @property
    def n_features(self) -> int:
        """One for each number of each letter."""
        return self.n_letters * (self.size + 1)

    def initial(self, n: int) -> IntArray:
        """Return the empty bag ``n`` times, shape (n, n_letters)."""
        return np.zeros((n, self.n_letters), dtype=np.int64)

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the bags with a letter more each."""
        return _changed(states, actions, 1)

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the bags with a letter less each."""
        return _changed(states, actions, -1)

    def forward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return all letters where there is room, else the stop."""
        full = states.sum(axis=1) == self.size
        return np.column_stack([np.repeat(~full[:, None], self.n_letters, axis=1), full])

    def backward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return which letters are in the bags."""
        return states > 0

    def encode(self, states: IntArray) -> NDArray[np.float32]:
        """Return the numbers one-hot, shape (n, n_features)."""
        return np.eye(self.size + 1, dtype=np.float32)[states].reshape(len(states), self.n_features)

    def log_reward(self, states: IntArray) -> FloatArray:
        """Return log R of full bags, shape (n,)."""
        repeated = states.max(axis=1) >= self.repeats
        return np.log(np.where(self.modes(states), 30.0, np.where(repeated, 10.0, 0.01)))

    def modes(self, states: IntArray) -> NDArray[np.bool_]:
        """Return which full bags are modes, shape (n,)."""
        drawn = _mixed(self._codes(states).astype(np.uint64) + np.uint64(self.seed) * _STRIDE)
        return np.asarray((states.max(axis=1) >= self.repeats) & (drawn < self.mode_share))

    def states(self) -> IntArray:
        """Return all bags in lexicographic order, shape (n_states, n_letters)."""
        blank = self.n_letters  # with one letter for an empty place, every bag is a full one
        places = combinations_with_replacement(range(blank + 1), self.size)
        letters = np.array(list(places), dtype=np.int64)
        counts = np.zeros((len(letters), blank + 1), dtype=np.int64)
        np.add.at(counts, (np.arange(len(letters))[:, None], letters), 1)
        bags = counts[:, :blank]
        return np.ascontiguousarray(bags[np.argsort(self._codes(bags))])

    def index(self, states: IntArray) -> IntArray:
        """Return the positions of bags in :meth:`states`, shape (n,)."""
        # Bags before one: for each letter those that agree on the letters before and have fewer of this one.
        before = np.zeros(len(states), dtype=np.int64)
        room = np.full(len(states), self.size)
        for k in range(self.n_letters):
            after = self.n_letters - 1 - k
            table = np.array([comb(left + after, after) for left in range(self.size + 1)])
            fewer = np.concatenate([[0], np.cumsum(table)])
            # With room r and c of this letter, r, r - 1, ..., r - c + 1 places were left for those with 0, ..., c - 1.
            before += fewer[room + 1] - fewer[room + 1 - states[:, k]]
            room = room - states[:, k]
        return before

    def _codes(self, states: IntArray) -> IntArray:
        powers = (self.size + 1) ** np.arange(self.n_letters - 1, -1, -1)
        return np.asarray(states @ powers)


_STRIDE = np.uint64(0x9E3779B97F4A7C15)


def _mixed(numbers: NDArray[np.uint64]) -> FloatArray:
    """Return a number in [0, 1) for each, as good as drawn: the mixing function of SplitMix64."""
    z = numbers + _STRIDE
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((z ^ (z >> np.uint64(31))).astype(np.float64) * 2.0**-64)


def _changed(states: IntArray, actions: IntArray, by: int) -> IntArray:
    changed = states.copy()
    changed[np.arange(len(states)), actions] += by
    return changed
