"""Several independent sets that differ."""

import json

import networkx as nx
import numpy as np
import pytest
from mis_helpers import random_graph
from typer.testing import CliRunner

import coplug
from coplug.algorithms.fronts.indicators import mean_pairwise_distance
from coplug.cli import app
from coplug.errors import UsageError
from coplug.graphs.graph import from_edges
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.sampling import sample_sets
from coplug.problems.mis.solve import solve_graph
from coplug.problems.mis.verify import is_independent

STEPS = 4000


def sampled(graph, count, diverse=True, seed=0):
    """Sample by steps alone, so that the outcome does not depend on the machine."""
    return sample_sets(graph, count, seed, lambda: 0.0, bool, diverse=diverse, max_steps=STEPS)


@pytest.mark.parametrize("seed", range(4))
def test_sets_are_independent_different_and_no_worse_than_restarts(seed):
    graph = random_graph(60, 0.2, seed)
    found = sampled(graph, 8, seed=seed)
    assert all(is_independent(graph, chosen) for chosen in [*found.sets, *found.restarts])
    assert len(np.unique(found.sets, axis=0)) == len(found.sets) == 8
    sizes = found.sets.sum(axis=1)
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert sizes.mean() >= found.restarts.sum(axis=1).mean() or len(np.unique(found.restarts, axis=0)) < 8
    restarts = np.unique(found.restarts, axis=0)
    if len(restarts) == 8:
        assert mean_pairwise_distance(found.sets) >= mean_pairwise_distance(restarts)


def test_equal_seeds_give_equal_sets():
    graph = random_graph(40, 0.2, 1)
    assert np.array_equal(sampled(graph, 5).sets, sampled(graph, 5).sets)


def test_without_diversity_the_largest_sets_are_taken():
    graph = random_graph(50, 0.2, 2)
    near, far = sampled(graph, 6, diverse=False), sampled(graph, 6)
    assert near.sets.sum() >= far.sets.sum()


def test_the_two_sides_of_a_ring_are_found():
    ring = from_edges(12, np.array([(k, (k + 1) % 12) for k in range(12)]))
    found = sampled(ring, 2).sets
    assert found.sum(axis=1).tolist() == [6, 6]
    assert mean_pairwise_distance(found) == 12


def test_there_may_be_fewer_sets_than_asked_for():
    triangle = from_edges(3, np.array([(0, 1), (1, 2), (2, 0)]))
    found = sampled(triangle, 9).sets
    assert 1 <= len(found) <= 3
    assert len(np.unique(found, axis=0)) == len(found)


@pytest.mark.parametrize("problem", ["mis", "vertex-cover", "clique"])
def test_every_problem_on_graphs_gives_several_sets(problem):
    graph = nx.petersen_graph()
    report = coplug.solve(graph, problem, samples=3, diverse=True, max_steps=STEPS)
    sets = report.extra["sets"]
    assert len({tuple(chosen) for chosen in sets}) == 3
    assert [len(chosen) for chosen in sets] == [{"mis": 4, "vertex-cover": 6, "clique": 2}[problem]] * 3
    assert report.extra["mean_size"] == len(report.solution) == report.objective
    assert list(report.solution) == sets[0]


def test_the_document_has_the_sets(tmp_path):
    path = tmp_path / "path.edgelist"
    path.write_text("a b\nb c\nc d\n")
    done = CliRunner().invoke(
        app,
        [
            "solve",
            str(path),
            "--problem",
            "mis",
            "--samples",
            "2",
            "--diverse",
            "--max-steps",
            "500",
            "--json",
        ],
    )
    found = json.loads(done.stdout)
    assert len(found["sets"]) == 2
    assert all(len(chosen) == 2 for chosen in found["sets"])
    assert (found["mean_size"], found["mean_distance"]) == (2.0, 4.0)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"diverse": True}, "say how many by --samples"),
        ({"samples": 0}, "samples 0 is out of range"),
        ({"samples": 3, "policy": "greedy"}, "not for greedy"),
        ({"samples": 3, "policy": "exact"}, "not for exact"),
    ],
)
def test_what_does_not_fit_is_refused(options, reason):
    with pytest.raises(UsageError, match=reason):
        coplug.solve(nx.path_graph(4), "mis", **options)


def test_weights_are_refused():
    graph = from_edges(3, np.array([(0, 1), (1, 2)]), node_weights=np.array([2, 3, 1]))
    with pytest.raises(UsageError, match="without weights of nodes"):
        solve_graph("mis", graph, GraphOptions(samples=2))
    found = solve_graph("mis", graph, GraphOptions(samples=1, unweighted=True, max_steps=50))
    assert found.sets.sum() == 2
