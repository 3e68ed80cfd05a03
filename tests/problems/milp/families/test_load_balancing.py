import itertools
import random

import numpy as np
import pytest
import scipy.optimize
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.problems.milp.families.item_placement import six_digits
from coplug.problems.milp.families.load_balancing import LoadBalancing, carried_share
from tests.problems.milp.milp_helpers import optimum_by_highs

SMALL = {
    "n_large_workers": 5,
    "n_small_workers": 4,
    "n_light_workloads": 1,
    "n_heavy_workloads": 0,
    "suited_probability": 0.9,
    "unsuited_probability": 0.8,
}


def draw(seed, **parameters):
    return LoadBalancing(**parameters).generate(np.random.RandomState(seed))


def parts_of(instance):
    """Read capacities, loads and allowed pairs from the names of the rows."""
    used = [name.split("_")[3:] for name in instance.row_names if name.startswith("worker_used_ct")]
    n_workloads, n_workers = np.array(used, dtype=int).max(axis=0) + 1
    start = n_workloads * n_workers
    capacities = instance.row_rhs[start : start + n_workers]
    loads, allowed = np.zeros(n_workloads), np.zeros((n_workloads, n_workers), dtype=bool)
    failures = zip(
        instance.row_names[start + n_workers :], instance.row_lhs[start + n_workers :], strict=True
    )
    for name, lhs in failures:
        s, t = (int(part) for part in name.removeprefix("workload_ct_").split("_failure_"))
        loads[s], allowed[s, t] = lhs, True
    return capacities, loads, allowed


