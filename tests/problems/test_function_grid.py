from itertools import combinations

import numpy as np
import pytest

from coplug.algorithms.fronts.dominance import non_dominated
from coplug.algorithms.fronts.hypervolume import hypervolume
from coplug.errors import UsageError
from coplug.problems.function_grid import FUNCTIONS, FunctionGrid
from coplug.testing import check_dag

FRONTS = {
    ("branin", "currin"): (36, 0.98214),
    ("branin", "shubert"): (14, 0.88384),
    ("branin", "beale"): (44, 0.80667),
    ("currin", "shubert"): (32, 0.73493),
    ("currin", "beale"): (8, 0.89794),
    ("shubert", "beale"): (22, 0.68592),
    ("branin", "currin", "shubert"): (104, None),
    ("branin", "currin", "beale"): (229, None),
    ("branin", "shubert", "beale"): (147, None),
    ("currin", "shubert", "beale"): (127, None),
    ("branin", "currin", "shubert", "beale"): (372, None),
}
"""Non-dominated cells and the hypervolume that they span with the origin, computed elsewhere from the formulas."""


@pytest.mark.parametrize("functions", FRONTS)
def test_fronts_are_the_known_ones(functions):
    grid = FunctionGrid(functions)
    values = grid.objectives(grid.states())
    front = non_dominated(values)
    size, volume = FRONTS[functions]
    assert front.sum() == size
    if volume:
        assert hypervolume(values[front]) == pytest.approx(volume, abs=1e-5)


def test_all_combinations_are_known():
    names = [c for k in (2, 3, 4) for c in combinations(FUNCTIONS, k)]
    assert sorted(names) == sorted(FRONTS)


def test_it_keeps_its_contract():
    check_dag(FunctionGrid(side=4))
    check_dag(FunctionGrid(["beale"], side=2))


def test_the_far_edges_have_to_stop_and_have_one_way_in():
    grid = FunctionGrid(side=4)
    edge = np.array([[3, 1], [0, 3], [2, 2]])
    assert grid.forward_mask(edge).tolist() == [[False, False, True], [False, False, True], [True] * 3]
    assert grid.backward_mask(edge).tolist() == [[True, False], [False, True], [True, True]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"functions": ("rastrigin",)}, "functions rastrigin do not fit; take some of branin"),
        ({"functions": ()}, "functions none do not fit"),
        ({"functions": ("beale", "beale")}, "each once"),
        ({"side": 1}, "side 1 is out of range"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(UsageError, match=message):
        FunctionGrid(**arguments)
