"""Arcs that learn from each other, beside estimates of each alone, with times and without; and how that is judged."""

import numpy as np
import pytest

from coplug.families import make_family
from coplug.graphs.graph import from_edges
from coplug.problems.influence.cascade_family import observed
from coplug.problems.influence.cascades import Cascades
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.estimators import ESTIMATORS
from coplug.problems.influence.learned import learn
from coplug.problems.influence.network import make_network
from coplug.problems.influence.prediction import error_of
from coplug.problems.influence.shared import by_shared_structure, features_of_arcs


@pytest.fixture(scope="module")
def graph():
    parameters = {"min_nodes": 300, "max_nodes": 300, "affinity": 3}
    return make_family("barabasi_albert", None, parameters).generate(np.random.RandomState(0))


def drawn(graph, diffusion, n_cascades=300):
    network = make_network(graph, diffusion)
    return network.widths, observed(network, n_cascades, 0.01, np.random.RandomState(1))


def without_times(seen):
    return Cascades(seen.ptr, seen.nodes, None)


@pytest.mark.parametrize("probability", ["weighted-cascade", "0.1"])
def test_probabilities_are_nearer_to_the_truth_than_those_of_arcs_alone(graph, probability):
    truth, seen = drawn(graph, Diffusion("ic", probability))
    errors = {name: np.abs(found(graph, seen) - truth).mean() for name, found in ESTIMATORS.items()}
    assert errors["shared"] < 0.5 * min(error for name, error in errors.items() if name != "shared")


def test_arcs_that_are_unlike_their_kind_are_seen():
    # A star whose rays are alike but for one, each tried often.
    graph = from_edges(41, [(0, ray) for ray in range(1, 41)], directed=True)
    chances = np.full(40, 0.05)
    chances[7] = 0.9
    rng = np.random.default_rng(0)
    cascades = [[0, *(1 + np.flatnonzero(rng.random(40) < chances)).tolist()] for _ in range(200)]
    ptr = np.cumsum([0, *map(len, cascades)])
    nodes = np.concatenate(cascades).astype(np.int32)
    seen = Cascades(ptr, nodes, (nodes > 0).astype(float))
    found = by_shared_structure(graph, seen)
    assert found[7] > 0.8
    assert np.abs(np.delete(found, 7) - 0.05).max() < 0.08


def test_no_times_are_needed(graph):
    truth, seen = drawn(graph, Diffusion("ic"), 500)
    found = by_shared_structure(graph, without_times(seen))
    assert np.corrcoef(found, truth)[0, 1] > 0.8
    learned = learn(graph, without_times(seen))
    assert learned.estimator == "shared"
    assert set(learned.scores) == {"shared", "together"}
    assert learned.n_held_out == 100


def test_one_cascade_is_enough_to_say_something(graph):
    _, seen = drawn(graph, Diffusion("ic"), 1)
    found = by_shared_structure(graph, seen)
    assert ((found > 0) & (found < 1)).all()


def test_features_have_mean_0_but_the_constant(graph):
    features = features_of_arcs(graph)
    assert (features[:, 0] == 1).all()
    np.testing.assert_allclose(features[:, 1:].mean(axis=0), 0, atol=1e-9)


def test_errors_by_hand():
    # a -> b with 0.6, a -> c with 0.5, b -> c with 0.2; in order, a cascade of a then b.
    graph = from_edges(3, [(0, 1), (0, 2), (1, 2)], directed=True)
    chances = np.array([0.6, 0.5, 0.2])
    nodes, ptr = np.array([0, 1], np.int32), np.array([0, 2])
    expected = ((1 - 0.6) ** 2 + (1 - 0.5 * 0.8) ** 2) / 2
    assert error_of(graph, chances, Cascades(ptr, nodes, np.array([0.0, 1.0]))) == pytest.approx(expected)
    # Without times the other way round is as likely, but no arc leads into a.
    assert error_of(graph, chances, Cascades(ptr, nodes, None)) == pytest.approx(expected)
    apart = Cascades(np.array([0, 1]), np.array([2], np.int32), np.array([0.0]))
    assert error_of(graph, chances, apart) == 0.0
