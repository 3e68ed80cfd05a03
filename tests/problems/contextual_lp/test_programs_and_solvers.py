"""Programs, what solves them, and what is read of decisions."""

import numpy as np
import pytest
import scipy.optimize
from programs import box, grid_data, grid_paths

from coplug.errors import InstanceError
from coplug.problems.contextual_lp.decisions import observe
from coplug.problems.contextual_lp.families.knapsacks import ContextualKnapsack
from coplug.problems.contextual_lp.families.networks import ContextualFlow, ContextualTransport
from coplug.problems.contextual_lp.margin_qp import AT_LOWER, AT_UPPER, BETWEEN, FREE
from coplug.problems.contextual_lp.program import make_program, read_program

MODEL = """Maximize
 obj: 3 x + 2 y + 0 w + 5
Subject To
 both: x + y + w >= 1
 most: x + 2 y <= 4
 same: x - w = 0.5
Bounds
 x <= 3
 w free
 y <= 2
Generals
 y
End
"""


def test_a_file_is_read_in_the_order_of_its_variables(tmp_path):
    path = tmp_path / "m.lp"
    path.write_text(MODEL)
    program = read_program(path)
    assert program.variable_names == ("x", "y", "w")
    assert (program.sense, program.constant, program.relaxed) == ("max", 5.0, ("y",))
    np.testing.assert_array_equal(program.matrix.toarray(), [[1, 1, 1], [1, 2, 0], [1, 0, -1]])
    np.testing.assert_array_equal(program.row_lhs, [1, -np.inf, 0.5])
    np.testing.assert_array_equal(program.row_rhs, [np.inf, 4, 0.5])
    np.testing.assert_array_equal(program.lower, [0, 0, -np.inf])
    np.testing.assert_array_equal(program.upper, [3, 2, np.inf])
    assert "1 integer variables are relaxed" in program.notes[0]


def test_a_fractional_knapsack_is_filled_by_value_for_weight():
    drawn = ContextualKnapsack(n_samples=20, n_items=8, n_capacities=1).generate(np.random.RandomState(5))
    weights, capacity = drawn.program.matrix.toarray()[0], drawn.program.row_rhs[0]
    for costs, decision in zip(drawn.costs, drawn.decisions, strict=True):
        left, value = capacity, 0.0
        for item in np.argsort(-costs / weights):
            part = min(1.0, left / weights[item])
            left, value = left - part * weights[item], value + part * costs[item]
        assert costs @ decision == pytest.approx(value)


@pytest.mark.parametrize("family", [ContextualFlow(n_samples=10), ContextualTransport(n_samples=10)])
def test_networks_have_decisions_that_are_optimal(family):
    drawn = family.generate(np.random.RandomState(3))
    program = drawn.program
    observe(program, drawn.decisions)  # feasible
    for costs, decision in zip(drawn.costs, drawn.decisions, strict=True):
        found = scipy.optimize.linprog(
            costs,
            A_ub=program.matrix.toarray(),
            b_ub=program.row_rhs,
            A_eq=program.matrix.toarray()[program.row_lhs == program.row_rhs],
            b_eq=program.row_rhs[program.row_lhs == program.row_rhs],
            bounds=list(zip(program.lower, program.upper, strict=True)),
        )
        assert costs @ decision == pytest.approx(found.fun)


def test_decisions_say_where_variables_are():
    program = make_program(
        "m", np.array([[1.0, 1.0, 0.0, 0.0]]), np.array([-np.inf]), np.array([2.0]), np.array([1, 3, 0, 9.0])
    )
    observed = observe(program, np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.5, 0.0, 9.0]]))
    np.testing.assert_array_equal(
        observed.signs,
        [[AT_UPPER, BETWEEN, FREE, AT_LOWER, AT_UPPER], [AT_LOWER, BETWEEN, FREE, AT_UPPER, BETWEEN]],
    )
    assert observed.not_vertices == 1  # the second: the variable and the slack move together
    assert observed.degenerate == 0


def test_a_cost_explains_a_decision_exactly_if_duals_do():
    program, data = grid_data(4, degree=4, noise=0.5)
    matrix, _ = program.equalities
    paths, rng = grid_paths(3, 3), np.random.default_rng(0)
    signs = observe(program, paths).signs
    for _ in range(30):
        costs = rng.uniform(0, 1, program.n_columns)
        values = paths @ costs
        for path, sign in enumerate(signs):
            level = sign == BETWEEN
            found = scipy.optimize.linprog(
                np.zeros(len(matrix)),
                A_ub=matrix[:, ~level].T,
                b_ub=costs[~level],
                A_eq=matrix[:, level].T,
                b_eq=costs[level],
                bounds=(None, None),
            )
            assert (found.status == 0) == (values[path] <= values.min() + 1e-9)
    assert observe(program, data.decisions).degenerate == 4  # paths use few of the arcs of any basis


def test_a_decision_that_is_not_feasible_is_named():
    program, data = grid_data(3)
    data.decisions[1, 0] += 0.5
    with pytest.raises(InstanceError, match=r"sample 1 is not feasible: row C1 is .*, expected"):
        observe(program, data.decisions)
    data.decisions[1, 0] = -1
    with pytest.raises(InstanceError, match="sample 1 is not feasible: variable x_0_1 is"):
        observe(program, data.decisions)


def test_decisions_in_the_interior_tell_nothing():
    observed = observe(box(2), np.array([[1.0, 0.2], [0.5, 0.5]]))
    assert observed.unexplained.tolist() == [1]
    assert "1 of 2 decisions, the first of sample 1, are optimal for no cost but 0" in observed.notes[0]
