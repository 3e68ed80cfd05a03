"""What learns to sample the front of a problem with several objectives while that problem is solved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.dag import Conditional, FloatArray, IntArray, MultiObjective
from coplug.registry import Registry


class Preferring(MultiObjective, Conditional, Protocol):
    """A DAG in which an object is built for a preference, a weight for each objective, which is a part of the state.

    States of one preference come in groups of equal size from :meth:`~coplug.contracts.dag.Conditional.sources`.
    """

    @property
    def group_size(self) -> int:
        """States of one preference that follow each other; at least 2."""

    @property
    def action_features(self) -> NDArray[np.float32]:
        """What is known of each action but the stop, shape (n_actions - 1, n_action_features)."""

    def preferred(self, states: IntArray) -> FloatArray:
        """Return the weights of the objectives, which add up to 1, shape (n, n_objectives)."""

    def with_preferences(self, states: IntArray, weights: FloatArray) -> IntArray:
        """Return the states with other preferences: weights of the objectives, which need not add up to 1."""


class FrontSampler(Protocol):
    """Draws objects of a DAG, and learns from what it has drawn to draw those that nothing dominates."""

    def __call__(self, dag: Preferring, seed: int, stop: Callable[[], bool]) -> Iterator[IntArray]:
        """Yield finished states, batch by batch, until it is told to stop.

        Parameters
        ----------
        dag : Preferring
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
