import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.families import make_family
from coplug.problems.milp.families.multiple_knapsack import MultipleKnapsack
from tests.problems.milp.milp_helpers import optimum_by_enumeration, optimum_by_highs


def draw(seed, **parameters):
    return MultipleKnapsack(**parameters).generate(np.random.RandomState(seed))


def first_capacities(rng, weights, n_knapsacks):
    """Draw all capacities but the last as Scavuzzo et al. do."""
    low, high = (share * weights.sum() // n_knapsacks for share in (0.4, 0.6))
    return rng.randint(int(low), int(high), n_knapsacks - 1)


@pytest.mark.parametrize(("size", "n_knapsacks"), [("easy", 6), ("medium", 12)])
def test_published_sizes(size, n_knapsacks):
    instance = make_family("multiple_knapsack", size).generate(np.random.RandomState(0))
    assert (instance.n_rows, instance.n_columns) == (n_knapsacks + 100, n_knapsacks * 100)
    assert instance.sense == "max"
    assert instance.binary.all()
    assert set(instance.objective) == set(range(10, 20))


@pytest.mark.parametrize("seed", range(5))
def test_draws_are_those_of_the_paper(seed):
    instance = draw(seed)
    rng = np.random.RandomState(seed)
    weights = rng.randint(10, 20, 100)
    capacities = first_capacities(rng, weights, 6)
    assert (instance.objective[:100] == weights).all()
    assert (instance.row_rhs[:5] == capacities).all()
    assert instance.row_rhs[5] == int(0.5 * weights.sum() - capacities.sum())


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 20),
    m=st.integers(1, 6),
    low=st.integers(1, 30),
    width=st.integers(0, 20),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_are_those_of_the_model(n, m, low, width, seed):
    assume(n * low >= 5 * m)
    instance = draw(seed, n_items=n, n_knapsacks=m, min_weight=low, max_weight=low + width)
    weights = instance.objective[:n]
    assert ((weights >= low) & (weights <= low + width)).all()
    assert (instance.objective == np.tile(weights, m)).all()
    matrix = instance.matrix.toarray().reshape(m + n, m, n)
    assert (matrix[:m] == np.eye(m)[:, :, None] * weights).all()
    assert (matrix[m:] == np.eye(n)[:, None, :]).all()
    capacities, ones = np.split(instance.row_rhs, [m])
    assert (ones == 1).all()
    assert (instance.row_lhs == -np.inf).all()
    assert (capacities >= 0).all()
    assert (capacities[:-1] <= 0.6 * weights.sum() / m).all()
    assert capacities.sum() in (weights.sum() // 2, (weights.sum() + 1) // 2)


def test_negative_capacity_is_drawn_again():
    for seed in range(2000):
        rng = np.random.RandomState(seed)
        weights = rng.randint(10, 20, 100)
        refused = first_capacities(rng, weights, 12)
        if refused.sum() > 0.5 * weights.sum() + 1:
            break
    instance = draw(seed, n_knapsacks=12)
    assert (instance.row_rhs[:12] >= 0).all()
    assert (instance.row_rhs[:11] == first_capacities(rng, weights, 12)).all()


def test_two_oracles_agree():
    instance = draw(3, n_items=6, n_knapsacks=2)
    assert optimum_by_highs(instance) == pytest.approx(optimum_by_enumeration(instance))


@pytest.mark.parametrize("n_knapsacks", [1, 7, 10, 33, 199, 500])
def test_there_are_capacities_to_draw_at_the_limit(n_knapsacks):
    instance = draw(0, n_items=n_knapsacks, n_knapsacks=n_knapsacks, min_weight=5, max_weight=5)
    assert set(instance.row_rhs[: n_knapsacks - 1]) <= {2}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_items": 0}, "n_items >= 1"),
        ({"n_knapsacks": 0}, "n_knapsacks >= 1"),
        ({"min_weight": 0}, r"no weight in 0\.\.19; take 1 <= min_weight"),
        ({"max_weight": 9}, r"no weight in 10\.\.9"),
        ({"max_weight": 2**31}, r"max_weight < 2\*\*31"),
        ({"n_items": 2, "n_knapsacks": 5}, "take n_knapsacks <= 4 or more items"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        MultipleKnapsack(**parameters)
