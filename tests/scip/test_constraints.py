from __future__ import annotations

import copy
import pickle

import numpy as np
import pyscipopt
import pytest

from coplug import ecole
from coplug.errors import SolverError
from coplug.scip import constraints
from coplug.scip.constraints import external_objective, read_constraints, read_variables
from coplug.scip.library import Library, scip_pointer

OFF = pyscipopt.SCIP_PARAMSETTING.OFF
RANGED_MAXIMISATION = {
    "objective": [2.0, -1.5, 0.25],
    "matrix": [[2, -1, 0.5], [-1, -3, 0], [0, -1, -1], [0, 1, 1], [-1, 0, -1], [1, 0, 1]],
    "biases": [3.0, -1.0, 4.0, 5.0, -1.0, 1.0],
}


def new_model():
    model = pyscipopt.Model()
    model.hideOutput()
    return model


@pytest.fixture
def ranged():
    """One-sided, ranged and equality constraints, to be maximised, with an offset of 5."""
    model = new_model()
    x = model.addVar("x", "B")
    y = model.addVar("y", "I", lb=-3, ub=7)
    z = model.addVar("z", "C", lb=None)
    model.addCons(2 * x - y + 0.5 * z <= 3)
    model.addCons(x + 3 * y >= 1)
    model.addCons(((z + y) <= 5) >= -4)
    model.addCons(x + z == 1)
    model.setObjective(2 * x - 1.5 * y + 0.25 * z + 5, "maximize")
    return model


def dense(matrix):
    out = np.zeros((matrix.n_rows, matrix.n_variables))
    np.add.at(out, (matrix.rows, matrix.columns), matrix.values)
    return out


def test_a_constraint_gives_a_row_for_each_finite_side_the_left_one_first(ranged):
    matrix = read_constraints(scip_pointer(ranged))
    np.testing.assert_array_equal(dense(matrix), RANGED_MAXIMISATION["matrix"])
    np.testing.assert_array_equal(matrix.biases, RANGED_MAXIMISATION["biases"])
    assert len(matrix.values) == 13
    assert (np.diff(matrix.rows) >= 0).all()


def test_variables_are_read_with_their_kinds_and_bounds(ranged):
    variables = read_variables(scip_pointer(ranged))
    np.testing.assert_array_equal(variables.kinds, [0, 1, 3])
    np.testing.assert_array_equal(variables.lower, [0, -3, -np.inf])
    np.testing.assert_array_equal(variables.upper, [1, 7, np.inf])


def test_coefficients_are_normalised_too_where_ecole_divides_the_biases_alone(ranged):
    matrix = read_constraints(scip_pointer(ranged), normalize=True)
    norms = np.linalg.norm(RANGED_MAXIMISATION["matrix"], axis=1)
    np.testing.assert_allclose(dense(matrix), RANGED_MAXIMISATION["matrix"] / norms[:, None])
    np.testing.assert_allclose(matrix.biases, RANGED_MAXIMISATION["biases"] / norms)


def test_a_transformed_maximisation_is_not_negated_again_as_it_is_in_ecole(ranged):
    """Ecole multiplies by the sense in every stage, though transforming has done so already."""
    before = read_variables(scip_pointer(ranged)).objective
    np.testing.assert_array_equal(before, np.negative(RANGED_MAXIMISATION["objective"]))
    assert external_objective(scip_pointer(ranged), -7.0) == pytest.approx(7.0 + 5.0)
    ranged.setPresolve(OFF)
    ranged.presolve()
    np.testing.assert_array_equal(read_variables(scip_pointer(ranged)).objective, before)
    assert external_objective(scip_pointer(ranged), -7.0) == pytest.approx(7.0 + 5.0)
    np.testing.assert_array_equal(
        dense(read_constraints(scip_pointer(ranged))), RANGED_MAXIMISATION["matrix"]
    )


