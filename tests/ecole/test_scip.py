from __future__ import annotations

import gc
import weakref

import numpy as np
import pyscipopt
import pytest

import coplug.ecole as ecole
from coplug.ecole.scip import Model, ScipError, Stage
from coplug.problems.milp.families.facilities import FacilityLocation
from tests.ecole.models import AUCTION, at_root, branchy_model
from tests.scip.test_stepping import threads


@pytest.fixture
def model():
    return Model.from_file(AUCTION)


def small_pyscipopt():
    model = pyscipopt.Model("small")
    model.hideOutput()
    x = model.addVar("x", vtype="I", ub=5)
    y = model.addVar("y", vtype="B")
    model.addCons(2 * x + 3 * y <= 8)
    model.setObjective(x + 2 * y, "maximize")
    return model


def test_stages_have_scips_numbers(model):
    for name in ("Init", "Problem", "Transformed", "Presolved", "Solving", "Solved", "Free"):
        assert Stage[name] == getattr(pyscipopt.SCIP_STAGE, name.upper())
    assert model.stage == Stage.Problem
    model.transform_prob()
    assert model.stage == Stage.Transformed
    model.presolve()
    assert model.stage in (Stage.Presolving, Stage.Presolved)
    model.solve()
    assert model.is_solved
    assert model.primal_bound == pytest.approx(model.dual_bound)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Model.from_file("/nowhere/x.lp"), "does not exist"),
        (lambda: Model.from_file(AUCTION).get_param("no/such"), "no parameter 'no/such'"),
        (lambda: Model.from_file(AUCTION).set_param("limits/tim", 1), "limits/time"),
        (lambda: Model.from_file(AUCTION).set_param("limits/nodes", 1.5), "type int"),
        (lambda: Model.from_file(AUCTION).set_param("branching/preferbinary", 3), "type bool"),
        (lambda: Model.from_file(AUCTION).set_param("limits/time", -3), "outside its range"),
        (lambda: Model.from_file(AUCTION).write_problem("/nowhere/x.lp"), "could not write"),
        (lambda: Model.from_file(AUCTION).solve_iter_branch(0), "no solve is paused"),
    ],
)
def test_bad_input_is_a_scip_error_of_one_line(call, message):
    with pytest.raises(ScipError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_numbers_are_converted_where_nothing_is_lost(model):
    model.set_params({"limits/nodes": 7.0, "limits/time": 3, "branching/preferbinary": 1})
    assert model.get_param("limits/nodes") == 7
    assert model.get_param("limits/time") == 3.0
    assert model.get_param("branching/preferbinary") is True


def test_a_copy_keeps_problem_and_parameters_and_is_another_model(model):
    model.set_param("limits/nodes", 77)
    copy = model.copy_orig()
    assert copy != model
    assert len({model, copy, model}) == 2
    assert copy.get_param("limits/nodes") == 77
    assert copy.as_pyscipopt().getNVars() == model.as_pyscipopt().getNVars()


def test_a_generated_instance_is_the_model_it_describes():
    instance = FacilityLocation(8, 6).generate(np.random.RandomState(3))
    model = Model.from_instance(instance)
    view = model.as_pyscipopt()
    assert model.name == instance.name
    assert {v.name for v in view.getVars()} == set(instance.variable_names)
    assert view.getNConss() == instance.n_rows


def test_a_problem_is_written_and_read_back(model, tmp_path):
    path = tmp_path / "problem.mps"
    model.write_problem(path)
    again = Model.from_file(path)
    model.solve()
    again.solve()
    assert again.primal_bound == pytest.approx(model.primal_bound)


def test_a_basic_model_is_filled_through_pyscipopt():
    model = Model.prob_basic("mine")
    view = model.as_pyscipopt()
    view.setObjective(view.addVar("x", vtype="I", lb=2.5), "minimize")
    model.solve()
    assert (model.name, model.primal_bound) == ("mine", 3.0)


def test_a_pyscipopt_model_stays_valid_on_either_side():
    source = small_pyscipopt()
    model = Model.from_pyscipopt(source)
    with pytest.raises(ScipError, match="does not own"):
        Model.from_pyscipopt(source)
    model.solve()
    assert source.getPrimalbound() == model.primal_bound
    del model
    gc.collect()
    assert source.getPrimalbound() == 4.0


def test_a_view_keeps_scip_alive_and_only_so_long():
    model = branchy_model()
    gone = weakref.ref(model)
    view = model.as_pyscipopt()
    del model
    gc.collect()
    assert gone() is not None
    assert view.getNVars() > 0
    del view
    gc.collect()
    assert gone() is None


def test_dropping_a_paused_model_ends_its_thread():
    model, _ = at_root()
    assert len(threads()) == 1
    del model
    gc.collect()
    assert threads() == []


def test_control_step_by_step():
    model = branchy_model()
    assert model.solve_iter_is_done()
    model.solve_iter_start_branch()
    steps = 0
    while not model.solve_iter_is_done():
        model.solve_iter_branch(pyscipopt.SCIP_RESULT.DIDNOTRUN)
        steps += 1
    assert steps > 0
    assert model.is_solved
    with pytest.raises(ScipError, match="fresh copy"):
        model.solve_iter_start_branch()


def test_bounds_before_the_solve_are_infinite(model):
    assert model.primal_bound == -model.dual_bound == pytest.approx(1e20)


def test_the_reader_is_renewed_by_a_restart():
    model, _ = at_root()
    first = model.reader
    assert model.reader is first
    model.solve_iter_stop()
    again = ecole.scip.Model.from_file(AUCTION)
    assert again.reader is not first
