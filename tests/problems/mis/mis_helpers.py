"""Random small graphs, and exact answers by exhaustion."""

from functools import cache

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