def test_fixed_variables_of_a_presolved_problem_move_into_the_biases():
    model = new_model()
    fixed = model.addVar("fixed", "I", lb=2, ub=2)
    x, y = model.addVar("x", "I", ub=9), model.addVar("y", "C", ub=9, obj=-1)
    model.addCons(((3 * fixed + 2 * x + 1.5 * y) <= 20) >= 8)
    model.setPresolve(OFF)
    model.setParams({"presolving/maxrounds": 1, "presolving/trivial/maxrounds": 1})
    model.presolve()
    matrix = read_constraints(scip_pointer(model))
    assert matrix.n_variables == 2
    np.testing.assert_array_equal(dense(matrix), [[-2, -1.5], [2, 1.5]])
    np.testing.assert_array_equal(matrix.biases, [-2, 14])


@pytest.mark.parametrize("seed", range(3))
def test_a_presolved_problem_has_the_same_optimum(seed):
    """The matrix of what presolving made, solved afresh, gives the original problem's optimum."""
    rng = np.random.default_rng(seed)
    model, fresh = new_model(), new_model()
    x = [model.addVar(f"x{j}", "BIC"[j % 3], ub=1 if j % 3 == 0 else 4) for j in range(15)]
    model.addCons(x[0] + x[3] == 1)
    model.addCons(x[1] - 2 * x[4] == 0)
    for _ in range(10):
        row = rng.integers(-3, 6, len(x))
        model.addCons(pyscipopt.quicksum(int(a) * v for a, v in zip(row, x, strict=True)) <= 12)
    objective = rng.normal(size=len(x))
    model.setObjective(
        pyscipopt.quicksum(float(a) * v for a, v in zip(objective, x, strict=True)) + 3, "maximize"
    )
    model.setParam("presolving/maxrestarts", 0)
    model.setHeuristics(OFF)
    model.setParam("presolving/maxrounds", 2)
    model.presolve()
    scip = scip_pointer(model)
    matrix, variables = read_constraints(scip), read_variables(scip)
    assert model.getStageName() == "PRESOLVED"
    assert matrix.n_rows > 5
    assert matrix.n_variables < len(x)
    kinds = ["C" if k == 3 else "I" for k in variables.kinds]
    bounds = [
        (None if np.isinf(a) else a, None if np.isinf(b) else b)
        for a, b in zip(variables.lower, variables.upper, strict=True)
    ]
    z = [fresh.addVar(vtype=k, lb=a, ub=b) for k, (a, b) in zip(kinds, bounds, strict=True)]
    for row, bias in zip(dense(matrix), matrix.biases, strict=True):
        fresh.addCons(pyscipopt.quicksum(float(a) * v for a, v in zip(row, z, strict=True)) <= float(bias))
    fresh.setObjective(pyscipopt.quicksum(float(a) * v for a, v in zip(variables.objective, z, strict=True)))
    fresh.optimize()
    presolved_optimum = external_objective(scip, fresh.getObjVal())
    model.optimize()
    assert presolved_optimum == pytest.approx(model.getObjVal(), rel=1e-6)


def test_negated_variables_of_the_original_problem_have_a_place_where_ecole_has_none(tmp_path):
    """A negated variable has no position of its own; Ecole uses -1 as an unsigned column."""
    path = tmp_path / "negated.opb"
    path.write_text("* #variable= 3 #constraint= 1\nmin: 1 x1 ;\n+1 x1 +2 ~x2 +3 x3 >= 4 ;\n")
    model = new_model()
    model.readProblem(str(path))
    matrix = read_constraints(scip_pointer(model))
    places = [[v.name for v in model.getVars()].index(n) for n in ("x1", "x2", "x3")]
    np.testing.assert_array_equal(dense(matrix)[:, places], [[-1, 2, -3]])
    np.testing.assert_array_equal(matrix.biases, [-4 + 2])


def test_a_variable_that_appears_twice_in_a_constraint_is_one_nonzero_where_ecole_has_two():
    model = new_model()
    x, y = model.addVar("x", "I"), model.addVar("y", "I")
    row = model.addCons(x + y <= 3)
    model.addConsCoeff(row, x, 4)
    matrix = read_constraints(scip_pointer(model))
    np.testing.assert_array_equal(matrix.columns, [0, 1])
    np.testing.assert_array_equal(matrix.values, [5, 1])


