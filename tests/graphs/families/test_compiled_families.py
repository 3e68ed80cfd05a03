"""Graphs drawn in compiled code, beside those that the families draw."""

import numpy as np
import pytest

from coplug.graphs.families.compiled import compiled, draw_matrix
from coplug.graphs.families.hard_graphs import GreedyTrap, RbModel
from coplug.graphs.families.random_graphs import ErdosRenyi
from coplug.random_kernels import seeded, uniform_integer

TINY_RB = RbModel(**RbModel.sizes["tiny"])


def drawn(family, count, room):
    random, matrix, found = np.array([seeded(1)]), np.ones((room, room), np.int8), []
    for _ in range(count):
        n = draw_matrix(compiled(family), random, matrix)
        assert np.array_equal(matrix, matrix.T)
        assert not matrix.diagonal().any()
        assert not matrix[n:].any()
        found.append((n, int(matrix.sum()) // 2, matrix[:n, :n].copy()))
    return found


@pytest.mark.parametrize(("family", "room"), [(ErdosRenyi(8, 12, 0.3), 15), (TINY_RB, 60)])
def test_sizes_and_edges_are_distributed_as_the_familys(family, room):
    count = 3000
    ours = np.array([entry[:2] for entry in drawn(family, count, room)], float)
    theirs = np.array(
        [
            (graph.n_nodes, graph.n_edges)
            for graph in (family.generate(np.random.RandomState(seed)) for seed in range(count))
        ],
        float,
    )
    error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / count)
    assert (abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 4 * error).all()
    assert ours.std(axis=0) == pytest.approx(theirs.std(axis=0), rel=0.1)
    assert set(ours[:, 0]) == set(theirs[:, 0])


def test_every_pair_is_an_edge_equally_often():
    total = sum(matrix.astype(int) for *_, matrix in drawn(ErdosRenyi(6, 6, 0.25), 8000, 6))
    shares = total[np.triu_indices(6, 1)] / 8000
    assert abs(shares - 0.25).max() < 4.5 * np.sqrt(0.25 * 0.75 / 8000)


def test_rb_graphs_have_cliques_and_the_right_pairs_between_them():
    family = RbModel(4, 4, 3, 3, 0.5, 12, 12)
    for _, _, matrix in drawn(family, 50, 12):
        blocks = matrix.reshape(4, 3, 4, 3).sum(axis=(1, 3))
        assert (blocks.diagonal() == 6).all()
        others = blocks[~np.eye(4, dtype=bool)]
        assert ((others == 0) | (others >= round(0.5 * 9))).all()


def test_what_does_not_fit_changes_nothing():
    matrix = np.ones((5, 5), np.int8)
    for family in (ErdosRenyi(6, 6, 0.5), RbModel(4, 4, 3, 3, 0.5, 12, 12)):
        assert draw_matrix(compiled(family), np.array([seeded(1)]), matrix) == -1
        assert matrix.all()


def test_other_families_are_not_compiled():
    assert compiled(GreedyTrap()) is None
    assert compiled(None) is None


def test_whole_numbers_are_uniform_in_their_range():
    random = np.array([seeded(2)])
    counts = np.bincount([uniform_integer(random, 3, 6) for _ in range(4000)])
    assert counts[:3].tolist() == [0, 0, 0]
    assert abs(counts[3:] - 1000).max() < 130
