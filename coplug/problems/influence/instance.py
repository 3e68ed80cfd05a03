"""An instance: a graph from a file or in memory, and what the options make of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.graphs.formats.simple import GraphFile, Wanted
from coplug.graphs.graph import Graph
from coplug.problems.influence.cascades import read_cascades
from coplug.problems.influence.centrality import central_costs
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.learned import Learned, learn
from coplug.problems.influence.network import Network, make_network
from coplug.problems.influence.node_files import NodeNames, check_budget, listed_nodes, values_of_nodes
from coplug.problems.influence.options import COLUMN, WEIGHTED_CASCADE, InfluenceOptions
from coplug.problems.influence.task import Task


@dataclass(frozen=True)
class InfluenceInstance:
    """A graph and what is asked of it.

    Attributes
    ----------
    label : str
        Its path as given, or a few words.
    graph : Graph
    task : Task
    learned : Learned or None
        How probabilities were estimated from cascades.
    notes : tuple of str
        What was left out or changed.
    """

    label: str
    graph: Graph
    task: Task
    learned: Learned | None = None
    notes: tuple[str, ...] = ()


def wanted(options: InfluenceOptions) -> Wanted:
    """Return what is read of a graph file."""
    weighted = options.diffusion != "sis" and options.probability in (None, COLUMN) and not options.cascades
    return Wanted(
        node_weights=options.targets is None,
        edge_weights=weighted,
        direction=True,
        unsaid_is_directed=options.directed,
    )


def make_instance(label: str, read: GraphFile, options: InfluenceOptions) -> InfluenceInstance:
    """Return an instance of a graph that was read.

    Raises
    ------
    UsageError, InstanceError
        If the options do not fit it.
    """
    graph, learned, notes = read.graph, None, read.notes
    if not graph.n_nodes:
        raise InstanceError(f"{label} has no nodes; there is nothing to choose")
    is_named = any((options.costs, options.targets, options.given, options.excluded, options.cascades))
    names = NodeNames(graph.names if is_named else ())
    if options.cascades is not None:
        cascades = read_cascades(options.cascades, names)
        learned = learn(graph, cascades, options.estimator, options.seed)
        graph, notes = learned.graph, (*notes, *cascades.notes, *learned.notes)
    network = make_network(graph, _diffusion(graph, options), _weights(graph, names, options))
    costs = _costs(network, names, options)
    given = listed_nodes(options.given, names, "--given")
    free = np.ones(graph.n_nodes, np.bool_)
    free[given] = free[listed_nodes(options.excluded, names, "--exclude")] = False
    if costs is not None:
        free &= costs <= options.budget
    candidates = np.flatnonzero(free).astype(np.int32)
    check_budget(options.budget, costs, candidates)
    task = Task(network, options.budget, costs, given, candidates)
    return InfluenceInstance(label, graph, task, learned, notes + network.notes)


def _diffusion(graph: Graph, options: InfluenceOptions) -> Diffusion:
    probability = options.probability
    if probability is None:
        probability = COLUMN if graph.edge_weights is not None else WEIGHTED_CASCADE
    return Diffusion(
        options.diffusion,
        probability,
        options.threshold,
        options.beta,
        options.recovery,
        options.rounds,
    )


def _weights(graph: Graph, names: NodeNames, options: InfluenceOptions) -> NDArray[np.float64] | None:
    if options.targets is None:
        return graph.node_weights
    return values_of_nodes(options.targets, names, graph.n_nodes, 0.0)


def _costs(network: Network, names: NodeNames, options: InfluenceOptions) -> NDArray[np.float64] | None:
    if options.costs is None:
        return None
    if options.centrality is not None:
        return central_costs(network, options.centrality)
    costs = values_of_nodes(options.costs, names, network.n_nodes, 1.0)
    if (costs <= 0).any():
        raise InstanceError(f"{options.costs}: a node costs {costs.min():g}; costs are above 0")
    return costs
