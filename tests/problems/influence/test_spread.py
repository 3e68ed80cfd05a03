"""Spreads in worlds and by reverse sets, beside enumeration; and what holds of spreads in the same worlds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.problems.influence.coverage import n_met
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.reverse_sets import ReverseSets
from coplug.problems.influence.spread import estimate
from tests.problems.influence.exact import IC, LT, SIS, exact_spread, network

MODELS = pytest.mark.parametrize("diffusion", [IC, LT, SIS], ids=lambda d: d.model)
WEIGHTS = [1.0, 0.0, 2.5, 1.0, 0.5, 3.0]


def seeds(*nodes):
    return np.array(nodes, np.int32)


@MODELS
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["count", "weights"])
def test_the_mean_over_worlds_is_the_exact_spread_of_every_number_of_seeds(diffusion, weights):
    order = (2, 0, 5)
    curve = estimate(network(diffusion, weights), seeds(*order), 7, worlds=20_000)
    assert curve.worlds == 20_000
    for count in range(len(order) + 1):
        exact = exact_spread(diffusion, order[:count], weights)
        assert abs(curve.means[count] - exact) <= 4.5 * curve.errors[count] + 1e-9


@MODELS
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["count", "weights"])
def test_the_share_of_reverse_sets_that_seeds_meet_is_their_spread(diffusion, weights):
    net = network(diffusion, weights)
    drawn = ReverseSets(net, 3)
    drawn.draw(40_000)
    for some in [(0,), (2, 5), (1, 3, 4)]:
        share = n_met(drawn, seeds(*some), 6) / drawn.n_sets
        error = net.total * np.sqrt(share * (1 - share) / drawn.n_sets)
        assert abs(net.total * share - exact_spread(diffusion, some, weights)) <= 4.5 * error + 1e-9


@MODELS
def test_the_error_is_that_of_repeated_estimates(diffusion):
    curves = [estimate(network(diffusion), seeds(0), seed, worlds=100) for seed in range(200)]
    spread = np.std([curve.spread for curve in curves], ddof=1)
    assert np.mean([curve.standard_error for curve in curves]) == pytest.approx(spread, rel=0.2)


@MODELS
def test_threads_change_nothing(diffusion):
    one, two = (estimate(network(diffusion), seeds(0, 3), 1, worlds=300, threads=t) for t in (1, 3))
    assert one.means.tolist() == two.means.tolist()
    assert one.errors.tolist() == two.errors.tolist()
    drawn = [ReverseSets(network(diffusion), 1, threads=t) for t in (1, 3)]
    for some in drawn:
        some.draw(1500)
        some.draw(5000)
    assert drawn[0].members.tolist() == drawn[1].members.tolist()
    assert drawn[0].ptr.tolist() == drawn[1].ptr.tolist()


def test_worlds_are_drawn_until_the_error_is_small():
    certain = network(IC, chances=[1.0] * 8)
    assert estimate(certain, seeds(0)).worlds == 256
    assert estimate(certain, seeds(0)).spread == 6
    assert estimate(network(IC), seeds(0)).worlds == 10_000


def test_a_fixed_threshold_is_met_when_the_sum_is_equal():
    halves = [(0, 2), (1, 2), (2, 3), (0, 3), (1, 4), (3, 4), (2, 4)]
    thirds = [0.5, 0.5, 1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6]
    net = network(Diffusion("lt", "column", 0.5), arcs=halves, chances=thirds, n=5)
    curve = estimate(net, seeds(0, 1))
    # 0 makes 2 active, both 3, and 2 and 3 are a third of what 4 needs; 1 is the rest of it.
    assert curve.means.tolist() == [0, 3, 5]
    assert curve.standard_error == 0


@st.composite
def cases(draw):
    n = draw(st.integers(2, 7))
    pairs = [(u, v) for u in range(n) for v in range(n) if u != v]
    arcs = draw(st.lists(st.sampled_from(pairs), max_size=15, unique=True))
    chances = [draw(st.sampled_from([0.0, 0.3, 0.7, 1.0])) for _ in arcs]
    order = draw(st.permutations(range(n)))
    small = draw(st.integers(0, n - 1))
    large = draw(st.integers(small, n - 1))
    return n, arcs, chances, order, small, large


@given(cases(), st.sampled_from([IC, LT, SIS]))
@settings(max_examples=150, deadline=None)
def test_in_the_same_worlds_more_seeds_reach_more_and_gain_less(case, diffusion):
    n, arcs, chances, order, small, large = case
    net = network(diffusion, arcs=arcs, chances=chances, n=n)

    def spread(*nodes):
        return estimate(net, seeds(*nodes), worlds=64).spread

    few, many, one = order[:small], order[:large], order[-1]
    assert spread(*few) <= spread(*many)
    assert spread(*few, one) - spread(*few) >= spread(*many, one) - spread(*many) - 1e-9
    assert spread(*many) == pytest.approx(spread(*reversed(many)))
