from __future__ import annotations

import copy
import itertools
import pickle

import numpy as np
import pyscipopt
import pytest

from coplug import ecole
from coplug.scip import hutter
from coplug.scip.constraints import read_constraints
from coplug.scip.hutter import FEATURES, graph_degrees, hutter_features
from coplug.scip.library import scip_pointer
from tests.conftest import INSTANCES


def new_model():
    model = pyscipopt.Model()
    model.hideOutput()
    return model


def features_of(model):
    return dict(zip(FEATURES, hutter_features(scip_pointer(model)), strict=True))


def random_problem(seed):
    rng = np.random.default_rng(seed)
    model = new_model()
    kinds = [("C", -2.5, 3.5)] * 3 + [("B", 0, 1)] * 4 + [("I", -4, 5)] * 4 + [("I", 0, None)]
    x = [model.addVar(f"x{j}", k, lb=lb, ub=ub) for j, (k, lb, ub) in enumerate(kinds)]
    for i in range(9):
        chosen = rng.choice(len(x), 4, replace=False)
        row = pyscipopt.quicksum(round(rng.normal(), 2) * x[j] for j in chosen)
        side = 0.0 if i == 4 else float(rng.uniform(1, 4))
        model.addCons([row <= side, row >= -side, (row <= side) >= -side][i % 3])
    model.addCons(pyscipopt.quicksum(x) <= 20)
    objective = rng.normal(size=len(x))
    model.setObjective(
        pyscipopt.quicksum(float(a) * v for a, v in zip(objective, x, strict=True)) + 2.5, "maximize"
    )
    return model


def one_sided(model):
    """The rows as dictionaries from variables' names to coefficients, and their right-hand sides."""
    rows, sides = [], []
    for constraint in model.getConss():
        values = model.getValsLinear(constraint)
        for side, sign in ((model.getLhs(constraint), -1.0), (model.getRhs(constraint), 1.0)):
            if abs(side) < model.infinity():
                rows.append({name: sign * value for name, value in values.items()})
                sides.append(sign * side)
    return rows, sides


def deviation(values):
    return float(np.std(values)) if len(values) else 0.0


def reference(model):
    """The definitions in plain Python, on PySCIPOpt's public calls."""
    variables = model.getVars()
    names = [v.name for v in variables]
    rows, sides = one_sided(model)
    degree = {n: sum(n in row for row in rows) for n in names}
    neighbours = {n: {m for row in rows if n in row for m in row if m != n} for n in names}
    objective = {v.name: v.getObj() for v in variables}
    entries = [a / b for row, b in zip(rows, sides, strict=True) if b for a in row.values()]
    variation = [np.std(np.abs(list(r.values()))) / np.mean(np.abs(list(r.values()))) for r in rows]
    discrete = [v for v in variables if v.vtype() != "CONTINUOUS"]
    bounded = [v for v in discrete if max(abs(v.getLbOriginal()), abs(v.getUbOriginal())) < model.infinity()]
    sizes = [v.getUbOriginal() - v.getLbOriginal() + 1 for v in bounded]

    def spread(values):
        return [np.mean(values), max(values), min(values), np.std(values)]

    links = [len(neighbours[n]) for n in names]
    pairs = len(names) * (len(names) - 1) / 2
    used = [n for n in names if degree[n]]
    return [
        *(len(names), len(rows), sum(map(len, rows))),
        *spread(list(degree.values())),
        *spread([len(row) for row in rows]),
        *spread(links),
        *np.quantile(links, [0.25, 0.75]),
        sum(links) / 2 / pairs,
        *_scips_relaxation(model, [v.name for v in discrete]),
        deviation([objective[n] / len(rows) for n in names]),
        deviation([objective[n] / degree[n] for n in used]),
        deviation([objective[n] / degree[n] ** 0.5 for n in used]),
        *(np.mean(entries), deviation(entries)),
        *(np.mean(variation), deviation(variation)),
        *(np.mean(sizes), deviation(sizes)),
        1 - len(bounded) / len(discrete),
        1 - len(discrete) / len(names),
    ]


