import numpy as np

from coplug.graphs.graph import Graph, from_edges
from coplug.graphs.layout import circle, springs


def test_nodes_on_a_circle_begin_at_the_top_and_go_clockwise():
    assert np.allclose(circle(4), [(0, 1), (1, 0), (0, -1), (-1, 0)])
    assert circle(0).shape == (0, 2)


def test_cliques_lie_apart():
    edges = [(i + base, j + base) for base in (0, 6, 12) for i in range(6) for j in range(i)] + [
        (0, 6),
        (6, 12),
    ]
    place = springs(from_edges(18, np.array(edges)))
    assert np.linalg.norm(place, axis=1).max() <= 1.0 + 1e-9
    distance = np.linalg.norm(place[:, None] - place[None], axis=2)
    clique = np.arange(18) // 6
    within, between = clique[:, None] == clique[None], clique[:, None] != clique[None]
    assert distance[within].mean() < 0.5 * distance[between].mean()
    assert distance[~np.eye(18, dtype=bool)].min() > 0.02


def test_a_graph_always_looks_the_same_and_small_ones_have_places_too():
    graph = from_edges(5, np.array([(0, 1), (1, 2)]))
    assert np.array_equal(springs(graph), springs(graph))
    for n in (0, 1, 2):
        place = springs(Graph.of(n, []))
        assert place.shape == (n, 2)
        assert np.isfinite(place).all()
