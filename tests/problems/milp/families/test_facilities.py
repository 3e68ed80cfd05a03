import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.problems.milp.families.facilities import FacilityLocation
from tests.problems.milp.milp_helpers import optimum_by_highs


def draw(seed, **parameters):
    return FacilityLocation(**parameters).generate(np.random.RandomState(seed))


def test_easy_instance_is_as_published():
    instance = draw(0)
    assert (instance.n_rows, instance.n_columns) == (100 + 100 + 1 + 10000, 10100)
    assert instance.sense == "min"
    assert instance.integral.sum() == 100
    assert instance.integral[10000:].all()


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 12), m=st.integers(1, 12), ratio=st.floats(1.5, 10), seed=st.integers(0, 2**32 - 1))
def test_rows_are_those_of_the_model(n, m, ratio, seed):
    try:
        instance = draw(seed, n_customers=n, n_facilities=m, ratio=ratio)
    except UsageError:
        assume(False)
    matrix = instance.matrix.toarray()
    demand, capacity, total, link = np.split(matrix, [n, n + m, n + m + 1])
    demands = -instance.row_rhs[n + m]

    x = -demand[:, : n * m].reshape(n, n, m)
    assert (x == np.eye(n)[:, :, None]).all()
    assert not demand[:, n * m :].any()

    weights = capacity[:, : n * m].reshape(m, n, m)
    of_customer = weights[0, :, 0]
    assert (weights == np.eye(m)[:, None, :] * of_customer[:, None]).all()
    assert set(of_customer) <= set(range(5, 36))
    assert of_customer.sum() == demands

    capacities = -total[0, n * m :]
    assert (capacity[:, n * m :] == -np.diag(capacities)).all()
    assert not total[0, : n * m].any()
    assert ratio * demands - m - 1e-6 <= capacities.sum() <= ratio * demands + 1e-6

    assert (link[:, : n * m] == np.eye(n * m)).all()
    assert (link[:, n * m :] == -np.tile(np.eye(m), (n, 1))).all()
    assert (
        instance.row_rhs == np.concatenate([np.full(n, -1), np.zeros(m), [-demands], np.zeros(n * m)])
    ).all()

    costs = instance.objective[: n * m].reshape(n, m)
    assert (costs <= 10 * np.sqrt(2) * of_customer[:, None]).all()
    fixed = instance.objective[n * m :]
    assert (fixed == np.floor(fixed)).all()
    assert fixed.min() >= np.floor(100 * np.sqrt(10))
    assert fixed.max() <= 110 * np.sqrt(160) + 90


def test_assignment_may_be_binary():
    split, whole = (
        draw(1, n_customers=6, n_facilities=5),
        draw(1, n_customers=6, n_facilities=5, continuous_assignment=False),
    )
    assert whole.binary.all()
    assert (whole.objective == split.objective).all()
    assert (whole.matrix != split.matrix).nnz == 0
    assert optimum_by_highs(whole) >= optimum_by_highs(split) - 1e-6


ranges = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted)


@settings(max_examples=60, deadline=None)
@given(demand=ranges, capacity=ranges, factor=ranges, base=ranges, seed=st.integers(0, 2**32 - 1))
def test_draws_are_within_their_ranges(demand, capacity, factor, base, seed):
    capacity = [number + 50 for number in capacity]  # large ones lose little in rounding
    n, m = 12, 4
    try:
        instance = draw(
            seed,
            n_customers=n,
            n_facilities=m,
            min_demand=demand[0],
            max_demand=demand[1],
            min_capacity=capacity[0],
            max_capacity=capacity[1],
            min_cost_factor=factor[0],
            max_cost_factor=factor[1],
            min_base_cost=base[0],
            max_base_cost=base[1],
        )
    except UsageError:
        assume(False)
    demands = instance.matrix.toarray()[n, : n * m : m]
    assert ((demands >= demand[0]) & (demands <= demand[1])).all()
    fixed = instance.objective[n * m :]
    assert (fixed >= np.floor(factor[0] * np.sqrt(capacity[0]) + base[0])).all()
    assert (fixed <= factor[1] * np.sqrt(capacity[1]) + base[1]).all()


def test_optimum_opens_enough_capacity():
    instance = draw(0, n_customers=6, n_facilities=5, ratio=3.0)
    assert optimum_by_highs(instance) >= np.sort(instance.objective[30:])[0]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_customers": 0}, "n_customers >= 1"),
        ({"n_facilities": 0}, "n_facilities >= 1"),
        ({"ratio": 0.9}, "ratio >= 1"),
        ({"ratio": float("inf")}, "ratio >= 1"),
        ({"ratio": float("nan")}, "ratio >= 1"),
        ({"min_demand": -1}, r"no demand in -1\.\.35; take 0 <= min_demand <= max_demand"),
        ({"max_demand": 4}, r"no demand in 5\.\.4"),
        ({"min_capacity": 0}, r"take 1 <= min_capacity"),
        ({"max_cost_factor": 2**31}, r"max_cost_factor < 2\*\*31"),
        ({"min_base_cost": 91}, r"no base_cost in 91\.\.90"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        FacilityLocation(**parameters)


def test_capacity_lost_in_rounding_is_refused():
    with pytest.raises(UsageError, match=r"raise ratio above 1\.0"):
        draw(0, n_customers=3, n_facilities=20, ratio=1.0)
