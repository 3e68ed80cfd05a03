"""Time limits and interrupts inside one LP."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

import coplug
from coplug.problems.milp.families.facilities import FacilityLocation
from coplug.scip.build import build_model
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.lp_interrupt import LPWatch, interrupt_lp
from coplug.scip.problem import read_model
from coplug.scip.settings import CPU_CLOCK, apply_parameters
from coplug.scip.stepping import SteppedSolve
from tests.scip.nodes import MANY_NODES

LARGE = FacilityLocation(n_customers=450, n_facilities=400)
STRAIGHT_TO_THE_LP = {
    "presolving/maxrounds": 0,
    "propagating/maxroundsroot": 0,
    "misc/usesymmetry": 0,
    "heuristics/locks/freq": -1,
}
LATE_S = 2.0
"""How much later than its limit a solve may end."""


def test_lps_are_solved_again_after_an_interrupt(tiny):
    model = read_model(tiny)
    try:
        model.optimize()
        optimum = model.getObjVal()
        model.freeTransform()
        apply_parameters(model, MANY_NODES | {"limits/nodes": 2})
        watch = LPWatch(model)
        watch.interrupt()  # before there is any LP
        model.optimize()
        watch.interrupt()
        watch.close()
        watch.close()
        apply_parameters(model, {"limits/nodes": -1})
        model.optimize()
        assert model.getStatus() == "optimal"
        assert model.getObjVal() == pytest.approx(optimum, abs=1e-6)
    finally:
        model.free()
    watch.close()


@pytest.mark.parametrize("nodes", [0, 3])
def test_a_solve_whose_lps_are_interrupted_ends_with_bounds_that_hold(tiny, nodes):
    model = read_model(tiny)
    try:
        model.optimize()
        optimum = model.getObjVal()
        model.freeTransform()
        apply_parameters(model, MANY_NODES | {"limits/nodes": nodes})
        if nodes:
            model.optimize()
        apply_parameters(model, {"limits/nodes": -1})
        worker = threading.Thread(target=model.optimizeNogil)
        worker.start()
        while worker.is_alive():
            interrupt_lp(model)
            worker.join(0.001)
            interrupt_lp(model, interrupted=False)
        assert model.getStatus() in ("optimal", "timelimit")
        assert model.getDualbound() <= optimum + 1e-6
        assert model.getPrimalbound() >= optimum - 1e-6
        assert (model.getStatus() == "optimal") == (model.getGap() < 1e-9)
    finally:
        model.free()


def test_the_limit_counts_as_scip_counts(tiny):
    model = read_model(tiny)
    try:
        apply_parameters(model, {"limits/time": 0.2})
        watch = LPWatch(model)
        assert not watch.is_over()
        time.sleep(0.6)
        assert watch.is_over()
        apply_parameters(model, {"timing/enabled": False})
        assert not watch.is_over()
        apply_parameters(model, {"timing/enabled": True, "timing/clocktype": CPU_CLOCK})
        watch = LPWatch(model)
        time.sleep(0.6)  # which takes no time of the processor's
        assert not watch.is_over()
    finally:
        model.free()


@pytest.fixture(scope="module")
def facilities():
    return LARGE.generate(np.random.RandomState(0))


@pytest.fixture
def model(facilities):
    model = build_model(facilities)
    model.hideOutput()
    apply_parameters(model, STRAIGHT_TO_THE_LP)
    yield model
    model.free()


def is_feasible(instance, values):
    x = np.array([values.get(name, 0.0) for name in instance.variable_names])
    rows = instance.matrix @ x
    slack = 1e-4 * (1.0 + np.abs(rows))
    return bool((rows <= instance.row_rhs + slack).all() and (rows >= instance.row_lhs - slack).all())


def value(instance, values):
    return sum(
        cost * values.get(name, 0.0)
        for name, cost in zip(instance.variable_names, instance.objective, strict=True)
    )


@pytest.mark.slow
def test_it_stays_in_one_lp_for_long(model):
    apply_parameters(model, {"limits/time": 60.0})
    model.optimizeNogil()
    assert (model.getStatus(), model.getNTotalNodes()) == ("timelimit", 1)
    assert model.getNLPs() <= 2


@pytest.mark.slow
def test_a_time_limit_ends_an_lp_and_keeps_the_incumbent(model, facilities):
    report = coplug.solve(model, policy="none", time_limit=10)
    assert report.time_s < 10 + LATE_S
    assert (report.status, model.getStatus(), report.extra["nodes"]) == ("timelimit", "timelimit", 1)
    assert model.getNLPIterations() > 100
    assert report.solution
    assert is_feasible(facilities, report.solution)
    assert report.objective == pytest.approx(value(facilities, report.solution), rel=1e-6)
    assert report.bound is None or report.bound <= report.objective


@pytest.mark.slow
def test_stopping_ends_an_lp(model):
    begin_s = time.monotonic()
    optimize_interruptibly(model, lambda: time.monotonic() > begin_s + 10.0)
    assert time.monotonic() - begin_s < 10.0 + LATE_S
    assert model.getStatus() == "userinterrupt"
    assert model.getNLPIterations() > 100
    assert model.getNSols() > 0


@pytest.mark.slow
def test_ctrl_c_ends_an_lp_of_a_solve_in_steps(model):
    solve = SteppedSolve(model)
    solve.pause_when_branching()
    pressed = threading.Timer(10.0, os.kill, (os.getpid(), signal.SIGINT))
    pressed.start()
    begin_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        solve.start()
    assert time.monotonic() - begin_s < 10.0 + LATE_S
    assert model.getStatus() == "userinterrupt"
    assert model.getNLPIterations() > 100


@pytest.mark.slow
def test_a_time_limit_ends_an_lp_of_a_solve_in_steps(model):
    apply_parameters(model, {"limits/time": 10.0})
    solve = SteppedSolve(model)
    solve.pause_when_branching()
    begin_s = time.monotonic()
    assert solve.start() is False
    assert time.monotonic() - begin_s < 10.0 + LATE_S
    assert model.getStatus() == "timelimit"