@pytest.mark.parametrize("kind", ["nonlinear", "SOS1", "SOS2", "indicator"])
def test_a_constraint_that_is_not_linear_is_named_where_ecole_drops_sos_ones_or_crashes(kind):
    model = new_model()
    x, y = model.addVar("x", "B"), model.addVar("y", "B")
    model.addCons(x + y <= 1)
    if kind == "nonlinear":
        model.addCons(x * y <= 1, name="odd one")
    elif kind == "indicator":
        model.addConsIndicator(x + y <= 1, x, name="odd one")
    elif kind == "SOS1":
        model.addConsSOS1([x, y], name="odd one")
    else:
        model.addConsSOS2([x, y], weights=[1, 2], name="odd one")
    with pytest.raises(SolverError, match=f"'odd one.*{kind}"):
        read_constraints(scip_pointer(model))


def test_an_empty_problem_is_an_empty_matrix():
    model = new_model()
    scip = scip_pointer(model)
    matrix = read_constraints(scip, normalize=True)
    assert (matrix.n_rows, matrix.n_variables, len(matrix.values)) == (0, 0, 0)
    assert len(read_variables(scip).kinds) == 0


def test_a_library_that_the_kernels_cannot_use_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(constraints, "load_library", lambda: Library("/x/libscip.so", "it is SCIP 9"))
    with pytest.raises(SolverError, match="it is SCIP 9"):
        read_constraints(0)
    with pytest.raises(SolverError, match="it is SCIP 9"):
        read_variables(0)


@pytest.mark.parametrize("normalize", [False, True])
def test_observation_has_ecoles_columns(ranged, normalize):
    model = ecole.scip.Model.from_pyscipopt(ranged)
    function = ecole.observation.MilpBipartite(normalize=normalize)
    function.before_reset(model)
    observation = function.extract(model, False)
    variables, names = observation.variable_features, observation.VariableFeatures
    scale = np.linalg.norm(RANGED_MAXIMISATION["objective"]) if normalize else 1.0
    np.testing.assert_allclose(
        variables[:, names.objective], np.negative(RANGED_MAXIMISATION["objective"]) / scale
    )
    np.testing.assert_array_equal(variables[:, 1:5], np.eye(4)[[0, 1, 3]])
    np.testing.assert_array_equal(variables[:, 5:7], [[1, 1], [1, 1], [0, 0]])
    np.testing.assert_array_equal(variables[:, 7:9], [[0, 1], [-3, 7], [0, 0]])
    assert observation.constraint_features.shape == (6, 1)
    edges = observation.edge_features
    assert edges.shape == (6, 3)
    assert edges.nnz == 13
    assert edges.indices.dtype == np.uint64
    assert edges.values.dtype == np.float64
    matrix = np.zeros(edges.shape)
    matrix[tuple(edges.indices)] = edges.values
    norms = np.linalg.norm(RANGED_MAXIMISATION["matrix"], axis=1, keepdims=True) if normalize else 1.0
    np.testing.assert_allclose(matrix, np.divide(RANGED_MAXIMISATION["matrix"], norms))
    bias = observation.constraint_features[:, observation.ConstraintFeatures.bias]
    np.testing.assert_allclose(bias, np.divide(RANGED_MAXIMISATION["biases"], np.ravel(norms)))


def test_observation_copies_and_is_none_once_scip_solves(ranged):
    model = ecole.scip.Model.from_pyscipopt(ranged)
    function = ecole.observation.MilpBipartite()
    observation = function.extract(model, False)
    for twin in (pickle.loads(pickle.dumps(observation)), copy.deepcopy(observation)):
        np.testing.assert_array_equal(twin.variable_features, observation.variable_features)
        np.testing.assert_array_equal(twin.edge_features.values, observation.edge_features.values)
        assert twin.edge_features.shape == observation.edge_features.shape
        assert not np.shares_memory(twin.edge_features.values, observation.edge_features.values)
    observation.edge_features.values[:] = 0.0
    copy.deepcopy(function)
    model.solve()
    assert function.extract(model, True) is None
