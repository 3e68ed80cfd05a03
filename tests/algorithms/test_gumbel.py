import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.algorithms.gumbel import visit_schedule
from coplug.algorithms.mcts import search
from coplug.algorithms.settings import Gumbel
from tests.algorithms.models import bandits


def expected_visits(m, n):
    """Visits by rank: phase p gives the m / 2^p best (at least two) an equal share, the last two take the rest."""
    if m == 1:
        return [n]
    visits, phases, left, spent = [0] * m, math.ceil(math.log2(m)), m, 0
    while spent < n:
        for _ in range(max(1, math.floor(n / (phases * left)))):
            for rank in range(left):
                if spent < n:
                    visits[rank] += 1
                    spent += 1
        left = max(2, left // 2)
    return visits


@pytest.mark.parametrize(
    ("m", "n", "visits"),
    [(4, 16, [6, 6, 2, 2]), (8, 32, [11, 11, 3, 3, 1, 1, 1, 1]), (1, 5, [5]), (4, 4, [1] * 4)],
)
def test_halving_by_hand(m, n, visits):
    assert expected_visits(m, n) == visits
    # Equal priors, no noise, and rewards in the order of the actions: rank is the action.
    model = bandits(-np.arange(m, dtype=float)[None], np.zeros((1, m)))
    rule = Gumbel(n_simulations=n, n_considered=m, gumbel_scale=0.0)
    result = search(model, np.array([0]), rule, np.random.default_rng(0))
    assert result.visits[0].tolist() == visits


@given(m=st.integers(1, 40), n=st.integers(1, 300))
def test_schedule_spends_what_the_formula_gives(m, n):
    schedule = visit_schedule(m, n)
    assert len(schedule) == n
    counts = [0] * m
    for wanted in schedule:
        counts[counts.index(wanted)] += 1
    assert counts == expected_visits(m, n)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_actions=st.integers(1, 12),
    n_considered=st.integers(1, 12),
    n_simulations=st.integers(1, 60),
)
def test_considered_actions_are_the_largest_of_gumbel_plus_logits(
    seed, n_actions, n_considered, n_simulations
):
    rng = np.random.default_rng(seed)
    model = bandits(rng.normal(size=(8, n_actions)), rng.normal(size=(8, n_actions)))
    rule = Gumbel(n_simulations=n_simulations, n_considered=n_considered)
    result = search(model, np.arange(8), rule, np.random.default_rng(seed))
    perturbed = np.random.default_rng(seed).gumbel(size=(8, n_actions)) + model.logits[:8]
    m = min(n_considered, n_actions, n_simulations)
    expected = np.sort(np.argsort(-perturbed, axis=1)[:, :m], axis=1)
    tried = [np.flatnonzero(row) for row in result.visits]
    np.testing.assert_array_equal(tried, expected)
    # Policy improvement in each draw: the action taken is worth at least the first of the perturbed logits.
    rows = np.arange(8)
    chosen = model.rewards[rows, result.best]
    assert (chosen >= model.rewards[rows, perturbed.argmax(axis=1)] - 1e-12).all()


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_actions=st.integers(1, 12),
    c_scale=st.floats(0, 2),
    normalize=st.booleans(),
    rounds=st.integers(1, 5),
)
def test_policy_improves_where_all_actions_are_visited(seed, n_actions, c_scale, normalize, rounds):
    rng = np.random.default_rng(seed)
    q_values = 10 * rng.normal(size=(8, n_actions))
    logits = rng.normal(size=(8, n_actions))
    model = bandits(q_values, logits)
    rule = Gumbel(
        n_simulations=n_actions * rounds, n_considered=n_actions, c_scale=c_scale, normalize=normalize
    )
    result = search(model, np.arange(8), rule, rng)
    assert (result.visits > 0).all()
    np.testing.assert_allclose(result.q_values, q_values)
    assert ((result.policy * q_values).sum(axis=1) >= model.values[:8] - 1e-9).all()


def test_action_taken_improves_on_the_policy_on_average():
    rng = np.random.default_rng(0)
    q_values, logits = np.tile(rng.normal(size=20), (5000, 1)), np.tile(rng.normal(size=20), (5000, 1))
    model = bandits(q_values, logits)
    result = search(model, np.arange(5000), Gumbel(n_simulations=4, n_considered=4), rng)
    assert q_values[0, result.best].mean() > model.values[0] + 0.3