def _scips_relaxation(model, discrete):
    relaxed = pyscipopt.Model(sourceModel=model, origcopy=True)
    relaxed.hideOutput()
    relaxed.relax()
    relaxed.optimize()
    value = {v.name: relaxed.getVal(v) for v in relaxed.getVars()}
    slack = np.array([abs(value[n] - round(value[n])) for n in discrete])
    return [slack.mean(), slack.max(), float(np.sqrt((slack**2).sum())), relaxed.getObjVal()]


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_definitions(seed):
    model = random_problem(seed)
    for (name, got), want in zip(features_of(model).items(), reference(model), strict=True):
        assert got == pytest.approx(want, rel=1e-6, abs=1e-6), name


def test_the_lp_and_the_matrix_are_the_same_once_transformed():
    model = random_problem(1)
    before = hutter_features(scip_pointer(model))
    model.setPresolve(pyscipopt.SCIP_PARAMSETTING.OFF)
    model.presolve()
    np.testing.assert_allclose(hutter_features(scip_pointer(model)), before, rtol=1e-6, atol=1e-7)


def path_of_four():
    """Constraints a-b, b-c, c-d over four integers in 1..3, and a fifth variable in none."""
    model = new_model()
    x = [model.addVar(f"x{j}", "I", lb=1, ub=3, obj=o) for j, o in enumerate([6.0, 6.0, 6.0, 6.0, 6.0])]
    for a, b in itertools.pairwise(x[:4]):
        model.addCons(2 * a + 4 * b <= 16)
    return model


def test_quartiles_interpolate_where_ecole_takes_a_lower_neighbour():
    """Degrees 0 1 1 2 2 of positions 1 and 3: Ecole indexes by the size, and interpolates a value with itself."""
    found = features_of(path_of_four())
    assert (found["node_degree_25q"], found["node_degree_75q"]) == (1.0, 2.0)
    model = path_of_four()
    x = model.getVars()
    model.addCons(x[0] + x[1] + x[2] <= 9)
    model.addVar("alone", "C")
    found = features_of(model)  # degrees 0 0 1 2 2 3
    assert (found["node_degree_25q"], found["node_degree_75q"]) == (0.25, 2.0)


def test_equal_objective_coefficients_do_not_deviate_where_ecole_adds_as_many_zeros():
    found = features_of(path_of_four())
    assert found["objective_coef_m_std"] == 0.0
    assert found["objective_coef_n_std"] == pytest.approx(np.std([6, 3, 3, 6]))
    assert found["objective_coef_sqrtn_std"] == pytest.approx(6 * np.std([1, 0.5**0.5, 0.5**0.5, 1]))


def test_variation_is_deviation_over_mean_where_ecole_has_mean_over_variance():
    found = features_of(path_of_four())
    assert found["constraint_var_coef_mean"] == pytest.approx(1 / 3)
    assert found["constraint_var_coef_std"] == pytest.approx(0.0)
    assert found["constraint_coef_mean"] == pytest.approx((2 + 4) / 2 / 16)


def test_rows_with_bias_zero_vary_too_where_ecole_counts_them_as_even():
    model = new_model()
    x, y = model.addVar("x", "B"), model.addVar("y", "B")
    model.addCons(x - 3 * y <= 0)
    found = features_of(model)
    assert found["constraint_var_coef_mean"] == pytest.approx(0.5)
    assert found["constraint_coef_mean"] == 0.0


def test_fractional_and_negative_entries_are_summed_where_ecole_truncates_the_sum():
    model = new_model()
    x, y = model.addVar("x", "B"), model.addVar("y", "B")
    model.addCons(-0.5 * x - 0.25 * y <= 1)
    assert features_of(model)["constraint_coef_mean"] == pytest.approx(-0.375)


def test_support_counts_both_bounds_where_ecole_is_one_short():
    found = features_of(path_of_four())
    assert found["discrete_vars_support_size_mean"] == 3.0
    model = new_model()
    model.addVar("fixed", "B", lb=1, ub=1)
    assert features_of(model)["discrete_vars_support_size_mean"] == 1.0


