from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from coplug.tuning.judgement import judged
from coplug.tuning.search import pairs_of
from tests.tuning.simulated import simulated

SETTINGS = {"separating/maxrounds": 0}
PATHS = [f"/instances/i{k}.lp" for k in range(5)]


def judge(tmp_path, goal="time", n_pairs=10, budget_s=1000.0, paths=PATHS, changed=None, **changes):
    """Judge settings that take 0.6 of the time; the solves of some seed may be changed under them."""
    with simulated(tmp_path / "a.jsonl", budget_s) as (field, _, solver):

        def solve(task):
            found = solver(task)
            return replace(found, **changes) if task.parameters and task.seed == changed else found

        field._solve = solve
        field.objective = goal
        return judged(field, SETTINGS, islice(pairs_of(paths, 0), n_pairs))


def test_what_is_faster_beyond_the_noise_may_ship(tmp_path):
    found = judge(tmp_path)
    assert (found.n_runs, found.refused) == (10, "")
    assert 0.55 < found.ratio.value < 0.75


@pytest.mark.parametrize("objective", ["time", "gap"])
def test_what_loses_a_solved_run_may_not(tmp_path, objective):
    lost = judge(tmp_path, objective, changed=1, status="timelimit")
    assert lost.refused.startswith("5 that SCIP as it comes solves")


@pytest.mark.parametrize("changes", [{"objective": 1.01}, {"status": "infeasible"}])
def test_what_disagrees_may_not(tmp_path, changes):
    assert judge(tmp_path, changed=0, **changes).refused.startswith("runs disagree: i")


def test_a_few_runs_or_one_instance_decide_nothing(tmp_path):
    assert "too few" in judge(tmp_path, n_pairs=3).refused
    assert "too few" in judge(tmp_path, paths=PATHS[:1]).refused
    few = judge(tmp_path / "b", budget_s=20.0)
    assert few.n_runs < 4
    assert not few.is_made
    assert "too few" in few.refused


def test_no_gain_is_not_sure_enough(tmp_path):
    found = judge(tmp_path, "gap")
    assert found.refused == "not sure enough"
    assert found.is_made
