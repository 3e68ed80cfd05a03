"""Solutions that go out of a running SCIP, and come in."""

import numpy as np
import pyscipopt
import pytest

from coplug.scip.messages import free
from coplug.scip.problem import read_model
from coplug.scip.race.exchange import Exchange
from coplug.scip.race.news import Incumbent
from tests.conftest import INSTANCES

TINY = INSTANCES / "setcover-tiny-0001.lp"


@pytest.fixture
def model():
    model = read_model(TINY)
    yield model
    free(model)


def best_values(model):
    model.optimize()
    best = model.getBestSol()
    return np.array([model.getSolVal(best, variable) for variable in model.getVars()]), model.getObjVal()


def test_what_is_found_goes_out_with_its_objective(model):
    exchange = Exchange(model)
    model.optimize()
    costs = np.array([variable.getObj() for variable in exchange.variables])
    assert exchange.found
    for incumbent in exchange.found:
        assert costs @ incumbent.values == pytest.approx(incumbent.objective)


def test_offered_solution_becomes_the_incumbent(model):
    other = read_model(TINY)
    values, objective = best_values(other)
    free(other)
    model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
    model.setParam("limits/nodes", 1)
    exchange = Exchange(model)
    exchange.offered.append(Incumbent(objective, values))
    model.optimize()
    assert not exchange.offered
    assert model.getObjVal() == pytest.approx(objective)


def test_offer_that_is_infeasible_is_refused(model):
    exchange = Exchange(model)
    exchange.offered.append(Incumbent(0.0, np.zeros(len(exchange.variables))))
    model.optimize()
    assert not exchange.offered
    assert model.getStatus() == "optimal"
    assert model.getObjVal() > 0.0
