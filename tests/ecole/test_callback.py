"""Solving step by step as in Ecole's development version."""

from __future__ import annotations

import pytest

import coplug.ecole as ecole
from coplug.ecole.scip import HeurTiming, ScipError, callback
from coplug.ecole.scip.callback import (
    BranchruleCall,
    BranchruleConstructor,
    HeuristicCall,
    HeuristicConstructor,
    Result,
)
from coplug.scip.stepping import BRANCHRULE_NAME, HEURISTIC_NAME
from tests.ecole.models import at_root, branchy_model


def test_a_solve_pauses_in_branching_rules_and_heuristics():
    model = branchy_model()
    call = model.solve_iter(
        BranchruleConstructor(), HeuristicConstructor(timing_mask=HeurTiming.AfterNode, max_depth=1)
    )
    calls = []
    while call is not None:
        calls.append(call)
        call = model.solve_iter_continue(Result.DidNotRun)
    assert model.solve_iter_is_done()
    assert model.is_solved
    branchings = [call for call in calls if isinstance(call, BranchruleCall)]
    heuristics = [call for call in calls if isinstance(call, HeuristicCall)]
    assert BranchruleCall(True, BranchruleCall.Where.LP) in branchings
    assert all(call.heuristic_timing & HeurTiming.AfterNode for call in heuristics)
    assert branchings
    assert heuristics


def test_the_solve_is_that_of_the_environments_dynamics():
    model = branchy_model()
    call = model.solve_iter(callback.BranchruleConstructor())
    while call is not None:
        result = Result.DidNotRun
        if call.where is BranchruleCall.Where.LP:
            view = model.as_pyscipopt()
            view.branchVar(view.getLPBranchCands()[0][0])
            result = Result.Branched
        call = model.solve_iter_continue(result)
    other, action_set = at_root()
    done = False
    while not done:
        done, action_set = ecole.dynamics.BranchingDynamics().step_dynamics(other, action_set[0])
    assert model.solver.getNTotalNodes() == other.solver.getNTotalNodes()


def test_limits_of_a_rule_are_kept():
    model = branchy_model()
    call = model.solve_iter(BranchruleConstructor(max_depth=0))
    depths = []
    while call is not None:
        depths.append(model.solver.getDepth())
        call = model.solve_iter_continue(Result.DidNotRun)
    assert set(depths) == {0}


def test_without_constructors_there_is_no_pause():
    model = branchy_model()
    assert model.solve_iter() is None
    assert model.is_solved


def test_going_on_after_the_end_is_refused():
    with pytest.raises(ScipError, match="no solve is paused"):
        branchy_model().solve_iter_continue(Result.DidNotRun)


def test_names_and_defaults_are_ecoles():
    assert callback.priority_max == 536870911
    assert callback.max_depth_none == callback.maxdepth_none == -1
    assert callback.max_bound_distance_none == callback.maxbounddist_none == 1.0
    assert (callback.frequency_always, callback.frequency_offset_none) == (1, 0)
    assert BranchruleConstructor() == BranchruleConstructor(536870911, -1, 1.0)
    assert HeuristicConstructor() == HeuristicConstructor(536870911, 1, 0, -1, HeurTiming.AfterNode)
    assert callback.name(callback.Type.Branchrule) == BRANCHRULE_NAME
    assert callback.name(callback.Type.Heuristic) == HEURISTIC_NAME
    assert ecole.scip.callback is callback
