"""The methods by name: what walks from a graph to better ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.problems.extremal.alphazero import AlphaZeroWalk
from coplug.problems.extremal.climb import ClimbWalk
from coplug.problems.extremal.graph import FlipGraph
from coplug.problems.extremal.guide import NO_GUIDE, SHIPPED_GUIDE, Guide, Uniform, load_guide
from coplug.problems.extremal.tabu import TabuWalk
from coplug.random_kernels import uniform


class Walk(Protocol):
    """What changes a graph in search of a better one: a method."""

    def __call__(
        self, state: FlipGraph, target: int, random: NDArray[np.uint64], best: NDArray[np.int32]
    ) -> tuple[int, int]:
        """Walk from where ``state`` stands, and leave it anywhere.

        Parameters
        ----------
        state : FlipGraph
            Of at least 2 nodes; free of forbidden cycles at first.
        target : int
            A score that is good enough.
        random : uint64, shape (1,)
            State of the generator of :func:`coplug.random_kernels.uniform`.
        best : int32, shape (n_actions,)
            The best graph is written here, -1 where there is an edge.

        Returns
        -------
        int
            Score of the best graph.
        int
            Flips made.
        """


class EitherWalk:
    """Each walk by one of several methods, at random: what one misses another may find."""

    def __init__(self, *walks: Walk) -> None:
        self.walks = walks

    def __call__(
        self, state: FlipGraph, target: int, random: NDArray[np.uint64], best: NDArray[np.int32]
    ) -> tuple[int, int]:
        """See :class:`Walk`."""
        chosen = self.walks[int(uniform(random) * len(self.walks))]
        return chosen(state, target, random, best)


def _tabu(guide: Guide) -> Walk:
    return TabuWalk(guide=None if isinstance(guide, Uniform) else guide)


def _climb(guide: Guide) -> Walk:
    if not isinstance(guide, Uniform):
        raise UsageError("--method climb takes no guide; leave out --guide, or take tabu or both")
    return ClimbWalk()


METHODS: dict[str, Callable[[Guide], Walk]] = {
    "tabu": _tabu,
    "climb": _climb,
    "both": lambda guide: EitherWalk(_tabu(guide), ClimbWalk()),
    "alphazero": lambda guide: AlphaZeroWalk(guide=guide),
}
"""The methods by name, made with a guide."""


def method_of(name: str, guide: str | Guide = "") -> Walk:
    """Return a method by its name.

    Parameters
    ----------
    name : str
    guide : str or Guide
        A name as for :func:`coplug.problems.extremal.guide.load_guide`; if empty, that of :func:`guide_of`.

    Raises
    ------
    UsageError
        If there is none of that name, or it takes no guide.
    WeightsError
        If the guide cannot be loaded.
    """
    if name not in METHODS:
        raise UsageError(f"--method {name} is unknown; choose from {', '.join(METHODS)}")
    return METHODS[name](load_guide(guide or guide_of(name)) if isinstance(guide, str) else guide)


def guide_of(method: str) -> str:
    """Return the name of the guide that a method takes if none is named."""
    return SHIPPED_GUIDE if method == "alphazero" else NO_GUIDE
