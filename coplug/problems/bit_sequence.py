"""Sequences of bits, written word by word at either end, that should come near one of several hidden ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

BLOCKS = ("00000000", "11111111", "11110000", "00001111", "00111100")
"""What the hidden sequences are made of."""

NONE = -1
"""A word that is not written yet."""


@dataclass(frozen=True)
class BitSequence:
    """Append or prepend words of ``word_bits`` bits until there are ``n_bits``; the rewards are highest at the modes.

    A state is the words from the left on, -1 where there is none yet. Action ``w < 2 ** word_bits`` appends word ``w``,
    action ``2 ** word_bits + w`` prepends it; the last one stops, and is the only one that a whole sequence allows and
    that no other does. With ``h`` the least number of bits in which a sequence differs from a mode, ``log R = -beta h /
    n_bits``. Modes are drawn by ``seed``, as blocks of eight bits of :data:`BLOCKS`.

    Source: N. Malkin et al., Trajectory balance, NeurIPS 2022, section 5.3 (there words are appended alone); both ends
    as in M. Shen et al., Towards understanding and improving GFlowNet training, ICML 2023.

    It is a :class:`~coplug.contracts.dag.Rewarded` DAG.

    Attributes
    ----------
    n_bits : int
        A multiple of 8 and of ``word_bits``.
    word_bits : int
        1 to 8.
    n_modes : int
        At least 1.
    beta : float
        Above 0.
    seed : int
        At least 0.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    n_bits: int = 40
    word_bits: int = 4
    n_modes: int = 20
    beta: float = 20.0
    seed: int = 0

    def __post_init__(self) -> None:
        fits = 1 <= self.word_bits <= 8 and self.n_bits >= 8 and self.n_bits % 8 == 0
        if not fits or self.n_bits % self.word_bits:
            raise UsageError(
                f"{self.n_bits} bits in words of {self.word_bits} do not fit; take words of 1 to 8 bits, and a "
                "multiple of 8 and of these"
            )
        if self.n_modes < 1 or self.beta <= 0.0 or self.seed < 0:
            raise UsageError(
                f"n_modes {self.n_modes}, beta {self.beta}, seed {self.seed} are out of range; take at least 1, "
                "above 0, at least 0"
            )

    @property
    def n_words(self) -> int:
        """Words of a whole sequence."""
        return self.n_bits // self.word_bits

    @property
    def n_actions(self) -> int:
        """Each word at each end, and the stop."""
        return 2 * self._n_kinds + 1

    @property
    def n_features(self) -> int:
        """Two for each bit, and one for each number of words."""
        return 2 * self.n_bits + self.n_words + 1

    @cached_property
    def modes(self) -> NDArray[np.bool_]:
        """The hidden sequences, bool, shape (n_modes, n_bits)."""
        blocks = np.array([[bit == "1" for bit in block] for block in BLOCKS])
        drawn = np.random.default_rng(self.seed).integers(len(blocks), size=(self.n_modes, self.n_bits // 8))
        return blocks[drawn].reshape(self.n_modes, self.n_bits)

    def initial(self, n: int) -> IntArray:
        """Return the empty sequence ``n`` times, shape (n, n_words)."""
        return np.full((n, self.n_words), NONE, dtype=np.int64)

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the sequences with a word more each."""
        prepends = actions >= self._n_kinds
        after = np.where(prepends[:, None], np.roll(states, 1, axis=1), states)
        place = np.where(prepends, 0, self.lengths(states))
        after[np.arange(len(states)), place] = actions % self._n_kinds
        return after

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the sequences with a word less each."""
        prepended = actions >= self._n_kinds
        before = states.copy()
        before[np.arange(len(states)), np.where(prepended, 0, self.lengths(states) - 1)] = NONE
        return np.where(prepended[:, None], np.roll(before, -1, axis=1), before)

    def forward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return every word at both ends where there is room, else the stop."""
        whole = states[:, -1] != NONE
        return np.column_stack([np.repeat(~whole[:, None], 2 * self._n_kinds, axis=1), whole])

    def backward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return the last word as what was appended, and the first as what was prepended."""
        lengths = self.lengths(states)
        some = np.flatnonzero(lengths > 0)
        mask = np.zeros((len(states), 2 * self._n_kinds), dtype=np.bool_)
        mask[some, states[some, lengths[some] - 1]] = True
        mask[some, self._n_kinds + states[some, 0]] = True
        return mask

    def encode(self, states: IntArray) -> NDArray[np.float32]:
        """Return each bit as 1 in one of two columns, if it is written, and the number of words one-hot."""
        bits = self.bits(states)
        written = np.repeat(states != NONE, self.word_bits, axis=1)
        number = np.eye(self.n_words + 1, dtype=np.float32)[self.lengths(states)]
        return np.concatenate([bits & written, ~bits & written, number], axis=1).astype(np.float32)

    def log_reward(self, states: IntArray) -> FloatArray:
        """Return log R of whole sequences, shape (n,)."""
        differs = (self.bits(states)[:, None] != self.modes[None]).sum(axis=2).min(axis=1)
        return np.asarray(-self.beta * differs / self.n_bits)

    def bits(self, states: IntArray) -> NDArray[np.bool_]:
        """Return the bits of sequences, those of each word from the highest on, bool, shape (n, n_bits)."""
        shifts = np.arange(self.word_bits - 1, -1, -1)
        return ((states[:, :, None] >> shifts) & 1).reshape(len(states), self.n_bits).astype(np.bool_)

    def lengths(self, states: IntArray) -> IntArray:
        """Return how many words are written, shape (n,)."""
        return np.asarray((states != NONE).sum(axis=1))

    @property
    def _n_kinds(self) -> int:
        return 1 << self.word_bits