def half_integral():
    """Three binaries at 1/2 in the unique optimum of the relaxation, and continuous variables declared first."""
    model = new_model()
    c = [model.addVar(f"c{j}", "C", ub=0.75, obj=-1) for j in range(2)]
    x = [model.addVar(f"x{j}", "B", obj=-1) for j in range(3)]
    for a, b in itertools.combinations(x, 2):
        model.addCons(a + b <= 1)
    model.addCons(c[0] + c[1] <= 5)
    return model


def test_slack_is_that_of_discrete_variables_and_its_norm_has_a_root_that_ecole_forgets():
    found = features_of(half_integral())
    assert found["lp_slack_mean"] == pytest.approx(0.5)
    assert found["lp_slack_max"] == pytest.approx(0.5)
    assert found["lp_slack_l2"] == pytest.approx(np.sqrt(3 * 0.25))
    assert found["lp_objective_value"] == pytest.approx(-3.0)


def test_the_models_own_limits_have_no_part_in_the_lp_where_ecoles_copy_inherits_them():
    model = half_integral()
    model.setParams({"limits/totalnodes": 0, "limits/time": 0.0})
    assert features_of(model)["lp_objective_value"] == pytest.approx(-3.0)
    assert model.getStageName() == "PROBLEM"


def test_implicit_integers_are_discrete_where_ecole_writes_past_its_slack_vector():
    model = new_model()
    x = model.addVar("x", "B")
    y = model.addVar("y", "M", lb=0, ub=4)
    model.addCons(y - 2 * x == 0.5)
    found = features_of(model)
    assert found["ratio_continuous_vars"] == 0.0
    assert found["discrete_vars_support_size_mean"] == pytest.approx((2 + 5) / 2)


def test_a_relaxation_without_an_optimum_has_no_lp_features_where_ecole_crashes():
    for objective, side in ((-1.0, 0.0), (0.0, -1.0)):  # unbounded, infeasible
        model = new_model()
        x, y = model.addVar("x", "I", obj=objective), model.addVar("y", "B")
        model.addCons(y - 0 * x <= side)
        found = features_of(model)
        assert np.isnan([v for n, v in found.items() if n.startswith("lp_")]).all()
        assert np.isfinite([v for n, v in found.items() if not n.startswith("lp_")]).all()


def test_one_variable_has_a_density_where_ecole_divides_by_zero():
    model = new_model()
    model.addVar("x", "C")
    found = features_of(model)
    assert np.isfinite(list(found.values())).all()
    assert found["edge_density"] == 0.0
    assert found["ratio_unbounded_discrete_vars"] == found["ratio_continuous_vars"] == 1.0


def test_degrees_in_blocks_are_those_at_once(monkeypatch):
    model = random_problem(0)
    matrix = read_constraints(scip_pointer(model))
    at_once = graph_degrees(matrix)
    monkeypatch.setattr(hutter, "_LARGEST_PRODUCT", 25)
    np.testing.assert_array_equal(graph_degrees(matrix), at_once)


def test_observation_has_ecoles_names_copies_and_is_none_once_scip_solves():
    model = ecole.scip.Model.from_file(INSTANCES / "setcover-tiny-0001.lp")
    function = ecole.observation.Hutter2011()
    function.before_reset(model)
    observation = function.extract(model, False)
    names = observation.Features
    assert list(names.__members__) == list(FEATURES)
    assert observation.features.shape == (33,)
    assert observation.features[names.nb_variables] == model.as_pyscipopt().getNVars()
    for twin in (pickle.loads(pickle.dumps(observation)), copy.deepcopy(observation)):
        np.testing.assert_array_equal(twin.features, observation.features)
    assert pickle.loads(pickle.dumps(names.edge_density)) == names.edge_density
    model.presolve()
    assert np.isfinite(function.extract(model, False).features).all()
    model.solve()
    assert function.extract(model, True) is None
