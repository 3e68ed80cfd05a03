import itertools
import random

import numpy as np
import pyscipopt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.families import generate_instances
from coplug.problems.milp.families.item_placement import (
    ItemPlacement,
    competition_state,
    draw_count,
    six_digits,
)
from coplug.problems.milp.files import write_instance
from tests.problems.milp.milp_helpers import optimum_by_highs, read

# Dual bounds at the root that the competition published: in the JSON files beside item_placement_0 and _9900,
# and as initial dual bounds of item_placement_10000 to _10019 in EVALUATION.md of ml4co-competition-hidden.
TEST_BOUNDS = """
    5.405950748 2.8581401793 2.139862885 5.041956777 0.598437485 2.74981554 3.64100642 4.28538823 3.595015657 0
    10.923102526 6.9657964131 5.492216029 0.3829161817 1.08921042 1.194467293 1.941600308 3.007328507 3.2612e-05
    2.71731017
"""
PUBLISHED = {42: 0.36438072700003654, 9942: 0.19746730300009405}
PUBLISHED |= {20200 + k: float(bound) for k, bound in enumerate(TEST_BOUNDS.split())}


def draw(seed, **parameters):
    return ItemPlacement(**parameters).generate(np.random.RandomState(seed))


def demands_of(instance, family):
    """Read the demands from the rows supply_ct_0_r; shape (n_items, n_resources)."""
    first = family.n_items
    rows = instance.matrix[first : first + family.n_resources].toarray()
    return rows[:, : family.n_items * family.n_bins : family.n_bins].T


def demands_by_python(seed):
    """Draw what the competition's generator does, by Python's own generator."""
    source = random.Random(seed)
    demands = []
    for n_items, low, high in ((100, 0.0, 0.1), (5, 0.9, 1.0)):
        assert source.randint(n_items, n_items) == n_items
        for _ in range(n_items):
            assert source.randint(1, 1) == 1
            demands.append([source.uniform(low, high) for _ in range(3)])
    return np.array(demands)


def root_bound(instance, path):
    """Return SCIP's dual bound after the root node, with the competition's settings."""
    write_instance(instance, path)
    model = read(path)
    model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
    model.setParam("limits/nodes", 1)
    model.setParam("estimation/restarts/restartpolicy", "n")
    model.optimize()
    bound = model.getDualbound()
    model.free()
    return bound


def test_easy_instance_is_as_published():
    instance = draw(0)
    assert (instance.n_rows, instance.n_columns) == (195, 1083)
    assert instance.sense == "min"
    assert instance.binary[:1050].all()
    assert not instance.integral[1050:].any()
    assert set(instance.objective[1080:]) == {300.0}
    assert instance.variable_names[1050:] == (
        *(f"deficit_{b}_{r}" for b in range(10) for r in range(3)),
        *(f"max_deficit_{r}" for r in range(3)),
    )


@pytest.mark.parametrize("seed", [42, 9942, 20200, 20299])
def test_draws_are_those_of_the_competition(seed):
    family = ItemPlacement(competition_seed=seed)
    instance = family.generate(np.random.RandomState(0))
    demands = demands_by_python(seed)
    assert (demands_of(instance, family) == six_digits(demands)).all()
    assert instance.row_rhs[105:108] == pytest.approx(demands.sum(axis=0) / 5, rel=1e-5)
    again = ItemPlacement().generate(np.random.RandomState([seed]))
    assert (instance.matrix != again.matrix).nnz == 0
    assert (instance.row_rhs == again.row_rhs).all()


