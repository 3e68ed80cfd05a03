"""Random batches: several node types or one, empty graphs, isolated nodes, no edges, self-loops, NaN; random graphs."""

import numpy as np
from hypothesis import strategies as st

from coplug.graphs import GraphBatch, check, collate, one_graph
from coplug.graphs.graph import from_edges

DTYPES = (np.float32, np.float64, np.int64)


@st.composite
def structures(draw, node_types=("node", "row", "column")):
    """Names, types and widths that all graphs of a batch share."""
    nodes = draw(st.lists(st.sampled_from(node_types), min_size=1, max_size=3, unique=True))
    a_type, width = st.sampled_from(nodes), st.integers(0, 3)
    edge = st.tuples(a_type, a_type, st.none() | width)
    return {
        "nodes": {name: (draw(width), draw(st.sampled_from(DTYPES))) for name in nodes},
        "edges": draw(st.dictionaries(st.sampled_from(["edge", "cut", "twin"]), edge, max_size=3)),
        "extras": draw(st.dictionaries(st.sampled_from(["mask", "score"]), width)),
        "references": draw(st.dictionaries(st.sampled_from(["candidates", "goal"]), a_type)),
    }


def graph_of(structure, rng, max_nodes=5, max_edges=8):
    nodes = {
        name: _features(rng, int(rng.integers(max_nodes + 1)), width, dtype)
        for name, (width, dtype) in structure["nodes"].items()
    }
    edges = {}
    for name, (source, target, width) in structure["edges"].items():
        n_edges = rng.integers(max_edges + 1) if len(nodes[source]) and len(nodes[target]) else 0
        ends = [_positions(rng, len(nodes[end]), n_edges) for end in (source, target)]
        features = None if width is None else _features(rng, n_edges, width, np.float32)
        edges[name] = (source, target, np.stack(ends), features)
    extras = {
        name: _features(rng, int(rng.integers(4)), width, np.float64)
        for name, width in structure["extras"].items()
    }
    references = {
        name: (target, _positions(rng, len(nodes[target]), rng.integers(4) if len(nodes[target]) else 0))
        for name, target in structure["references"].items()
    }
    return one_graph(nodes, edges, extras, references)


def _positions(rng, n, size):
    return rng.integers(n, size=size) if n else np.empty(0, np.int64)


def _features(rng, n, width, dtype):
    values = rng.integers(-3, 4, (n, width)).astype(dtype)
    if dtype is not np.int64:
        values[values == 3] = np.nan
    return values


@st.composite
def graph_lists(draw, min_size=1, structure=None):
    """Graphs of one structure."""
    structure = structure or draw(structures())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return [graph_of(structure, rng) for _ in range(draw(st.integers(min_size, 5)))]


def batches(structure=None) -> st.SearchStrategy[GraphBatch]:
    return graph_lists(structure=structure).map(collate).map(check)


WHOLE = st.integers(-(2**53), 2**53).map(float)
FRACTIONS = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def simple_graphs(draw, max_nodes=70, weights=None, directed=False):
    """Graphs, weighted or not; ``weights`` draws a weight."""
    n = draw(st.integers(0, max_nodes))
    node = st.integers(0, max(n - 1, 0))
    edges = draw(st.lists(st.tuples(node, node), max_size=2 * n)) if n else []
    return from_edges(
        n,
        np.array(edges, dtype=np.int64).reshape(-1, 2),
        node_weights=_some(draw, weights, n),
        edge_weights=_some(draw, weights, len(edges)),
        directed=directed,
    )


def _some(draw, weights, count):
    if weights is None or draw(st.booleans()):
        return None
    return draw(st.lists(weights, min_size=count, max_size=count))


def same(one, other):
    """Tell whether two graphs have the same edges, weights and direction."""
    return (
        np.array_equal(one.ptr, other.ptr)
        and np.array_equal(one.neighbours, other.neighbours)
        and one.directed == other.directed
        and _equal(one.node_weights, other.node_weights)
        and _equal(one.edge_weights, other.edge_weights)
    )


def _equal(one, other):
    return one is other or (one is not None and other is not None and np.array_equal(one, other))
