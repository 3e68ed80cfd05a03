from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from typer.testing import CliRunner

from coplug.cli import app
from coplug.comparison.account import Account, account_of
from coplug.comparison.bootstrap import mean_interval, ratio_interval
from coplug.comparison.journal import write_conditions, write_runs
from coplug.comparison.pairs import Pairs
from coplug.errors import OutputError, UsageError
from coplug.measurement import Conditions, Run, shifted_geometric_mean

RUNNER = CliRunner()


def run(instance, seed, policy, time_s, status="optimal", objective=1.0):
    return Run(instance, seed, policy, status, objective, 1.0, 10, time_s, 0, 0.0, 0)


def comparison(factor=0.5, n=6):
    rng = np.random.default_rng(3)
    runs = []
    for k, seed in itertools.product(range(n), range(2)):
        base = 5.0 + k + rng.random()
        runs += [run(f"i{k}.lp", seed, "none", base), run(f"i{k}.lp", seed, "p", factor * base)]
    return runs


def test_the_ratio_is_that_of_the_shifted_means_and_lies_in_its_interval():
    times, reference = np.array([1.0, 2.0, 9.0, 3.0]), np.array([2.0, 2.5, 8.0, 6.0])
    found = ratio_interval(times, reference, ["a", "a", "b", "c"], 1.0)
    expected = shifted_geometric_mean(times.tolist(), 1.0) / shifted_geometric_mean(reference.tolist(), 1.0)
    assert found.value == pytest.approx(expected)
    assert found.low <= found.value <= found.high
    assert found == ratio_interval(times, reference, ["a", "a", "b", "c"], 1.0)


def test_runs_of_one_instance_are_drawn_together():
    """Two instances, each with a hundred equal runs: the mean of a draw is that of 0, 1 or 2 times the first."""
    values = np.repeat([0.0, 1.0], 100)
    found = mean_interval(values, ["a"] * 100 + ["b"] * 100)
    assert (found.low, found.value, found.high) == (0.0, 0.5, 1.0)


def test_the_interval_of_a_mean_has_the_width_that_theory_gives():
    values = np.random.default_rng(0).normal(size=400)
    found = mean_interval(values, list(range(400)), draws=20_000)
    half = 1.96 * values.std() / math.sqrt(400)
    assert found.high - found.value == pytest.approx(half, rel=0.05)


def test_nothing_has_no_interval():
    assert math.isnan(ratio_interval(np.empty(0), np.empty(0), [], 1.0).value)


def test_profiles_are_over_the_fastest_that_solved():
    runs = [
        run("a", 0, "none", 4.0),
        run("a", 0, "p", 1.0, status="timelimit"),
        run("b", 0, "none", 3.0),
        run("b", 0, "p", 1.0),
    ]
    factors = Pairs.of(runs, ("none", "p")).time_factors()
    assert factors.tolist() == [[1.0, math.inf], [3.0, 1.0]]


def test_shortfalls_know_the_sense_and_missing_solutions():
    runs = [
        run("a", 0, "x", 1.0, objective=8.0),
        run("a", 0, "y", 1.0, objective=10.0),
        run("b", 0, "x", 1.0, objective=math.nan),
        run("b", 0, "y", 1.0, objective=5.0),
    ]
    pairs = Pairs.of(runs, ("x", "y"))
    assert pairs.shortfalls("max").tolist() == [[pytest.approx(0.2), 0.0], [math.inf, 0.0]]
    assert pairs.shortfalls("min").tolist() == [[0.0, pytest.approx(0.25)], [math.inf, 0.0]]
    assert [i.value for i in pairs.mean_shortfalls("max")] == [pytest.approx(0.2), 0.0]


def written(tmp_path, runs, **conditions):
    csv = tmp_path / "runs.csv"
    write_runs(csv, runs)
    write_conditions(Conditions(**conditions), csv)
    return csv


@pytest.mark.parametrize("suffix", [".html", ".png", ".svg"])
def test_a_report_is_one_file(tmp_path, suffix):
    pytest.importorskip("matplotlib")
    csv, out = written(tmp_path, comparison()), tmp_path / f"report{suffix}"
    done = RUNNER.invoke(app, ["report", str(csv), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[2].split()[:2] == ["p", "3.86"]
    content = out.read_bytes()
    assert len(content) > 5000
    if suffix == ".html":
        text = content.decode()
        assert "<svg" in text
        assert "95 % interval" in text
        assert "i3.lp" in text
        assert "src=" not in text
        assert "<link" not in text
        assert "<script" not in text


def test_other_problems_are_reported_by_their_values(tmp_path):
    runs = [
        run(f"g{k}.g6", 0, policy, 1.0, objective=value)
        for k in range(3)
        for policy, value in (("none", 9), ("q", 10))
    ]
    account = account_of(written(tmp_path, runs, problem="mis", time_limit_s=1.0))
    assert not account.by_time
    assert [row[2] for row in account.table().rows] == ["10.000 %", "0.000 %"]
    assert len(account.panels()) == 3


def test_what_was_not_run_by_all_is_left_out_and_counted(tmp_path):
    account = Account("x", ("none", "p"), (*comparison(), run("late.lp", 0, "none", 1.0)))
    assert len(account.pairs) == 12
    assert "1 runs are left out" in " ".join(account.notes())


def test_disagreeing_objectives_are_named():
    runs = (run("a", 0, "none", 1.0), run("a", 0, "p", 1.0, objective=2.0))
    assert "disagree" in " ".join(Account("x", ("none", "p"), runs).notes())


def test_what_cannot_be_reported_is_one_line(tmp_path):
    csv = written(tmp_path, [run("a", 0, "none", 1.0), run("b", 0, "p", 1.0)])
    with pytest.raises(OutputError, match="no pair"):
        account_of(csv)
    with pytest.raises(UsageError, match="no runs of nosuch"):
        account_of(csv, ["nosuch"])
    with pytest.raises(OutputError, match="cannot be read"):
        account_of(tmp_path / "none.csv")
    good = written(tmp_path, comparison())
    done = RUNNER.invoke(app, ["report", str(good), "--out", str(tmp_path / "x.txt")])
    assert isinstance(done.exception, UsageError)
