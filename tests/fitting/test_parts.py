from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coplug.errors import InstanceError, OutputError, UsageError
from coplug.families import family_names, generate_instances
from coplug.fitting.decision import decide
from coplug.fitting.known import known_structures, taken_by
from coplug.fitting.look import Look
from coplug.fitting.plan import ENDS, end_s, plan_lines
from coplug.fitting.rounds import open_round
from coplug.fitting.split import largest_kind, split
from coplug.fitting.state import State
from coplug.measurement import Run
from coplug.problems.milp.files import PROGRAMS
from coplug.scip.build import build_model
from coplug.scip.problem_structure import problem_metrics
from coplug.scip.ranges import fingerprint
from coplug.scip.time_shares import TimeShares
from coplug.tuning.solves import Solve

NAMES = ("scip", "settings", "policy")


def metrics_of(family, count=2, size="tiny", seed=3):
    found = []
    for drawn in generate_instances(family, count, seed, size):
        model = build_model(drawn.instance)
        found.append(problem_metrics(model))
        model.free()
    return found


def test_a_split_is_whole_disjoint_and_the_same_anywhere():
    paths = [f"/a/i{k}.lp" for k in range(30)]
    parts = split(paths, 0)
    assert sorted((*parts.train, *parts.validation, *parts.test)) == sorted(paths)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (15, 6, 9)
    elsewhere = split([f"/b/i{k}.lp" for k in reversed(range(30))], 0)
    assert [p.rpartition("/")[2] for p in elsewhere.test] == [p.rpartition("/")[2] for p in parts.test]
    assert split(paths, 1).test != parts.test


def test_what_taught_in_an_earlier_round_never_judges():
    before = [f"/a/i{k}.lp" for k in range(20)]
    first = split(before, 0)
    taught = {*first.train, *first.validation}
    assert split(before, 0, taught) == first
    paths = [*before, *(f"/a/j{k}.lp" for k in range(10))]
    second = split(paths, 0, taught)
    assert not taught & set(second.test)
    assert sorted((*second.train, *second.validation, *second.test)) == sorted(paths)
    with pytest.raises(InstanceError, match="learned from all but 1 of these"):
        split([*taught, paths[-1]], 0, taught)


def test_instances_of_another_kind_are_found():
    metrics = dict(zip("abc", metrics_of("setcover", 3), strict=True)) | {"x": metrics_of("auctions", 1)[0]}
    kept, others = largest_kind(metrics)
    assert kept == ["a", "b", "c"]
    assert len(others) == 1
    assert others[0].startswith("x is of another kind than most: ")
    assert " is outside " in others[0]


def test_what_the_fingerprint_of_a_group_takes_belongs_to_it():
    shares = {"a": 0.0, "b": 0.04, "c": 0.08, "d": 0.15}
    metrics = {name: {"x_share": share, "y_share": share} for name, share in shares.items()}
    assert largest_kind(metrics) == ([*shares], [])
    metrics["e"] = {"x_share": 0.9, "y_share": 0.0}
    assert largest_kind(metrics) == (
        [*shares],
        ["e is of another kind than most: x_share 0.9 is outside 0 to 0.275"],
    )


@pytest.mark.parametrize("family", family_names(PROGRAMS))
def test_a_learned_fingerprint_takes_no_other_family_and_nothing_of_miplib(family):
    known = [m for name, m in known_structures()["families"].items() if name.startswith(f"{family}-easy")]
    taken = taken_by(fingerprint(known))
    assert taken.miplib == ()
    assert taken.families == (family,)


def runs(settings, policy=None, n=8, **more):
    rng = np.random.default_rng(0)
    made = []
    for k in range(n):
        base = 5.0 + 10.0 * rng.random()
        factors = {"scip": 1.0, "settings": settings} | ({} if policy is None else {"policy": policy})
        for name, factor in factors.items():
            status = "timelimit" if (name, k) == more.get("lost") else "optimal"
            objective = 2.0 if (name, k) == more.get("wrong") else 1.0
            time_s = base * factor * float(np.exp(more.get("noise", 0.02) * rng.normal()))
            made.append(Run(f"i{k // 2}.lp", k % 2, name, status, objective, 1.0, 5, time_s, 0, 0.0, 0))
    return made


