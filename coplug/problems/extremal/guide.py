"""What says which flips are promising: a trained network, or nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.inference.pairformer import load_network
from coplug.inference.zoo import EXTREMAL, shipped
from coplug.problems.extremal.game import ExtremalGame
from coplug.problems.extremal.graph import FlipGraph

NO_GUIDE = "none"
SHIPPED_GUIDE = "extremal-pairformer"


class Guide(Protocol):
    """An opinion about pictures of graphs, see :meth:`coplug.problems.extremal.game.ExtremalGame.encode`."""

    def __call__(self, pictures: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Evaluate graphs.

        Parameters
        ----------
        pictures : float32, shape (b, len(CHANNELS), k, k)

        Returns
        -------
        logits : float, shape (b, k (k - 1) / 2)
            Of flipping each pair, numbered as the game does.
        values : float, shape (b,)
            By how many edges the best score may still rise.
        """


class Uniform:
    """No opinion: all flips alike, and nothing more to gain."""

    def __call__(self, pictures: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """See :class:`Guide`."""
        b, k = len(pictures), pictures.shape[2]
        return np.zeros((b, k * (k - 1) // 2)), np.zeros(b)


class Counted:
    """A guide, and what asking it cost.

    Attributes
    ----------
    calls : int
        Graphs that it saw.
    time_s : float
    """

    def __init__(self, guide: Guide) -> None:
        self._guide = guide
        self.calls, self.time_s = 0, 0.0

    def __call__(self, pictures: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """See :class:`Guide`."""
        start = time.perf_counter()
        opinion = self._guide(pictures)
        self.calls, self.time_s = self.calls + len(pictures), self.time_s + time.perf_counter() - start
        return opinion


def load_guide(name: str) -> Guide:
    """Return a guide by its name: ``none``, a shipped network, or the directory of weights that training wrote.

    Raises
    ------
    UsageError
        If there is none of that name.
    WeightsError
        If the weights do not fit this version of coplug.
    """
    if name == NO_GUIDE:
        return Uniform()
    directory = shipped(EXTREMAL).get(name, Path(name))
    if name and directory.is_dir():
        return load_network(directory)
    known = ", ".join((NO_GUIDE, *shipped(EXTREMAL)))
    raise UsageError(f"there is no guide {name!r}; take {known} or a directory of weights")


def flip_weights(guide: Guide, state: FlipGraph) -> NDArray[np.float32]:
    """Return how promising a guide finds each flip, float32, shape (n_actions,); in [0, 1], the largest is 1.

    The graph is shown as the beginning of an episode.
    """
    game = ExtremalGame(state.n, lengths=state.lengths)
    logits, _ = guide(game.encode(game.states([state.graph()])))
    i, j = state.pairs.T
    own = logits[0, j * (j - 1) // 2 + i]
    weights: NDArray[np.float32] = np.exp(own - own.max()).astype(np.float32)
    return weights
