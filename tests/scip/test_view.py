"""Code that walks the search tree asks once more after the end."""

from __future__ import annotations

import pyscipopt
import pytest

from coplug.scip import view
from coplug.scip.dynamics import BranchingDynamics
from coplug.scip.session import Session
from coplug.scip.view import ModelView, view_of
from tests.conftest import INSTANCES

AUCTION = INSTANCES / "auctions-tiny-0001.lp"
NO_ROOT_WORK = {"presolving/maxrounds": 0, "separating/maxrounds": 0, "separating/maxroundsroot": 0}

NOTHING = {
    "getCurrentNode": None,
    "getOpenNodes": ([], [], []),
    "getLPColsData": [],
    "getLPRowsData": [],
    "getLPBasisInd": [],
    "getLPBranchCands": ([], [], [], 0, 0, 0),
    "getPseudoBranchCands": ([], 0, 0),
}


@pytest.fixture
def paused():
    session = Session.from_file(AUCTION)
    session.set_params(NO_ROOT_WORK)
    assert BranchingDynamics().reset(session)[0] is False
    return session


def numbers(nodes):
    return [node.getNumber() for node in nodes]


def test_while_scip_is_solving_the_answers_are_pyscipopts(paused):
    seen, own = view_of(paused.solver), paused.solver
    assert type(seen) is ModelView
    assert seen.getCurrentNode().getNumber() == own.getCurrentNode().getNumber() == 1
    assert [numbers(kind) for kind in seen.getOpenNodes()] == [numbers(kind) for kind in own.getOpenNodes()]
    for name in ("getLPColsData", "getLPRowsData", "getLPBasisInd"):
        assert len(getattr(seen, name)()) == len(getattr(own, name)()) > 0
    for name in ("getLPBranchCands", "getPseudoBranchCands"):
        first, second = getattr(seen, name)(), getattr(own, name)()
        assert [v.name for v in first[0]] == [v.name for v in second[0]] != []
        assert first[1:] == second[1:]


@pytest.mark.parametrize("name", NOTHING)
def test_at_the_end_there_is_no_tree_and_no_lp(paused, name):
    seen = paused.as_pyscipopt()
    dynamics = BranchingDynamics()
    done, candidates = False, dynamics._candidates(paused)
    while not done:
        done, candidates = dynamics.step(paused, candidates[-1])
    assert getattr(seen, name)() == NOTHING[name]
    assert seen.getNTotalNodes() == paused.solver.getNTotalNodes() > 1


@pytest.mark.parametrize("name", NOTHING)
def test_before_the_solve_neither(name):
    session = Session.from_file(AUCTION)
    assert getattr(session.as_pyscipopt(), name)() == NOTHING[name]


def test_it_is_a_pyscipopt_model_like_any_other(paused):
    seen = view_of(paused.solver)
    assert isinstance(seen, pyscipopt.Model)
    assert seen == paused.solver == seen
    assert hash(seen) == hash(paused.solver)
    assert seen != pyscipopt.Model()
    copied = pyscipopt.Model("copy", sourceModel=seen, origcopy=True)
    assert copied.getNVars() == paused.solver.getNVars()
    copied.free()


def test_it_does_not_own_scip(paused):
    view_of(paused.solver).free()
    assert paused.solver.getNVars() > 0


def test_an_unknown_layout_of_pyscipopts_objects_gives_pyscipopts_own_view(paused, monkeypatch):
    monkeypatch.setattr(view, "_pointer_offset", lambda: None)
    seen = view_of(paused.solver)
    assert type(seen) is pyscipopt.Model
    assert seen.getNVars() == paused.solver.getNVars()
