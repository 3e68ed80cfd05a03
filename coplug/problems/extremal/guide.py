"""What says which flips are promising: a trained network, or nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.problem import elsewhere
from coplug.errors import PolicyError, UnknownPolicyError, in_one_line
from coplug.inference.bundles import bundles
from coplug.inference.weights import load_network
from coplug.plugins import has, is_plugin, load_plugin, name_of, plugin_lines
from coplug.problems.extremal.game import ExtremalGame
from coplug.problems.extremal.graph import FlipGraph

logger = logging.getLogger(__name__)

AUTO_GUIDE = "auto"
NO_GUIDE = "none"
SHIPPED_GUIDE = "extremal-pairformer"


class Guide(Protocol):
    """An opinion about pictures of graphs, see :meth:`coplug.problems.extremal.game.ExtremalGame.encode`.

    Attributes
    ----------
    name : str
        Shown in summaries.
    """

    @property
    def name(self) -> str:
        """Shown in summaries."""
        ...

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

    name = NO_GUIDE

    def __call__(self, pictures: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """See :class:`Guide`."""
        b, k = len(pictures), pictures.shape[2]
        return np.zeros((b, k * (k - 1) // 2)), np.zeros(b)


@dataclass(frozen=True)
class NetworkGuide:
    """A network's opinion.

    Attributes
    ----------
    name : str
        As :func:`load_guide` takes it.
    network : callable
        As :class:`Guide` is called.
    """

    name: str
    network: Callable[[NDArray[np.float32]], tuple[NDArray[Any], NDArray[Any]]]

    def __call__(self, pictures: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """See :class:`Guide`."""
        return self.network(pictures)


class Counted:
    """A guide, and what asking it cost; one that fails is not asked again, and all flips are alike from there on.

    Attributes
    ----------
    name : str
        Of the guide.
    calls : int
        Graphs that it saw.
    fallbacks : int
        1 if it failed.
    time_s : float

    Raises
    ------
    PolicyError
        If its name is no text of one line.
    """

    def __init__(self, guide: Guide) -> None:
        self.name = name_of(guide)
        self._guide = guide
        self.calls, self.fallbacks, self.time_s = 0, 0, 0.0

    def __call__(self, pictures: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """See :class:`Guide`."""
        start = time.perf_counter()
        try:
            opinion = _checked(self._guide(pictures), pictures)
        except BaseException as error:  # a guide may raise anything, and no search may break on it
            logger.warning("guide %s failed (%s); the search goes on without", self.name, in_one_line(error))
            self.fallbacks, self._guide = 1, Uniform()
            opinion = self._guide(pictures)
        self.calls, self.time_s = self.calls + len(pictures), self.time_s + time.perf_counter() - start
        return opinion


def _checked(opinion: Any, pictures: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return logits and values as :class:`Guide` has them.

    Raises
    ------
    PolicyError
        If they are something else.
    """
    logits, values = map(np.asarray, opinion)
    b, k = len(pictures), pictures.shape[2]
    if logits.shape != (b, k * (k - 1) // 2) or values.shape != (b,):
        raise PolicyError(f"logits and values of {b} graphs have shapes {logits.shape} and {values.shape}")
    if not (np.isfinite(logits).all() and np.isfinite(values).all()):
        raise PolicyError("logits or values are not finite")
    return logits, values


def available_guides() -> dict[str, str]:
    """Return the names of guides, each with where it comes from."""
    own = {
        AUTO_GUIDE: f"{SHIPPED_GUIDE} for the method alphazero, none for the others",
        NO_GUIDE: "no opinion: all flips alike",
    } | {name: f"{bundle.origin}, for extremal graphs" for name, bundle in bundles("extremal").items()}
    return own | plugin_lines(lack) | own


def load_guide(name: str) -> Guide:
    """Return a guide by its name.

    Parameters
    ----------
    name : str
        ``none``, a shipped network, the directory of weights that training wrote, an entry point of
        ``coplug.policies``, or ``package.module:object``.

    Raises
    ------
    UnknownPolicyError
        If there is none of that name.
    WeightsError, PolicyError
        If the weights do not fit this version of coplug, or the object is no guide.
    """
    if name == NO_GUIDE:
        return Uniform()
    bundle = bundles("extremal").get(name)
    directory = bundle.directory if bundle else Path(name)
    if name and directory.is_dir():
        network, _ = load_network(directory, "extremal")
        return NetworkGuide(name, network)
    if is_plugin(name):
        return cast("Guide", load_plugin(name, lack))
    known = ", ".join((NO_GUIDE, *bundles("extremal")))
    raise UnknownPolicyError(
        f"there is no guide {name!r}{elsewhere(name)}; take {known} or a directory of weights, or package:object"
    )


def lack(found: object) -> str:
    """Say what an object lacks that guides have."""
    return " and ".join(part for part in ("name", "__call__") if not has(found, part))


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