def test_the_smallest_thing_that_is_better_beyond_the_noise_ships():
    assert decide(runs(0.6, 0.3), NAMES).winner == "policy"
    assert decide(runs(0.6, 0.6), NAMES).winner == "settings"
    assert decide(runs(0.6), NAMES[:2]).winner == "settings"
    assert decide(runs(1.0, 0.99, noise=0.3), NAMES).winner == "scip"
    assert decide(runs(1.2, 0.5), NAMES).winner == "policy"


def test_what_an_earlier_round_ships_stays_where_nothing_is_better():
    def made(settings, earlier, **more):
        named = {"policy": "earlier"}
        return [
            replace(run, policy=named.get(run.policy, run.policy)) for run in runs(settings, earlier, **more)
        ]

    names = ("scip", "settings", "earlier")
    assert decide(made(1.0, 0.4), names).winner == "earlier"
    assert decide(made(0.6, 0.4), names).winner == "earlier"
    assert decide(made(0.4, 0.6), names).winner == "settings"
    assert decide(made(1.0, 1.2), names).winner == "scip"
    few = decide(made(0.4, 0.6, n=2), names)
    assert (few.winner, few.is_made) == ("scip", False)


def test_two_instances_that_differ_much_are_not_sure():
    loud = [
        Run(f"i{k}.lp", seed, name, "optimal", 1.0, 1.0, 5, time_s, 0, 0.0, 0)
        for k, factor in enumerate((0.9, 0.5))
        for seed in range(4)
        for name, time_s in (("scip", 10.0), ("settings", 10.0 * factor))
    ]
    decision = decide(loud, NAMES[:2])
    assert decision.settings.high < 1.0
    assert decision.winner == "scip"


def test_a_proof_that_there_is_no_solution_can_be_lost_too():
    made = [
        replace(run, status="infeasible", objective=float("nan")) if run.policy == "scip" else run
        for run in runs(0.5, lost=("settings", 0))
        if run.instance == "i0.lp"
    ]
    rest = [run for run in runs(0.5) if run.instance != "i0.lp"]
    lost = [replace(run, status="timelimit") if run.policy == "settings" else run for run in made]
    assert "loses 2 runs" in decide([*lost, *rest], NAMES[:2]).reason


def test_what_loses_a_solved_instance_does_not_ship():
    assert decide(runs(0.6, 0.3, lost=("policy", 3)), NAMES).winner == "settings"
    decision = decide(runs(0.6, lost=("settings", 3)), NAMES[:2])
    assert decision.winner == "scip"
    assert "loses 1 runs" in decision.reason


def test_runs_that_disagree_or_are_few_decide_for_scip():
    assert "disagree" in decide(runs(0.5, wrong=("settings", 2)), NAMES[:2]).reason
    assert "too few" in decide(runs(0.5, n=2), NAMES[:2]).reason


def test_a_state_goes_on_under_the_same_conditions_alone(tmp_path):
    state = State(tmp_path, {"seed": 0})
    assert state.begin("look", 3.0) == 3.0
    assert state.finish("look", {"n": 1}, 5.0) == {"n": 1}
    again = State(tmp_path, {"seed": 0})
    assert again.result("look") == {"n": 1}
    assert again.begin("look", 9.0) == 3.0
    assert again.spent_s == 5.0
    with pytest.raises(OutputError, match="other --seed"):
        State(tmp_path, {"seed": 1})
    assert State(tmp_path, {"seed": 0}).result_as("look", dict) == {"n": 1}
    with pytest.raises(OutputError, match="damaged"):
        State(tmp_path, {"seed": 0}).result_as("look", int)
    for text in ('{"conditions": null}', '{"conditions": {"seed": 0}, "spent_s": "much"}', "{}"):
        (tmp_path / "state.json").write_text(text)
        with pytest.raises(OutputError, match="damaged"):
            State(tmp_path, {"seed": 0})
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(OutputError, match="damaged"):
        State(tmp_path, {"seed": 0})


