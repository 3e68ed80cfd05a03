from __future__ import annotations

import json
import math

import pytest

from coplug.errors import OutputError, UsageError
from coplug.tuning.journal import SolveJournal, settings_key
from coplug.tuning.objective import best_known, chosen_objective, gap, score
from coplug.tuning.race import LEAST_LIMIT_S, stays, time_cap, tolerance, wins
from tests.tuning.simulated import FACTORS, Clock, Simulation, searched

pytest.importorskip("optuna")


def test_the_search_finds_what_pays_and_leaves_out_what_does_not(tmp_path):
    found, clock, _ = searched(tmp_path / "a.jsonl")
    assert {"separating/maxrounds", "conflict/enable"} <= set(found.settings)
    assert found.ratio.high < 1.0
    best = math.prod(FACTORS.values())
    assert best < found.ratio.value < 0.75
    assert clock.spent_s == pytest.approx(2000.0, rel=0.05)


def test_scip_as_it_comes_is_an_honest_result(tmp_path):
    found, clock, _ = searched(tmp_path / "a.jsonl", factors={}, noise=0.3)
    assert found.settings == {}
    assert "best" in found.reason or "no settings won" in found.reason
    assert clock.spent_s <= 2000.0 * 1.05


@pytest.mark.parametrize("stops", [(3,), (25, 1, 40), (60, 60)])
def test_interruptions_change_nothing(tmp_path, stops):
    whole, _, all_solves = searched(tmp_path / "whole.jsonl", 800.0)
    path, n = tmp_path / "parts.jsonl", 0
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            searched(path, 800.0, stop_after=stop)
        with path.open("ab") as file:
            file.write(b'{"settings": "cut sh')  # as a kill may leave it
        n += stop
    found, _, rest = searched(path, 800.0)
    assert found == whole
    assert len(rest.tasks) == len(all_solves.tasks) - n


def test_a_budget_that_ends_before_a_beginning_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="a budget of 5 s"):
        searched(tmp_path / "a.jsonl", 5.0)


def test_a_journal_of_other_conditions_or_another_file_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    searched(path, 100.0)
    with pytest.raises(OutputError, match="other values of --seed"):
        SolveJournal(path, {"seed": 1})
    for text in ("instance,seed\n", "my notes"):
        path.write_text(text)
        with pytest.raises(OutputError, match="no journal"):
            SolveJournal(path, {"seed": 0})
        assert path.read_text() == text


@pytest.mark.parametrize(("word", "value"), [("time_s", -5.0), ("spent_s", math.inf)])
def test_a_journal_with_an_impossible_time_is_refused(tmp_path, word, value):
    path = tmp_path / "a.jsonl"
    searched(path, 100.0)
    head, line, *rest = path.read_text().splitlines(keepends=True)
    entry = json.loads(line)
    (entry if word in entry else entry["solve"])[word] = value
    path.write_text("".join([head, json.dumps(entry) + "\n", *rest]))
    with pytest.raises(OutputError, match="line 2 is damaged"):
        SolveJournal(path, {"seed": 0})


def test_settings_are_known_by_what_they_set():
    assert settings_key({}) == ""
    assert settings_key({"a": 1, "b": 2}) == settings_key({"b": 2, "a": 1})
    assert settings_key({"a": 1}) != settings_key({"a": 2})


def test_a_capped_solve_is_one_that_has_lost():
    for differences in ([], [0.1], [0.05, 0.1], [-0.4, 0.3, 0.1, 0.0]):
        cap = time_cap(differences, 10.0, 1e9)
        lost = math.log(cap + 1.0) - math.log(11.0)
        n = len(differences) + 1
        assert (sum(differences) + lost) / n == pytest.approx(tolerance(n)) or cap == pytest.approx(43.0)
        assert not stays([*differences, lost + 0.01]) or cap == pytest.approx(43.0)
    assert time_cap([], 0.0, 100.0) == LEAST_LIMIT_S
    assert time_cap([], 1000.0, 100.0) == 100.0


def test_a_winner_is_better_than_its_noise():
    assert wins([-0.2, -0.1, -0.3])
    assert not wins([-0.9])
    assert not wins([-1.0, 0.9, -0.2])
    assert not wins([-0.01, -0.01])


def solve_of(**more):
    from dataclasses import replace

    from coplug.tuning.solves import SolveTask

    task = SolveTask("/i/a.lp", 0, {}, 100.0)
    return replace(Simulation(Clock(1e9), noise=0.0)(task), **more)


def test_the_objective_follows_what_is_solved():
    solved, unsolved = solve_of(), solve_of(status="timelimit")
    assert chosen_objective([solved, unsolved]) == "time"
    assert chosen_objective([unsolved] * 5) == "gap"


def test_gaps_and_integrals_are_those_of_the_literature():
    assert gap(math.nan, 1.0) == gap(-1.0, 1.0) == 1.0
    assert gap(10.0, 8.0) == gap(8.0, 10.0) == pytest.approx(0.2)
    assert gap(0.0, 0.0) == 0.0
    steps = ((2.0, math.nan, 0.0), (4.0, 20.0, 5.0), (8.0, 10.0, 10.0))
    solve = solve_of(limit_s=10.0, time_s=8.0, steps=steps)
    best = best_known([solve_of(objective=10.0), solve_of(objective=11.0)])
    assert best == {"a.lp": 10.0}
    primal = (4.0 * 1.0 + 4.0 * 0.5 + 2.0 * 0.0) / 10.0
    dual = (2.0 * 1.0 + 2.0 * 1.0 + 4.0 * 0.5 + 2.0 * 0.0) / 10.0
    assert math.exp(score(solve, "primal-integral", best)) - 0.01 == pytest.approx(primal)
    assert math.exp(score(solve, "dual-integral", best)) - 0.01 == pytest.approx(dual)
    assert math.exp(score(solve_of(status="timelimit", bound=0.5), "gap", {})) - 0.01 == pytest.approx(0.5)
    assert math.exp(score(solve_of(time_s=3.0), "time", {})) == pytest.approx(4.0)
