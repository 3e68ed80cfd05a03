"""What follows from the runs of a race together."""

import numpy as np
import pyscipopt
import pytest

from coplug.errors import SolverError
from coplug.report import Report
from coplug.scip.options import SolveOptions
from coplug.scip.progress import Snapshot
from coplug.scip.race.outcome import Best, Outcome, progress_of, report_of
from coplug.scip.race.portfolio import line_up


@pytest.fixture
def model():
    model = pyscipopt.Model()
    for name in "xyz":
        model.addVar(name, vtype="B")
    yield model
    model.free()


def runs(*reports, sense="min"):
    """Return outcomes with reports of (status, objective, bound), None for a run without one."""
    outcomes = [Outcome(k, runner) for k, runner in enumerate(line_up(len(reports)), 1)]
    best = Best(sense)
    for outcome, values in zip(outcomes, reports, strict=True):
        if values is not None:
            status, objective, bound = values
            outcome.report = Report(
                problem="milp",
                instance="model",
                status=status,
                sense=sense,
                objective=objective,
                bound=bound,
                gap=None,
                time_s=1.0,
                seed=0,
                solution={"x": 1.0} if objective is not None else None,
                extra={"nodes": 7},
            )
            best.take(objective, None, outcome, 0.5)
    return outcomes, best


def test_first_proof_is_the_answer(model):
    outcomes, best = runs(("timelimit", 5.0, 3.0), ("optimal", 4.0, 4.0))
    report = report_of(outcomes, best, model, SolveOptions(race=2), 1.5)
    assert (report.status, report.objective, report.bound, report.time_s) == ("optimal", 4.0, 4.0, 1.5)
    assert [run["winner"] for run in report.extra["race"]] == [False, True]
    assert report.details["race"] == "2 runs; run 2 (hardlp) won"


@pytest.mark.parametrize(
    ("sense", "first", "second", "gap", "expected"),
    [
        ("min", (5.0, 3.0), (8.0, 5.0), None, ("optimal", 5.0, 5.0)),
        ("min", (5.0, 3.0), (8.0, 4.0), 0.3, ("gaplimit", 5.0, 4.0)),
        ("min", (5.0, 3.0), (8.0, 4.0), None, ("timelimit", 5.0, 4.0)),
        ("max", (5.0, 9.0), (4.0, 6.0), None, ("timelimit", 5.0, 6.0)),
        ("max", (5.0, 9.0), (4.0, 5.0), None, ("optimal", 5.0, 5.0)),
        ("min", (None, 3.0), (None, 4.0), None, ("timelimit", None, 4.0)),
    ],
)
def test_best_solution_and_best_bound_of_all_count(model, sense, first, second, gap, expected):
    outcomes, best = runs(("timelimit", *first), ("timelimit", *second), sense=sense)
    report = report_of(outcomes, best, model, SolveOptions(race=2, gap=gap), 1.0)
    assert (report.status, report.objective, report.bound) == expected


@pytest.mark.parametrize(
    "second", [("optimal", 6.0, 6.0), ("infeasible", None, None), ("timelimit", None, 5.1)]
)
def test_contradiction_is_never_a_proof(model, second):
    outcomes, best = runs(("timelimit", 5.0, 3.0), second)
    report = report_of(outcomes, best, model, SolveOptions(race=2), 1.0)
    assert (report.status, report.objective, report.bound) == ("unknown", 5.0, None)
    assert "run 1 (as asked) found 5, but run 2 (hardlp) proved" in report.remarks[-1]


def test_solution_of_a_run_that_died_is_kept(model):
    outcomes, best = runs(None, ("timelimit", 9.0, 1.0))
    outcomes[0].failure = SolverError("its process ended by signal SIGKILL")
    assert best.take(5.0, np.array([0.0, 1.0, 0.0]), outcomes[0], 0.2)
    assert not best.take(5.0, np.array([1.0, 0.0, 0.0]), outcomes[1], 0.3)
    report = report_of(outcomes, best, model, SolveOptions(race=2), 1.0)
    assert (report.objective, report.solution, report.bound) == (5.0, {"y": 1.0}, 1.0)
    assert report.remarks[-1].startswith("run 1 (as asked) failed: its process ended")


def test_nobody_came_to_anything(model):
    outcomes, best = runs(None, None)
    for outcome in outcomes:
        outcome.failure = SolverError("the same")
    with pytest.raises(SolverError, match=r"^the same$"):
        report_of(outcomes, best, model, SolveOptions(race=2), 1.0)
    outcomes[1].failure = SolverError("another")
    with pytest.raises(SolverError, match=r"run 1 \(as asked\): the same; run 2 \(hardlp\): another"):
        report_of(outcomes, best, model, SolveOptions(race=2), 1.0)


def test_progress_counts_all_runs():
    outcomes, best = runs(("timelimit", 5.0, 3.0), None)
    outcomes[1].snapshots = [Snapshot(11, 8.0, 4.0, 1.0, 0.5, 0, 0.0)]
    progress = progress_of(outcomes, best, 2.0)
    assert (progress.detail, progress.objective, progress.bound) == ("1 runs  18 nodes", 5.0, 4.0)