def test_rounds_follow_each_other(tmp_path):
    with pytest.raises(UsageError, match="no fit to go on from"):
        open_round(tmp_path, True, {})
    first = open_round(tmp_path, False, {}).folder
    state = State(first, {"seed": 0})
    state.finish("settings", {"choice": {"cuts": "root"}}, 1.0)
    state.finish("choice", {}, 2.0)
    state.note_taught(["a", "b"])
    assert open_round(tmp_path, True, {"seed": 0}).folder == first  # not decided yet
    assert open_round(tmp_path, True, {"seed": 1}).folder.name == "round-02"
    state.finish("decision", {}, 3.0)
    (first / "samples" / "train").mkdir(parents=True)
    assert open_round(tmp_path, False, {"seed": 0}).folder == first
    second = open_round(tmp_path, True, {"seed": 0})
    assert second.folder.name == "round-02"
    assert second.first == ({"cuts": "root"},)
    assert second.samples == (first / "samples" / "train",)
    assert second.taught == {"a", "b"}


def solve(tree, nodes, status="optimal", seed=0, time_s=10.0):
    shares = TimeShares(time_s, 1.0, time_s - 1.0 - tree, tree, separation=2.0)
    return Solve("a.lp", seed, status, "min", 1.0, 1.0, nodes, time_s, time_s, 60.0, shares)


def test_a_look_says_whether_branching_is_worth_learning():
    assert Look((solve(8.0, 500),)).branching_pays
    assert not Look((solve(0.5, 500),)).branching_pays
    assert not Look((solve(8.0, 3),)).branching_pays
    look = Look((solve(8.0, 500), solve(8.0, 500, seed=1, time_s=21.0)))
    assert look.share("tree") == pytest.approx(16.0 / 31.0)
    assert look.spread == pytest.approx(np.exp(np.std(np.log([11.0, 22.0]), ddof=1)))
    assert "no run is solved" in " ".join(Look((solve(8.0, 5, "timelimit"),)).lines())


def test_the_plan_spends_the_budget():
    assert list(ENDS.values()) == sorted(ENDS.values())
    assert list(ENDS.values())[-1] == 1.0
    assert len(plan_lines(1800.0)) == len(ENDS)
    assert end_s("choice", 70.0, 100.0) == 78.0
    assert end_s("choice", 80.0, 100.0) == pytest.approx(85.5)
    assert end_s("decision", 99.0, 100.0) == 100.0
    assert end_s("settings", 10.0, 100.0, with_policy=False) == 80.0


def chosen(tmp_path, monkeypatch, times, budget_s=1e9):
    """Choose with simulated runs: seconds of each entrant on each pair."""
    from coplug.fitting import measure
    from tests.tuning.simulated import Clock

    clock = Clock(budget_s)

    def run_once(conditions, path, seed, name):
        time_s = min(times[name][seed], conditions.time_limit_s)
        clock.add(time_s)
        status = "optimal" if time_s == times[name][seed] else "timelimit"
        return Run(path, seed, name, status, 1.0, 1.0, 5, time_s, 0, 0.0, 0)

    monkeypatch.setattr(measure, "run_once", run_once)
    named = {name: name for name in times}
    rows = measure.Rows(tmp_path / "choice.csv", 60.0, named, clock, lambda run: None)
    names = [name for name in times if name != "settings"]
    return measure.choose(rows, names, "settings", [("a.lp", 0), ("a.lp", 1)]), clock.spent_s


def test_the_fastest_is_chosen_also_where_time_ends_within_a_pair(tmp_path, monkeypatch):
    times = {"settings": (10.0, 10.0), "small": (8.0, 8.0), "fast": (4.0, 4.0), "slow": (50.0, 50.0)}
    assert chosen(tmp_path / "a", monkeypatch, times)[0] == "fast"
    assert chosen(tmp_path / "b", monkeypatch, times, 20.0)[0] == "small"  # the others had no time
    assert chosen(tmp_path / "c", monkeypatch, times, 5.0)[0] == ""
    slow, spent_s = chosen(tmp_path / "d", monkeypatch, {"settings": (10.0, 10.0), "slow": (50.0, 50.0)})
    assert slow == "settings"
    assert spent_s < 10.0 + 15.0  # its run was ended as soon as it had lost
