import numpy as np
import pytest

from coplug.problems.milp.families.item_placement import ItemPlacement
from coplug.problems.milp.families.item_placement_annealing import anneal
from tests.problems.milp.milp_helpers import optimum_by_highs


@pytest.mark.parametrize("seed", range(3))
def test_small_instances_are_solved(seed):
    family = ItemPlacement(n_small_items=9, n_big_items=0, n_bins=3)
    instance = family.generate(np.random.RandomState(seed))
    objective, _ = anneal(instance, family, 100_000, np.random.default_rng(seed))
    assert objective == pytest.approx(optimum_by_highs(instance), abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_solutions_are_feasible(seed):
    family = ItemPlacement()
    instance = family.generate(np.random.RandomState([20200 + seed]))
    objective, x = anneal(instance, family, 200_000, np.random.default_rng(seed))
    activity = instance.matrix @ x
    assert (activity >= instance.row_lhs - 1e-9).all()
    assert (activity <= instance.row_rhs + 1e-9).all()
    assert ((x >= 0) & (x <= 1)).all()
    assert np.isin(x[: family.n_items * family.n_bins], (0, 1)).all()
    assert objective == pytest.approx(instance.objective @ x)


def test_more_steps_do_not_harm():
    family = ItemPlacement()
    instance = family.generate(np.random.RandomState([20201]))
    short, long = (anneal(instance, family, n, np.random.default_rng(0))[0] for n in (1000, 1_000_000))
    assert long < 0.5 * short
