"""What Gymnasium is told of coplug's ids besides their classes; entry points ``coplug.environment_settings``."""

from __future__ import annotations

from typing import Any

VERSION_0 = {"kwargs": {"version": 0}}
"""Ids that end in -v0 where there is a -v1; see :mod:`coplug.envs.versions`."""

VERSION_1 = {"kwargs": {"version": 1}}
"""Ids that end in -v1 where there is a -v2."""

PRIMAL_SEARCH = {"max_episode_steps": 50}
"""Of ``PrimalSearch-v2``: most of its searches would go on for thousands of nodes."""


def _erdos_renyi(n: int) -> dict[str, Any]:
    parameters = {"min_nodes": n, "max_nodes": n, "edge_probability": 0.15}
    return {"kwargs": {"graphs": "erdos_renyi", "parameters": parameters}}


ER20, ER50 = _erdos_renyi(20), _erdos_renyi(50)
"""Independent sets of Erdos-Renyi graphs of so many nodes, each pair an edge with probability 0.15."""

RB_TINY = {"kwargs": {"graphs": "rb", "size": "tiny"}}
"""Independent sets of RB graphs of 32 to 60 nodes."""

RB_SMALL = {"kwargs": {"graphs": "rb", "size": "easy"}}
"""Independent sets of RB graphs of 200 to 300 nodes."""

EXTREMAL16, EXTREMAL64 = {"kwargs": {"n_nodes": 16}}, {"kwargs": {"n_nodes": 64}}
"""Extremal graphs of so many nodes."""

MULTIPLE_KNAPSACK = {"kwargs": {"n_knapsacks": 3, "parameters": {"share": 0.15}}}
"""Three knapsacks, each for 15 percent of the weight."""
