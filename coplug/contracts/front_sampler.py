"""What learns to sample the front of a problem with several objectives while that problem is solved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from coplug.contracts.dag import IntArray, MultiObjective
from coplug.registry import Registry


class FrontSampler(Protocol):
    """Draws objects of a DAG, and learns from what it has drawn to draw those that nothing dominates."""

    def __call__(self, dag: MultiObjective, seed: int, stop: Callable[[], bool]) -> Iterator[IntArray]:
        """Yield finished states, batch by batch, until it is told to stop.

        Parameters
        ----------
        dag : MultiObjective
        seed : int
            Of all random draws.
        stop : callable
            Asked at least once between two batches.

        Yields
        ------
        int64, shape (n, state_width)
            n > 0.

        Raises
        ------
        UsageError
            If a package that it needs is missing.
        """
        ...


def _fault(found: Any) -> str:
    return "" if callable(found) else "cannot be called; see FrontSampler"


FRONT_SAMPLERS: Registry[FrontSampler] = Registry("coplug.front_samplers", "front sampler", _fault)
"""All that are installed, by name."""
