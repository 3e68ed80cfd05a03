"""Methods beside the best seeds of all, their certificates over many seeds, and knapsacks."""

import itertools

import numpy as np
import pytest

from coplug.problems.influence.coverage import cover
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.methods import Effort, choose
from coplug.problems.influence.options import METHODS
from coplug.problems.influence.reverse_sets import ReverseSets
from tests.problems.influence.exact import IC, LT, SIS, best_spread, exact_spread, network, task

MODELS = pytest.mark.parametrize("diffusion", [IC, LT, SIS], ids=lambda d: d.model)


@MODELS
@pytest.mark.parametrize("method", ["imm", "opim-c", "celf"])
def test_seeds_spread_as_far_as_those_of_exact_greedy(diffusion, method):
    greedy = []
    for k in (1, 2, 3):
        greedy.append(max(set(range(6)) - set(greedy), key=lambda v: exact_spread(diffusion, (*greedy, v))))
        found = choose(task(network(diffusion), k), method, Effort(seed=k, greedy_worlds=4000), Limits())
        spread = exact_spread(diffusion, found.seeds.tolist())
        assert spread >= 0.99 * exact_spread(diffusion, greedy)
        assert spread >= 0.95 * best_spread(diffusion, k)
        assert len(set(found.seeds.tolist())) == k


@pytest.mark.parametrize("diffusion", [IC, LT], ids=lambda d: d.model)
def test_certificates_hold(diffusion):
    best = best_spread(diffusion, 2)
    for seed in range(30):
        found = choose(task(network(diffusion), 2), "opim-c", Effort(seed, 0.3, 0.1), Limits())
        certificate = found.certificate
        assert certificate is not None
        assert certificate.lower <= exact_spread(diffusion, found.seeds.tolist())
        assert certificate.upper >= best
        assert certificate.ratio == certificate.lower / certificate.upper >= 1 - np.exp(-1) - 0.3


def test_the_guarantee_of_imm_is_said():
    certificate = choose(task(network(IC), 2), "imm", Effort(epsilon=0.2, delta=0.05), Limits()).certificate
    assert certificate.ratio == pytest.approx(1 - np.exp(-1) - 0.2)
    assert certificate.probability == 0.95


def test_greedy_cover_is_that_of_plain_python():
    net = network(IC)
    drawn = ReverseSets(net, 5)
    drawn.draw(1024)
    sets = [set(drawn.members[a:b].tolist()) for a, b in itertools.pairwise(drawn.ptr.tolist())]
    left, expected = sets, []
    for _ in range(4):
        counts = [sum(v in s for s in left) for v in range(6)]
        expected.append(counts.index(max(counts)))
        left = [s for s in left if expected[-1] not in s]
    found = cover(task(net, 4), drawn, bounded=True)
    assert found.seeds.tolist() == expected
    assert found.n_met == len(sets) - len(left)
    for k in (1, 2, 3):
        most = max(sum(bool(s & set(c)) for s in sets) for c in itertools.combinations(range(6), k))
        found = cover(task(net, k), drawn, bounded=True)
        assert found.n_met <= most <= found.bound


def test_a_knapsack_is_filled_and_bounded():
    net, costs = network(IC), [3.0, 1.0, 2.5, 1.0, 0.5, 2.0]
    drawn = ReverseSets(net, 5)
    drawn.draw(4096)
    sets = [set(drawn.members[a:b].tolist()) for a, b in itertools.pairwise(drawn.ptr.tolist())]
    for budget in (0.5, 2.0, 3.5, 6.0, 10.0):
        affordable = [
            c
            for k in range(7)
            for c in itertools.combinations(range(6), k)
            if sum(costs[v] for v in c) <= budget
        ]
        most = max(sum(bool(s & set(c)) for s in sets) for c in affordable)
        asked = task(net, budget, costs)
        found = cover(asked, drawn, bounded=True)
        assert sum(costs[v] for v in found.seeds) <= budget
        assert asked.greedy_share * most <= found.n_met <= most <= found.bound + 1e-9
        assert len(found.seeds) <= asked.most_seeds
        assert asked.log_choices >= np.log(len(affordable)) - 1e-9 or asked.most_seeds == 6


@pytest.mark.parametrize("method", [m for m in METHODS if m != "auto"])
def test_given_excluded_and_dear_nodes(method):
    costs = [1.0, 1.0, 1.0, 9.0, 1.5, 1.0]
    for asked in (task(network(IC), 2, given=[0], excluded=[2]), task(network(IC), 2.5, costs, [0], [2])):
        seeds = choose(asked, method, Effort(epsilon=0.5, greedy_worlds=100), Limits()).seeds.tolist()
        assert not {0, 2} & set(seeds)
        assert len(seeds) == 2
        assert asked.costs is None or sum(costs[v] for v in seeds) <= 2.5


def test_given_seeds_count():
    # What 2 reaches is reached already, so that a second seed goes elsewhere.
    assert choose(task(network(IC), 1), "imm", Effort(), Limits()).seeds.tolist() == [0]
    after = choose(task(network(IC), 1, given=[2]), "imm", Effort(), Limits()).seeds.tolist()
    best = max((v for v in range(6) if v != 2), key=lambda v: exact_spread(IC, (2, v)))
    assert after == [best]


@pytest.mark.parametrize("method", ["imm", "opim-c", "celf"])
def test_targets_are_what_counts(method):
    weights = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    for k in (1, 2):
        found = choose(task(network(IC, weights), k), method, Effort(greedy_worlds=4000), Limits())
        best = best_spread(IC, k, weights)
        assert exact_spread(IC, found.seeds.tolist(), weights) >= 0.97 * best


def test_greedy_with_fixed_thresholds_reaches_what_no_single_step_shows():
    # Two of the tails together reach the threshold of each head; neither gains anything alone.
    arcs = [(0, 2), (1, 2), (0, 3), (1, 3), (0, 4), (1, 4), (5, 4)]
    chances = [0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.1]
    net = network(Diffusion("lt", "column", 0.5), arcs=arcs, chances=chances)
    assert choose(task(net, 2), "celf", Effort(), Limits()).seeds.tolist() == [0, 1]


@pytest.mark.parametrize("method", [m for m in METHODS if m != "auto"])
def test_a_stopped_method_still_has_seeds(method):
    limits = Limits(stop=lambda: True)
    found = choose(task(network(IC), 3), method, Effort(epsilon=0.01), limits)
    assert len(set(found.seeds.tolist())) == 3
    watchful = ("imm", "opim-c", "celf", "deepim", "deepim-student")
    assert found.limit == ("userinterrupt" if method in watchful else "")
    assert found.certificate is None or method == "opim-c"


def test_memory_ends_drawing():
    found = choose(task(network(IC), 3), "opim-c", Effort(epsilon=0.001, memory_limit_mb=1), Limits())
    assert found.limit == "memlimit"
    assert found.certificate.ratio > 0.5
    cut = choose(task(network(IC), 3), "imm", Effort(epsilon=0.001, memory_limit_mb=1), Limits())
    assert (cut.limit, cut.certificate) == ("memlimit", None)
    assert len(cut.seeds) == 3
