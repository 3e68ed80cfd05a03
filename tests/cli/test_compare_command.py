from __future__ import annotations

import math

import pytest

from coplug.cli.compare import run_line, summary_table, value_table
from coplug.comparison import ValueSummary, read_runs, summarise
from coplug.measurement import Run
from tests.conftest import INSTANCES

from .commands import FEASIBLE, INFEASIBLE, PATH, UNBOUNDED, assert_one_line, run

TINY = INSTANCES / "setcover-tiny-0001.lp"


def test_infeasible_and_unbounded_problems_are_not_solved_and_have_no_value(tmp_path):
    for name, text in (("a", FEASIBLE), ("b", INFEASIBLE), ("c", UNBOUNDED)):
        (tmp_path / f"{name}.lp").write_text(text)
    done = run("compare", tmp_path, "--policies", "none", "--seeds", 1, "--out", tmp_path / "out.csv")
    assert done.returncode == 0, done.stderr
    assert "1e+20" not in done.stdout
    assert "nan" not in done.stdout
    assert done.stdout.count("no solution") == 2
    assert "1/3" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "2 runs ended infeasible or unbounded: neither solved nor among the means of nodes"
    )
    assert math.isnan(read_runs(tmp_path / "out.csv")[1].bound)


def test_a_table_without_a_run_has_no_numbers():
    head, row = summary_table(summarise([], ("none",)))
    assert row.split() == ["none", "-", "-", "-", "-", "0", "0/0", "0.00%"]
    head, row = value_table([ValueSummary("none", math.nan, math.nan, 0, 0, 0, math.nan)])
    assert "nan" not in row
    assert head.split()[0] == "policy"


def test_a_run_of_a_problem_without_nodes_shows_none():
    made = Run("a.g6", 0, "none", "timelimit", 12.0, 14.0, 0, 5.0, 0, 0.0, 0)
    assert run_line(made) == "a.g6  seed 0  none: timelimit, 5.00 s, objective 12"


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--time-limit", "-1"), 2, "the time limit must be"),
        (("--policies", "nosuch"), 2, "there is no policy 'nosuch'"),
        (("--problem", "mis", "--settings", "gasse"), 2, "are for --problem milp"),
        (("--option", "samples=3"), 2, "--option is for other problems than milp"),
    ],
)
def test_a_refused_comparison_leaves_nothing_in_the_way(tmp_path, words, status, message):
    out = tmp_path / "runs.csv"
    done = run("compare", TINY, "--out", out, *words)
    assert_one_line(done, status)
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unreadable_instance_is_found_before_anything_runs(tmp_path):
    (tmp_path / "good.lp").write_text(FEASIBLE)
    (tmp_path / "zbad.lp").write_text("minimize\n obj: x + @@ >= y\nsubject to\n")
    out = tmp_path / "runs.csv"
    done = run("compare", tmp_path, "--policies", "none", "--seeds", 1, "--time-limit", 9, "--out", out)
    assert_one_line(done, 1)
    assert "zbad.lp" in done.stderr
    assert done.stdout == ""
    assert not out.exists()
    (tmp_path / "zbad.lp").unlink()
    assert run("compare", tmp_path, "--policies", "none", "--seeds", 1, "--out", out).returncode == 0


def test_graphs_are_compared_by_values_at_equal_time(tmp_path):
    (tmp_path / "path.col").write_text(PATH)
    (tmp_path / "other.col").write_text(PATH.replace("4 3", "5 3"))
    out = tmp_path / "runs.csv"
    words = ("compare", tmp_path, "--problem", "mis", "--policies", "none,greedy", "--seeds", 2, "--out", out)
    done = run(*words, "--time-limit", 1)
    assert done.returncode == 0, done.stderr
    head, none, greedy = done.stdout.splitlines()[-3:]
    assert head.split() == ["policy", "value", "short", "of", "best", "best", "proved", "time", "s"]
    assert none.split()[:4] == ["none", "2.500", "0.000%", "4/4"]
    assert greedy.split()[0] == "greedy"
    runs = read_runs(out)
    assert {(run.instance, run.policy, run.seed) for run in runs} == {
        (file, policy, seed)
        for file in ("path.col", "other.col")
        for policy in ("none", "greedy")
        for seed in (0, 1)
    }
    assert {run.objective for run in runs if run.policy == "none"} == {2.0, 3.0}
    again = run(*words, "--time-limit", 1)
    assert again.stdout.splitlines() == done.stdout.splitlines()[-3:]
    other = run(*words, "--time-limit", 2)
    assert_one_line(other, 1)
    assert "was measured under" in other.stderr


def test_options_of_a_problem_are_the_same_for_all_runs(tmp_path):
    (tmp_path / "path.col").write_text(PATH)
    out = tmp_path / "runs.csv"
    words = ("compare", tmp_path, "--problem", "influence", "--policies", "none", "--seeds", 1, "--out", out)
    for options, message in (
        ((), "needs a value for --budget"),
        (("--option", "budget=x"), "budget is 'x'; expected a number"),
        (("--option", "budget=1", "--option", "directed=maybe"), "expected true or false"),
        (("--option", "budge=1"), "has no option 'budge'"),
        (("--option", "budget=1", "--option", "csv=a.csv"), "--option csv: every run has its own"),
        (("--option", "budget=0"), "the budget 0"),
    ):
        refused = run(*words, *options)
        assert refused.returncode in (1, 2)
        assert message in refused.stderr
        assert not out.exists()
    given = ("--option", "budget=4", "--option", "greedy-worlds=5", "--option", "directed=false")
    assert run(*words, *given).returncode == 0
    assert [one.objective for one in read_runs(out)] == [4.0]
    assert "was measured under" in run(*words, "--option", "budget=1").stderr


def test_a_graph_that_may_be_of_several_problems_asks_which(tmp_path):
    (tmp_path / "path.col").write_text(PATH)
    done = run("compare", tmp_path / "path.col", "--out", tmp_path / "runs.csv")
    assert_one_line(done, 2)
    assert "say which by --problem" in done.stderr
