from __future__ import annotations

import pyscipopt
import pytest

from coplug.comparison import Plan, read_runs, run_plan
from coplug.scip.dual_task import DualBoundRecord, include_dual_task
from coplug.scip.problem import read_model
from coplug.scip.settings import DUAL_TASK, PROTOCOLS, apply_parameters
from tests.conftest import INSTANCES

SETCOVER = str(INSTANCES / "setcover-easy-0001.lp.gz")


class Clocked:
    """A model whose clock and bound are set by the test."""

    def __init__(self, sense="minimize"):
        self.time_s = self.bound = 0.0
        self.getSolvingTime = lambda: self.time_s
        self.getDualbound = lambda: self.bound
        self.getObjectiveSense = lambda: sense
        self.setParam = self.set

    def set(self, name, value):
        assert name == "limits/time"
        self.limit_s = value

    def at(self, time_s, bound):
        self.time_s, self.bound = time_s, bound


@pytest.mark.parametrize(("sense", "sign"), [("minimize", 1.0), ("maximize", -1.0)])
def test_the_integral_is_a_sum_of_rectangles(sense, sign):
    model = Clocked(sense)
    record = DualBoundRecord(model, 10.0)
    model.at(2.0, sign * 1.0)
    record.begin()
    assert model.limit_s == 12.0
    model.at(5.0, sign * 3.0)
    record.advance()
    model.at(6.0, sign * 4.0)
    record.begin()  # only the first decision counts
    assert record.integral() == pytest.approx(3 * 1.0 + 1 * 3.0 + 6 * 4.0)


def test_what_comes_after_the_limit_does_not_count():
    model = Clocked()
    record = DualBoundRecord(model, 4.0)
    model.at(0.0, 1.0)
    record.begin()
    model.at(5.0, 100.0)
    assert record.integral() == pytest.approx(4.0)


def test_without_a_decision_the_bound_stands_all_the_time():
    model = Clocked()
    model.at(3.0, 7.0)
    assert DualBoundRecord(model, 4.0).integral() == pytest.approx(28.0)


def test_the_limit_counts_from_the_first_decision():
    model = read_model(INSTANCES / "setcover-easy-0001.lp.gz")
    try:
        apply_parameters(model, PROTOCOLS[DUAL_TASK](0))
        record = include_dual_task(model, 0.5)
        model.optimize()
        assert model.getStatus() == "timelimit"
        assert record.start_s > 0.0
        assert model.getSolvingTime() == pytest.approx(record.start_s + 0.5, abs=0.4)
        assert record.integral() <= 0.5 * model.getDualbound() + 1e-9
        assert record.integral() > 0.0
    finally:
        model.free()


def test_no_heuristic_runs_and_no_restart():
    settings = PROTOCOLS[DUAL_TASK](3)
    assert settings["estimation/restarts/restartpolicy"] == "n"
    frequencies = {v for k, v in settings.items() if k.startswith("heuristics/")}
    model = pyscipopt.Model()
    try:
        assert any(
            model.getParam(name) != value for name, value in settings.items() if name.startswith("heur")
        )
    finally:
        model.free()
    assert frequencies == {-1}


def test_a_comparison_under_the_dual_task_keeps_the_integral(tmp_path):
    plan = Plan((SETCOVER,), ("none",), (0,), DUAL_TASK, 0.5)
    (run,) = run_plan(plan, tmp_path / "runs.csv")
    assert run.bound_integral > 0.0
    assert read_runs(tmp_path / "runs.csv") == [run]


def test_a_comparison_from_before_the_integral_is_read(tmp_path):
    path = tmp_path / "runs.csv"
    run_plan(Plan((str(INSTANCES / "setcover-tiny-0001.lp"),), ("none",), (0,)), path)
    path.write_text("\n".join(line.rpartition(",")[0] for line in path.read_text().splitlines()) + "\n")
    (run,) = read_runs(path)
    assert run.bound_integral != run.bound_integral
    assert run.status == "optimal"