def parts_by_python(seed):
    """Draw what the competition's generator does, by Python's own generator."""
    source = random.Random(seed)
    capacities, loads, allowed = [], [], []
    for low, high in ((0.3, 0.5), (0.1, 0.3)):
        assert source.randint(500, 500) == 500
        capacities += [source.uniform(low, high) for _ in range(500)]
    for n, low, high, chances in ((50, 1.0, 5.0, (0.1, 0.01)), (10, 5.0, 10.0, (0.01, 0.1))):
        assert source.randint(n, n) == n
        for _ in range(n):
            loads.append(source.uniform(low, high))
            allowed.append([source.random() < chances[worker // 500] for worker in range(1000)])
    return six_digits(capacities), six_digits(loads), np.array(allowed)


def carries(capacities, loads, allowed, used):
    """See, scenario by scenario, whether the used workers stand any failure; the explicit form of the model."""
    pairs = [(s, t) for s, t in np.argwhere(allowed).tolist() if used[t]]
    rows, sides = [], []
    for t, capacity in enumerate(capacities):
        rows.append([float(pair[1] == t) for pair in pairs])
        sides.append(capacity)
    for s, failed in np.argwhere(allowed).tolist():
        rows.append([-float(pair[0] == s and pair[1] != failed) for pair in pairs])
        sides.append(-loads[s])
    if not pairs:
        return False
    return scipy.optimize.linprog(np.zeros(len(pairs)), A_ub=rows, b_ub=sides).status == 0


def test_competition_instance_is_as_published():
    instance = draw(0, competition_seed=18102)  # load_balancing_9900
    assert (instance.n_rows, instance.n_columns) == (64286, 61000)
    assert instance.sense == "min"
    assert instance.binary.sum() == 1000
    assert instance.binary[60000:].all()
    for part, expected in zip(parts_of(instance), parts_by_python(18102), strict=True):
        assert (part == expected).all()
    again = LoadBalancing().generate(np.random.RandomState([18102]))
    assert (instance.matrix != again.matrix).nnz == 0


def test_infeasible_draws_are_passed_over():
    with pytest.raises(UsageError, match=r"10100 draws an infeasible load balancing.*take another"):
        draw(0, competition_seed=10100)
    instance = LoadBalancing().generate(np.random.RandomState([10100]))
    assert carried_share(*parts_of(instance)) == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(
    n_large=st.integers(6, 9),
    n_small=st.integers(0, 4),
    n_light=st.integers(1, 2),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_are_those_of_the_model(n_large, n_small, n_light, seed):
    try:
        instance = draw(
            seed,
            n_large_workers=n_large,
            n_small_workers=n_small,
            n_light_workloads=n_light,
            n_heavy_workloads=0,
            suited_probability=0.95,
            unsuited_probability=0.5,
        )
    except UsageError:
        assume(False)
    capacities, loads, allowed = parts_of(instance)
    assert ((capacities >= 0.1) & (capacities <= 0.5)).all()
    assert (capacities[:n_large] >= 0.3).all()
    assert (capacities[n_large:] <= 0.3).all()
    assert ((loads >= 1) & (loads <= 5)).all()

    n_workloads, n_workers = allowed.shape
    columns = {name: j for j, name in enumerate(instance.variable_names)}
    rows = {name: i for i, name in enumerate(instance.row_names)}
    expected = np.zeros((instance.n_rows, instance.n_columns))
    for s, t in itertools.product(range(n_workloads), range(n_workers)):
        reserved = columns[f"reserved_capacity_{s}_{t}"]
        assert instance.upper[reserved] == (capacities[t] if allowed[s, t] else 0)
        row = rows[f"worker_used_ct_{s}_{t}"]
        expected[row, reserved] = -1
        expected[row, columns[f"worker_used_{t}"]] = max(capacities[t], loads[s])
        assert (instance.row_lhs[row], instance.row_rhs[row]) == (0, np.inf)
        row = rows[f"worker_capacity_ct_{t}"]
        expected[row, reserved] = 1
        assert (instance.row_lhs[row], instance.row_rhs[row]) == (-np.inf, capacities[t])
        for failed in np.flatnonzero(allowed[s]):
            expected[rows[f"workload_ct_{s}_failure_{failed}"], reserved] = allowed[s, t] and failed != t
    assert (instance.matrix.toarray() == expected).all()
    assert (instance.objective == np.repeat([0, 1], [n_workloads * n_workers, n_workers])).all()


@pytest.mark.parametrize("seed", range(2))
def test_optimum_is_the_smallest_set_that_stands_any_failure(seed):
    instance = draw(seed, **SMALL)
    parts = parts_of(instance)
    n_workers = len(parts[0])
    sizes = (sum(used) for used in itertools.product((0, 1), repeat=n_workers) if carries(*parts, used))
    assert optimum_by_highs(instance) == pytest.approx(min(sizes))


@settings(max_examples=60, deadline=None)
@given(n_workers=st.integers(2, 6), n_workloads=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
def test_share_tells_whether_all_scenarios_can_be_met(n_workers, n_workloads, seed):
    rng = np.random.RandomState(seed)
    capacities, loads = rng.uniform(0.1, 0.5, n_workers), rng.uniform(0.1, 0.5, n_workloads)
    allowed = rng.rand(n_workloads, n_workers) < 0.8
    assume((allowed.sum(axis=1) > 0).all())
    share = carried_share(capacities, loads, allowed)
    assume(abs(share - 1) > 1e-5 or share == pytest.approx(1, abs=1e-9))
    assert (share > 1 - 1e-7) == carries(capacities, loads, allowed, np.ones(n_workers))


def test_share_of_equal_workers_is_what_the_others_carry():
    share = carried_share(np.full(4, 0.5), np.array([6.0]), np.ones((1, 4), dtype=bool))
    assert share == pytest.approx(3 * 0.5 / 6)


def test_workload_on_one_worker_stands_no_failure():
    allowed = np.array([[True, False], [True, True]])
    assert carried_share(np.ones(2), np.array([0.1, 0.1]), allowed) == 0


def test_hopeless_parameters_are_refused():
    with pytest.raises(UsageError, match="100 infeasible instances in a row; take more workers"):
        draw(0, n_large_workers=2, n_small_workers=2, n_light_workloads=1, n_heavy_workloads=1)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_large_workers": -1}, "n_large_workers >= 0"),
        ({"n_large_workers": 1, "n_small_workers": 0}, "stands no failure"),
        ({"n_heavy_workloads": -1}, "n_heavy_workloads >= 0"),
        ({"n_light_workloads": 0, "n_heavy_workloads": 0}, "is empty"),
        ({"suited_probability": 1.5}, r"suited_probability 1\.5 is out of range; take it in \[0, 1\]"),
        ({"unsuited_probability": -0.1}, r"unsuited_probability -0\.1 is out of range"),
        ({"unsuited_probability": float("nan")}, "take it in"),
        ({"competition_seed": -2}, "competition_seed -2 is out of range"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        LoadBalancing(**parameters)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_tight_formulation_has_the_same_optimum_and_no_looser_relaxation(seed):
    loose, tight = draw(seed, **SMALL), draw(seed, **SMALL, tight=True)
    assert optimum_by_highs(tight) == pytest.approx(optimum_by_highs(loose))
    assert relaxation(tight) >= relaxation(loose) - 1e-6
    assert tight.integral.sum() == loose.integral.sum()


def relaxation(instance):
    rows = [scipy.optimize.LinearConstraint(instance.matrix, instance.row_lhs, instance.row_rhs)]
    bounds = scipy.optimize.Bounds(instance.lower, instance.upper)
    return scipy.optimize.milp(instance.objective, constraints=rows, bounds=bounds).fun
