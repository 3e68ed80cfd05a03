"""Compiling what a solve needs before its clock starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coplug.graphs.graph import from_edges
from coplug.problems.influence.instance import InfluenceInstance
from coplug.problems.influence.network import make_network
from coplug.problems.influence.options import LEARNED, InfluenceOptions
from coplug.problems.influence.solve import solve_influence
from coplug.problems.influence.task import Task


def warm_up(instance: InfluenceInstance, options: InfluenceOptions) -> None:
    """Solve an instance of two nodes by the same method, under the same diffusion."""
    graph = from_edges(2, [(0, 1)], edge_weights=[0.5])
    network = make_network(graph, instance.task.network.diffusion, np.ones(2))
    both = np.arange(2, dtype=np.int32)
    costs = None if instance.task.costs is None else np.ones(2)
    tiny = InfluenceInstance("", graph, Task(network, 1.0, costs, both[:0], both))
    quick = replace(options, csv=None, worlds=2, greedy_worlds=1, epsilon=1.0, time_limit_s=None)
    solve_influence(tiny, quick, stop=lambda: options.method in LEARNED)  # which compile all in a first step
