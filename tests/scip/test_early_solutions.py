"""First solutions by feasibility jump inside SCIP."""

import pyscipopt
import pytest

import coplug
from coplug.scip.early_solutions import include_early_solutions
from coplug.scip.messages import free
from coplug.scip.problem import read_model
from tests.conftest import INSTANCES

TINY = INSTANCES / "setcover-tiny-0001.lp"


@pytest.fixture
def bare():
    """A model for which SCIP itself looks for no solutions."""
    model = read_model(TINY)
    model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
    model.setPresolve(pyscipopt.SCIP_PARAMSETTING.OFF)
    model.setParam("limits/nodes", 1)
    yield model
    free(model)


def test_solutions_come_before_the_first_lp(bare):
    bare.setParam("lp/solvefreq", -1)
    heuristic = include_early_solutions(bare)
    bare.optimize()
    assert heuristic.found == bare.getNSols() > 0


def test_it_stays_away_where_there_is_a_solution(bare):
    heuristic = include_early_solutions(bare)
    solution = bare.createSol()
    for variable in bare.getVars():
        bare.setSolVal(solution, variable, 1.0)
    assert bare.addSol(solution)
    bare.optimize()
    assert heuristic.found == 0


def test_constraints_that_are_not_linear_are_scips_to_check():
    model = pyscipopt.Model()
    model.hideOutput()
    x, y = model.addVar("x", "I", 0, 9), model.addVar("y", "I", 0, 9)
    model.addCons(x * y >= 12)
    model.addCons(x + y <= 7)
    model.setObjective(x + 2 * y, "minimize")
    include_early_solutions(model)
    model.optimize()
    assert model.getObjVal() == pytest.approx(10.0)  # 4 and 3
    free(model)


@pytest.mark.parametrize("race", [None, 2])
def test_the_optimum_stays_what_it_is(race):
    report = coplug.solve(TINY, policy=None, early_solutions=True, race=race)
    assert (report.status, report.objective) == ("optimal", 305.0)
