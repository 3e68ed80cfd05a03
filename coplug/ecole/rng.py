"""Ecole's random generator, a 32-bit Mersenne Twister, and the source that all unseeded ones come from."""

from __future__ import annotations

import operator
import secrets
import threading
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np


class RandomGenerator:
    """The generator of C++'s ``std::mt19937``: equal seeds give equal numbers in both languages.

    Two generators are equal if they will give the same numbers from here on. A copy goes on from the same
    state, on its own; so does an unpickled one.

    Parameters
    ----------
    value : int
        Seed, ``min_seed`` to ``max_seed``; the default is C++'s.

    Raises
    ------
    ValueError
        If the seed is out of range.

    Notes
    -----
    M. Matsumoto and T. Nishimura, ACM Transactions on Modeling and Computer Simulation 8 (1998), 3-30. The
    engine is numpy's; a seed is expanded as ``init_genrand`` of the authors' 2002 code does.
    """

    min_seed: ClassVar[int] = 0
    max_seed: ClassVar[int] = 2**32 - 1

    def __init__(self, value: int = 5489) -> None:
        self._bits = np.random.MT19937(0)
        self.seed(value)

    @classmethod
    def from_sequence(cls, sequence: np.random.SeedSequence) -> RandomGenerator:
        """Return a generator whose whole state comes from a numpy seed sequence."""
        generator = cls.__new__(cls)
        generator._bits = np.random.MT19937(sequence)
        return generator

    def seed(self, value: int = 5489) -> None:
        """Start over from a seed, ``min_seed`` to ``max_seed``.

        Raises
        ------
        ValueError
            If the seed is out of range.
        """
        self.random_state.seed(_checked_seed(value))

    def discard(self, n: int) -> None:
        """Skip the next ``n`` numbers, ``n >= 0``.

        Raises
        ------
        ValueError
            If ``n`` is negative.
        """
        if n < 0:
            raise ValueError(f"cannot discard {n} numbers; take n >= 0")
        self._bits.random_raw(n, output=False)

    def __call__(self) -> int:
        """Return the next number, uniform in 0..2**32-1."""
        return int(self._bits.random_raw())

    def integer(self, low: int, high: int) -> int:
        """Return a uniform integer in ``low..high``, both included, of 64-bit range.

        Raises
        ------
        ValueError
            If ``low > high``, or a bound does not fit 64 bits.
        """
        if low > high:
            raise ValueError(f"there is no integer in {low}..{high}; take low <= high")
        return int(self.random_state.randint(low, high + 1, dtype=np.int64))

    @property
    def random_state(self) -> np.random.RandomState:
        """A numpy generator on this very stream: what one draws, the other has drawn too.

        Each access gives a new object, so no normal variate that numpy keeps back outlives it.
        """
        return np.random.RandomState(self._bits)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RandomGenerator):
            return NotImplemented
        own, its = self._bits.state["state"], other._bits.state["state"]
        return bool(own["pos"] == its["pos"] and (own["key"] == its["key"]).all())

    __hash__ = None  # type: ignore[assignment] # it changes with every number

    def __getstate__(self) -> Mapping[str, Any]:
        return self._bits.state

    def __setstate__(self, state: Any) -> None:
        self._bits = np.random.MT19937(0)
        self._bits.state = state


class _Source:
    """Spawns generators that depend on its seed and on how many it has spawned since; safe among threads."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._n_spawned = 0

    def seed(self, value: int) -> None:
        with self._lock:
            self._seed, self._n_spawned = value, 0

    def spawn(self) -> RandomGenerator:
        with self._lock:
            sequence = np.random.SeedSequence(self._seed, spawn_key=(self._n_spawned,))
            self._n_spawned += 1
        return RandomGenerator.from_sequence(sequence)


# The one global generator of coplug: Ecole's interface promises it. Numpy's and Python's stay untouched.
_SOURCE = _Source(secrets.randbits(32))


def seed(val: int) -> None:
    """Seed the source of all generators that are spawned from here on; those that exist go on as they are.

    Without a call, the source is seeded by the operating system, once in a process.

    Parameters
    ----------
    val : int
        ``RandomGenerator.min_seed`` to ``RandomGenerator.max_seed``.

    Raises
    ------
    ValueError
        If the seed is out of range.
    """
    _SOURCE.seed(_checked_seed(val))


def spawn_random_generator() -> RandomGenerator:
    """Return a new generator; the ``n``-th since :func:`seed` depends on the seed and ``n`` alone.

    Threads that spawn at the same time get different generators, in an order that is theirs to settle. A
    forked process starts with a copy of the source: seed it there.
    """
    return _SOURCE.spawn()


def _checked_seed(value: int) -> int:
    value = operator.index(value)
    if not RandomGenerator.min_seed <= value <= RandomGenerator.max_seed:
        raise ValueError(f"seed {value} is out of range; take it in 0..{RandomGenerator.max_seed}")
    return value
