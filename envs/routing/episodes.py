"""Packets side by side, observed as graphs: where policy gradients learn to forward."""

from __future__ import annotations

from typing import Any

import numpy as np

from coplug.envs.gymnasium_episodes import GymnasiumEpisodes
from coplug.graphs import Graphs, one_graph

from .environment import GeometricRoutingEnv


def encode(observation: Any, info: dict[str, Any]) -> Graphs:
    """Return the neighbours as the nodes of a graph without edges; all of them are actions."""
    taken = np.flatnonzero(info["action_mask"])
    seen = observation["neighbours"][taken]
    return one_graph({"neighbour": seen}, references={"actions": ("neighbour", np.arange(len(taken)))})


class _Make:
    """Makes environments; another process can make them, too."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self._arguments = arguments

    def __call__(self) -> GeometricRoutingEnv:
        return GeometricRoutingEnv(**self._arguments)


def routing_episodes(
    n_nodes: int | None = None, density: float | None = None, **arguments: Any
) -> GymnasiumEpisodes:
    """Return episodes of :class:`~.environment.GeometricRoutingEnv`.

    Parameters
    ----------
    n_nodes, density : int, float, optional
        Parameters of the family ``wireless_square``.
    **arguments
        Of the environment.
    """
    given = {"n_nodes": n_nodes, "density": density}
    parameters = {name: value for name, value in given.items() if value is not None}
    return GymnasiumEpisodes(_Make({"parameters": parameters, **arguments}), encode)