def check_root_bound(seed, path):
    instance = draw(0, competition_seed=seed)
    # Rounding moves one in ten of them by up to 4e-5 of their size.
    assert root_bound(instance, path) == pytest.approx(PUBLISHED[seed], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("seed", [42, 20200])
def test_root_bound_is_the_published_one(seed, tmp_path):
    check_root_bound(seed, tmp_path / "item_placement.mps")


@pytest.mark.slow
@pytest.mark.parametrize("seed", sorted(set(PUBLISHED) - {42, 20200}))
def test_every_other_root_bound_is_the_published_one(seed, tmp_path):
    check_root_bound(seed, tmp_path / "item_placement.mps")


def test_competition_seed_stands_in_the_name_and_the_parameters():
    parameters = {"competition_seed": "20200"}
    one, other = (
        next(generate_instances("item_placement", 1, s, parameters=parameters)).instance for s in (0, 1)
    )
    assert one.name == "item_placement-competition_seed20200-0001"
    assert one.parameters["competition_seed"] == 20200
    assert (one.matrix != other.matrix).nnz == 0


@settings(max_examples=40, deadline=None)
@given(
    n_small=st.integers(4, 12),
    n_big=st.integers(0, 3),
    n_bins=st.integers(1, 3),
    n_resources=st.integers(1, 3),
    ratio=st.floats(1, 4),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_are_those_of_the_model(n_small, n_big, n_bins, n_resources, ratio, seed):
    family = ItemPlacement(n_small, n_big, n_bins, n_resources, ratio)
    try:
        instance = family.generate(np.random.RandomState(seed))
    except UsageError:
        assume(False)
    demands = demands_of(instance, family)
    assert (demands[:n_small] <= 0.1).all()
    assert (demands[n_small:] >= 0.9).all()
    assert (demands[n_small:] <= 1).all()

    columns = {name: j for j, name in enumerate(instance.variable_names)}
    rows = {name: i for i, name in enumerate(instance.row_names)}
    expected = np.zeros((instance.n_rows, instance.n_columns))
    lhs, rhs = np.full(instance.n_rows, -np.inf), np.full(instance.n_rows, np.inf)
    total = demands.sum(axis=0)
    for i, b in itertools.product(range(family.n_items), range(n_bins)):
        expected[rows[f"copies_ct_{i}"], columns[f"place_{i}_{b}"]] = 1
        lhs[rows[f"copies_ct_{i}"]] = rhs[rows[f"copies_ct_{i}"]] = 1
        for r in range(n_resources):
            expected[rows[f"supply_ct_{b}_{r}"], columns[f"place_{i}_{b}"]] = demands[i, r]
            share = demands[i, r] * n_bins / total[r]
            expected[rows[f"deficit_ct_{b}_{r}"], columns[f"place_{i}_{b}"]] = share
    for b, r in itertools.product(range(n_bins), range(n_resources)):
        rhs[rows[f"supply_ct_{b}_{r}"]] = ratio * total[r] / n_bins
        expected[rows[f"deficit_ct_{b}_{r}"], columns[f"deficit_{b}_{r}"]] = 1
        lhs[rows[f"deficit_ct_{b}_{r}"]] = 1
        expected[rows[f"max_deficit_ct_{b}_{r}"], columns[f"max_deficit_{r}"]] = 1
        expected[rows[f"max_deficit_ct_{b}_{r}"], columns[f"deficit_{b}_{r}"]] = -1
        lhs[rows[f"max_deficit_ct_{b}_{r}"]] = 0
    np.testing.assert_allclose(instance.matrix.toarray(), expected, rtol=1e-5)
    np.testing.assert_allclose(instance.row_lhs, lhs)
    np.testing.assert_allclose(instance.row_rhs, rhs, rtol=1e-5)
    assert all(float(f"{value:.6g}") == value for value in instance.matrix.data)


@pytest.mark.parametrize("seed", range(3))
def test_optimum_is_that_of_all_placements(seed):
    family = ItemPlacement(n_small_items=6, n_big_items=2, n_bins=2, n_resources=2)
    instance = family.generate(np.random.RandomState(seed))
    demands = demands_of(instance, family)
    supplies, total = instance.row_rhs[8:10], demands.sum(axis=0)
    values = []
    for bins in itertools.product(range(2), repeat=8):
        load = np.array([demands[np.equal(bins, b)].sum(axis=0) for b in range(2)])
        if (load <= supplies).all():
            deficit = np.maximum(0, 1 - load * 2 / total)
            values.append(deficit.sum() + 10 * 2 * 2 * deficit.max(axis=0).sum())
    assert optimum_by_highs(instance) == pytest.approx(min(values), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("seed", [0, 1, 42, 2**32 - 1])
def test_state_is_that_of_python(seed):
    ours, theirs = competition_state(seed), random.Random(seed)
    for _ in range(50):
        assert ours.random_sample() == theirs.random()
        draw_count(ours)
        theirs.randint(7, 7)


def test_tiny_instances_are_feasible():
    for drawn in generate_instances("item_placement", 20, 0, "tiny"):
        instance = drawn.instance
        supply, sides = instance.matrix[14:23, :42], instance.row_rhs[14:23]
        # The items go round the bins, big ones first.
        point = np.eye(3)[np.arange(14)[::-1] % 3].ravel()
        assert (supply @ point <= sides).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_small_items": -1}, "n_small_items >= 0"),
        ({"n_small_items": 0, "n_big_items": 0}, "one item or more"),
        ({"n_bins": 0}, "n_bins >= 1"),
        ({"n_resources": 0}, "n_resources >= 1"),
        ({"supply_ratio": 0.9}, "take it >= 1"),
        ({"supply_ratio": float("inf")}, "take it >= 1"),
        ({"supply_ratio": float("nan")}, "take it >= 1"),
        ({"competition_seed": -2}, "competition_seed -2 is out of range"),
        ({"competition_seed": 2**32}, r"competition_seed < 2\*\*32"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        ItemPlacement(**parameters)


def test_item_larger_than_a_bin_is_refused():
    with pytest.raises(UsageError, match="an item larger than a bin"):
        draw(0, n_small_items=5, n_big_items=1, n_bins=10)
