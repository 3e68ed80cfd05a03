"""Random small graphs, and exact answers by exhaustion."""

from dataclasses import replace
from functools import cache, reduce
from operator import or_

import numpy as np
from hypothesis import strategies as st

from coplug.graphs.graph import from_edges


@st.composite
def graphs(draw, max_nodes=12):
    n = draw(st.integers(0, max_nodes))
    pairs = [(u, v) for v in range(n) for u in range(v)]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=3 * n)) if pairs else []
    return from_edges(n, np.array(edges, dtype=np.int64).reshape(-1, 2))


def random_graph(n, probability, seed):
    rng = np.random.default_rng(seed)
    pairs = np.column_stack(np.triu_indices(n, 1))
    return from_edges(n, pairs[rng.random(len(pairs)) < probability])


def best_set(graph):
    """Return a maximum independent set; bool, shape (n_nodes,)."""
    near = [0] * graph.n_nodes
    for u, v in graph.edges().tolist():
        near[u] |= 1 << v
        near[v] |= 1 << u

    @cache
    def largest(left):
        if not left:
            return 0
        node = (left & -left).bit_length() - 1
        without = largest(left & ~(1 << node)) if near[node] & left else 0
        return max(without, (1 << node) | largest(left & ~(1 << node) & ~near[node]), key=int.bit_count)

    members = largest((1 << graph.n_nodes) - 1)
    return np.array([bool(members >> node & 1) for node in range(graph.n_nodes)], dtype=np.bool_)


def weighted(graph, seed, most=200):
    """Return the graph with weights of 1 to ``most``."""
    weights = np.random.default_rng(seed).integers(1, most + 1, graph.n_nodes)
    return replace(graph, node_weights=weights.astype(np.float64))


@st.composite
def weighted_graphs(draw, max_nodes=12):
    graph = draw(graphs(max_nodes=max_nodes))
    most = draw(st.sampled_from([2, 5, 200]))
    n = graph.n_nodes
    weights = draw(st.lists(st.integers(1, most), min_size=n, max_size=n))
    return replace(graph, node_weights=np.array(weights, dtype=np.float64))


def heaviest_weight(graph):
    """Return the weight of a heaviest independent set by exhaustion: a component at a time, by its largest degree."""
    near = [0] * graph.n_nodes
    for u, v in graph.edges().tolist():
        near[u] |= 1 << v
        near[v] |= 1 << u
    weights = graph.weights_of_nodes().tolist()

    def nodes_of(members):
        return [node for node in range(members.bit_length()) if members >> node & 1]

    def component(left):
        found = frontier = left & -left
        while frontier:
            frontier = reduce(or_, [near[node] for node in nodes_of(frontier)]) & left & ~found
            found |= frontier
        return found

    @cache
    def heaviest(left):
        if not left:
            return 0
        part = component(left)
        if part != left:
            return heaviest(part) + heaviest(left & ~part)
        node = max(nodes_of(left), key=lambda v: (near[v] & left).bit_count())
        rest = left & ~(1 << node)
        return max(weights[node] + heaviest(rest & ~near[node]), heaviest(rest))

    return heaviest((1 << graph.n_nodes) - 1)
