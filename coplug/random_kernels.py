"""Random numbers inside compiled loops: a generator whose whole state is one number, so that it can be stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@kernel
def uniform(random: NDArray[np.uint64]) -> float:
    """Advance a SplitMix64 generator and return a number in [0, 1).

    Source: G. Steele, D. Lea and C. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.

    Parameters
    ----------
    random : uint64, shape (1,)
        Any number begins a sequence.
    """
    random[0] += _GAMMA
    return _mixed(random[0])


@kernel
def uniform_at(start: np.uint64, index: int) -> float:
    """Return a number in [0, 1) of the sequence that begins with ``start``, without those before it.

    It is what :func:`uniform` returns the first time for index 0, the second time for index 1, and so on.
    """
    return _mixed(start + np.uint64(index + 1) * _GAMMA)


@kernel
def uniform_integer(random: NDArray[np.uint64], least: int, largest: int) -> int:
    """Advance the generator and return a number in ``least..largest``; ranges far below 2**53, where it is uniform."""
    return least + int(uniform(random) * (largest - least + 1))


@kernel
def _mixed(z: np.uint64) -> float:
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return float((z ^ (z >> _31)) >> _11) * 2.0**-53


def seeded(seed: int) -> np.uint64:
    """Return a number that a generator begins with; seeds that follow each other give unrelated sequences."""
    return np.uint64(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])
