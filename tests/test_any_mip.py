"""What is computed of measurements of races, and how settings are chosen of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))  # scripts import each other by name

import any_mip_instances
import any_mip_parts
import any_mip_table
import choose_portfolio

OTHERS = [row["name"] for row in choose_portfolio.CANDIDATES]


def test_primal_integral_is_the_area_under_the_gap():
    steps = [(2.0, 20.0), (5.0, 10.0)]
    # gap 1 for 2 s, 0.5 for 3 s, then 0
    assert any_mip_parts.primal_integral(steps, 10.0, 30.0) == pytest.approx(3.5)
    assert any_mip_parts.primal_integral([], 10.0, 30.0) == pytest.approx(30.0)
    assert any_mip_parts.primal_integral([(40.0, 10.0)], 10.0, 30.0) == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("objective", "best", "gap"), [(-5.0, 5.0, 1.0), (0.0, 0.0, 0.0), (0.0, 4.0, 1.0), (-8.0, -10.0, 0.2)]
)
def test_primal_gap(objective, best, gap):
    assert any_mip_parts.primal_gap(objective, best) == pytest.approx(gap)


def test_rows_that_are_there_are_not_measured_again(tmp_path, capsys):
    path = tmp_path / "rows.csv"
    rows = any_mip_instances.Rows(path, ("instance", "seed"))
    rows.add({"instance": "a", "seed": 0, "time_s": 1.5})
    again = any_mip_instances.Rows(path, ("instance", "seed"))
    assert again.has(instance="a", seed=0)
    assert not again.has(instance="a", seed=1)
    again.add({"instance": "a", "seed": 1, "time_s": 2.5})
    assert path.read_text() == "instance,seed,time_s\na,0,1.5\na,1,2.5\n"
    assert capsys.readouterr().out.startswith("instance a, seed 0")


def test_instances_to_choose_on_are_others_than_those_to_judge_on(tmp_path):
    chosen_on = {name for _, name, _ in any_mip_instances.training_set(1, tmp_path)}
    judged_on = {
        next(any_mip_instances.draw(name, kind.judge, any_mip_instances.JUDGE_SEED, tmp_path))[0]
        for name, kind in any_mip_instances.KINDS.items()
    }
    assert len(chosen_on) == len(judged_on) == len(any_mip_instances.KINDS) >= 12
    assert not chosen_on & judged_on


def times(**special):
    """Return the times on two instances: 9 s under all settings but the special ones."""
    base = dict.fromkeys((choose_portfolio.AS_IT_COMES, choose_portfolio.ANOTHER_SEED, *OTHERS), 9.0)
    return {
        name: base | {setting: found[k] for setting, found in special.items()} for k, name in enumerate("ab")
    }


def test_settings_are_chosen_that_complement_each_other():
    first, second, third = OTHERS[:3]
    found = times(**{first: (4.0, 19.0), second: (4.5, 19.0), third: (30.0, 1.0)})
    kinds = {"a": "kind a", "b": "kind b"}
    # third: 10 to 2 s on b; then first: 10 to 5 s on a; second adds nothing to first
    assert choose_portfolio.greedy(found, kinds) == [third, first]
    assert choose_portfolio.ratio(found, kinds, [third, first]) == pytest.approx((0.2 * 0.5) ** 0.5)
    assert choose_portfolio.alone(found, kinds, first) == pytest.approx((0.5 * 2.0) ** 0.5)


def test_a_run_at_its_limit_counts_with_the_limit_and_incomplete_instances_do_not_count():
    names = [choose_portfolio.AS_IT_COMES, choose_portfolio.ANOTHER_SEED, *OTHERS]
    rows = [
        {"kind": "k", "instance": "a", "setting": name, "status": "timelimit", "time_s": "39.2"}
        for name in names
    ]
    rows.append({"kind": "k", "instance": "b", "setting": OTHERS[0], "status": "optimal", "time_s": "1"})
    kinds, found = choose_portfolio.times_of(rows)
    assert kinds == {"a": "k"}
    assert found == {"a": dict.fromkeys(names, choose_portfolio.TIME_LIMIT_S)}


def race_rows(one, race, two, statuses=("optimal", "optimal", "optimal")):
    methods = ("one", "race", "two seeds")
    same = {"kind": "max_cut", "instance": "a", "seed": "0", "objective": "5", "winner": "hardlp"}
    return [
        {**same, "method": m, "status": s, "time_s": str(t)}
        for m, t, s in zip(methods, (one, race, two), statuses, strict=True)
    ]


def test_table_of_races(capsys):
    cells = any_mip_table.complete(race_rows(31.0, 15.0, 23.0), ("one", "race", "two seeds"))
    any_mip_table.print_race(cells)
    printed = capsys.readouterr().out
    assert "| all | 1 | 31.00 | 23.00 | 15.00 | 0.48 | 0.65 | 1/1/1 |" in printed
    assert "| one takes over 20 s | 1 |" in printed
    assert "| max_cut | 1 |" in printed
    assert "| files |" not in printed
    assert "0 of 1 pairs" in printed
    assert "hardlp 1" in printed


def test_another_status_or_optimum_is_a_contradiction():
    rows = race_rows(1.0, 1.0, 1.0, ("optimal", "infeasible", "timelimit"))
    methods = ("one", "race", "two seeds")
    assert any_mip_table.contradictions(any_mip_table.complete(rows, methods)) == 1
    rows = race_rows(1.0, 1.0, 1.0)
    rows[1]["objective"] = "5.1"
    assert any_mip_table.contradictions(any_mip_table.complete(rows, methods)) == 1
