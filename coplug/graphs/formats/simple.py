"""What a problem wants of a graph, and the simple graph that is left of what a file or the caller has."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.graph import Graph, from_edges
from coplug.graphs.operations import undirected


@dataclass(frozen=True)
class Wanted:
    """What a problem uses of a graph besides nodes and edges; the rest is left out, and a note says so.

    Attributes
    ----------
    node_weights : bool
        Weights of nodes.
    edge_weights : bool
        Weights of edges.
    direction : bool
        Which way edges lead.
    unsaid_is_directed : bool
        With ``direction``: where the file cannot say, edges lead from the first node to the second; else both ways.
    """

    node_weights: bool = False
    edge_weights: bool = False
    direction: bool = False
    unsaid_is_directed: bool = True


NOTHING_MORE = Wanted()
"""For problems on plain graphs."""

_ONE_WAY = ("directed edges are read as undirected",)


@dataclass(frozen=True)
class GraphFile:
    """A graph and what was left out of it.

    Attributes
    ----------
    graph : Graph
        With what was wanted, if it is there.
    notes : tuple of str
        Such as ``2 self-loops dropped``.
    """

    graph: Graph
    notes: tuple[str, ...]


def simple_graph(raw: RawGraph, wanted: Wanted = NOTHING_MORE) -> GraphFile:
    """Return the graph of what was read, and say what is left out of it.

    Nodes and edges without a weight get 1 where others have one.
    """
    node_weights = raw.node_weights if wanted.node_weights else None
    edge_weights = raw.edge_weights if wanted.edge_weights else None
    one_way = wanted.unsaid_is_directed if raw.one_way is None else raw.one_way
    directed = wanted.direction and one_way
    graph = from_edges(
        raw.n_nodes,
        raw.edges,
        raw.names,
        node_weights=_filled(node_weights),
        edge_weights=_filled(edge_weights),
        directed=directed,
    )
    notes = (
        *raw.notes,
        *_ignored(raw.node_weights is not None, raw.edge_weights is not None, wanted, raw.if_unweighted),
        *_filled_notes(node_weights, "node"),
        *_filled_notes(edge_weights, "edge"),
        *_edge_notes(raw, graph, edge_weights is not None),
    )
    return GraphFile(graph, notes)


def reduced_to(graph: Graph, wanted: Wanted) -> GraphFile:
    """Return a graph in memory without what is not wanted, and say what that is."""
    notes = _ignored(graph.node_weights is not None, graph.edge_weights is not None, wanted)
    if graph.directed and not wanted.direction:
        both_ways = undirected(graph)
        notes += _ONE_WAY if graph.n_edges != 2 * both_ways.n_edges else ()
        graph = both_ways
    left = replace(
        graph,
        node_weights=graph.node_weights if wanted.node_weights else None,
        edge_weights=graph.edge_weights if wanted.edge_weights else None,
    )
    return GraphFile(left if notes else graph, notes)


def _filled(weights: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    return None if weights is None else np.where(np.isnan(weights), 1.0, weights)


def _filled_notes(weights: NDArray[np.float64] | None, of: str) -> tuple[str, ...]:
    n_missing = 0 if weights is None else int(np.isnan(weights).sum())
    return (
        (f"weight 1 is taken for {n_missing} {of}{'s' * (n_missing > 1)} without one",) if n_missing else ()
    )


def _ignored(
    of_nodes: bool, of_edges: bool, wanted: Wanted, if_unweighted: str = "weights are ignored"
) -> tuple[str, ...]:
    """Say which weights are there and not wanted."""
    nodes, edges = of_nodes and not wanted.node_weights, of_edges and not wanted.edge_weights
    if not (nodes or edges):
        return ()
    if not (wanted.node_weights or wanted.edge_weights):
        return (if_unweighted,)
    return ("weights of nodes are ignored",) if nodes else ("weights of edges are ignored",)


def _edge_notes(raw: RawGraph, graph: Graph, weighted: bool) -> tuple[str, ...]:
    """Say what :func:`~coplug.graphs.graph.from_edges` left out."""
    n_loops = int((raw.edges[:, 0] == raw.edges[:, 1]).sum())
    n_repeated = len(raw.edges) - n_loops - graph.n_edges
    notes = []
    if n_loops:
        notes.append(f"{n_loops} self-loop{'s' * (n_loops > 1)} dropped")
    if graph.directed and raw.one_way is None:
        notes.append("edges are read as directed, from the first node to the second")
    if raw.one_way and not graph.directed:
        if graph.n_edges and n_repeated < graph.n_edges:
            notes += _ONE_WAY
    elif n_repeated:
        which = ", the first weight counts" if weighted else ""
        notes.append(f"{n_repeated} repeated edge{'s' * (n_repeated > 1)} merged{which}")
    return tuple(notes)
