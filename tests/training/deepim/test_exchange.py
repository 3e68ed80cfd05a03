"""Sets that slopes lead to, where the worth is additive or quadratic and the best set is known."""

import itertools

import numpy as np
import pytest

from coplug.graphs.graph import from_edges
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.network import make_network
from coplug.problems.influence.task import Task
from coplug.training.deepim.exchange import by_slopes, exchanged

N = 9
VALUES = np.random.default_rng(3).random(N).astype(np.float32)
PENALTY = np.triu(np.random.default_rng(4).random((N, N)), 1).astype(np.float32) * 0.3
PENALTY += PENALTY.T


def task_of(budget, costs=None):
    nodes = np.arange(N, dtype=np.int32)
    return Task(
        make_network(from_edges(N, [(0, 1)]), Diffusion("ic")), float(budget), costs, nodes[:0], nodes
    )


def worth(seeds):
    return float(VALUES[seeds].sum() - PENALTY[np.ix_(seeds, seeds)].sum() / 2)


def worth_of(sets):
    return np.array([worth(seeds) for seeds in sets], np.float32)


def slopes_at(seeds):
    return VALUES - PENALTY[:, seeds].sum(axis=1)


def test_slopes_of_an_additive_worth_lead_to_the_best_set():
    found = by_slopes(task_of(4), lambda seeds: VALUES, Limits())
    assert sorted(found.tolist()) == sorted(np.argsort(-VALUES)[:4].tolist())


def test_seeds_are_taken_where_those_before_leave_most():
    expected = []
    for _ in range(4):
        rest = [v for v in range(N) if v not in expected]
        expected.append(max(rest, key=lambda v: worth([*expected, v])))
    assert by_slopes(task_of(4), slopes_at, Limits()).tolist() == expected


@pytest.mark.parametrize("begun", [[0, 1, 2], [3, 5, 7], [6, 7, 8]])
def test_no_exchange_of_two_nodes_is_better_in_the_end(begun):
    found = exchanged(task_of(3), np.array(begun, np.int32), slopes_at, worth_of, Limits())
    assert len(set(found.tolist())) == 3
    assert worth(found) >= worth(begun)
    least, most = (
        np.argsort(slopes_at(found)[found])[0],
        np.argmax(slopes_at(found) - 9 * np.isin(range(N), found)),
    )
    other = found.copy()
    other[least] = most
    assert worth(other) <= worth(found) + 1e-6


def test_exchanges_keep_to_costs_and_fill_the_budget():
    costs = 1.0 + np.arange(N) % 3
    found = exchanged(task_of(5, costs), np.array([2], np.int32), slopes_at, worth_of, Limits())
    assert len(set(found.tolist())) == len(found)
    assert costs[found].sum() <= 5
    dearest = 5 - costs[found].sum()
    assert all(costs[v] > dearest for v in set(range(N)) - set(found.tolist()))


def test_the_best_set_of_three_is_reached_from_slopes():
    best = max(itertools.combinations(range(N), 3), key=lambda seeds: worth(list(seeds)))
    found = exchanged(task_of(3), by_slopes(task_of(3), slopes_at, Limits()), slopes_at, worth_of, Limits())
    assert worth(found) >= 0.99 * worth(list(best))


def test_nothing_is_exchanged_once_the_time_is_up():
    begun = np.array([0, 1, 2], np.int32)
    assert exchanged(task_of(3), begun, slopes_at, worth_of, Limits(stop=lambda: True)).tolist() == [0, 1, 2]
