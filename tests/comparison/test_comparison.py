from __future__ import annotations

import math

import pytest

import coplug
from coplug.comparison import Plan, objective_mismatches, read_runs, run_plan, summarise
from coplug.errors import OutputError, PolicyError, UsageError
from coplug.measurement import Entrant, Run, load_entrant, shifted_geometric_mean
from coplug.problems.milp.policies import load_policy
from tests.conftest import INSTANCES

TINY = str(INSTANCES / "setcover-tiny-0001.lp")
POLICY = "tests.scip.test_branching:Policy"


def run(instance="a", seed=0, policy="none", status="optimal", objective=1.0, nodes=10, time_s=1.0, **rest):
    return Run(
        instance, seed, policy, status, objective, 1.0, nodes, time_s, 0, rest.get("policy_time_s", 0.0), 0
    )


def test_the_library_compares_as_the_command_does(tmp_path):
    out, seen = tmp_path / "runs.csv", []
    runs = coplug.compare(str(TINY), ["none"], seeds=[4], out=out, settings="gasse", on_run=seen.append)
    for found in (runs, seen, read_runs(out)):
        assert [(run.seed, run.policy, run.status) for run in found] == [(4, "none", "optimal")]


def test_shifted_geometric_mean():
    assert shifted_geometric_mean([3.0, 3.0], 1.0) == pytest.approx(3.0)
    assert shifted_geometric_mean([0.0, 3.0], 1.0) == pytest.approx(math.sqrt(1 * 4) - 1)
    assert math.isnan(shifted_geometric_mean([], 1.0))


def test_summary_counts_wins_ratios_and_commonly_solved_nodes():
    runs = [
        run("a", 0, "none", time_s=3.0, nodes=100),
        run("a", 0, "p", time_s=1.0, nodes=300, policy_time_s=0.5),
        run("b", 0, "none", status="timelimit", time_s=7.0, nodes=10**6),
        run("b", 0, "p", time_s=3.0, nodes=50),
        run("c", 0, "none", time_s=2.0),
    ]
    none, policy = summarise(runs, ("none", "p"))
    assert (none.runs, none.solved, none.wins) == (2, 1, 0)
    assert (policy.solved, policy.wins) == (2, 2)
    assert none.time_s == pytest.approx(math.sqrt(4 * 8) - 1)
    assert policy.time_s == pytest.approx(math.sqrt(2 * 4) - 1)
    assert policy.time_ratio == pytest.approx(policy.time_s / none.time_s)
    assert (none.nodes, policy.nodes) == (pytest.approx(100), pytest.approx(300))
    assert policy.policy_share == pytest.approx(0.5 / 4.0)


def test_objectives_that_disagree_are_named():
    runs = [
        run(objective=100.0),
        run(seed=1, objective=100.00005),
        run(seed=2, status="timelimit", objective=120.0),
    ]
    assert objective_mismatches(runs) == []
    assert "a: optimal objectives" in objective_mismatches([*runs, run(seed=3, objective=100.01)])[0]


def test_runs_are_kept_and_continued(tmp_path):
    out = tmp_path / "runs.csv"
    plan = Plan((TINY,), ("none", POLICY), (0, 1), "gasse")
    first = run_plan(plan, out)
    assert len(first) == len(read_runs(out)) == 4
    assert {r.status for r in first} == {"optimal"}
    assert objective_mismatches(first) == []
    text = out.read_text()
    out.write_text(text[: text.rindex("\n", 0, -2) + 9])
    fresh = []
    again = run_plan(plan, out, on_run=fresh.append)
    assert len(fresh) == 1
    key = lambda r: (r.instance, r.seed, r.policy)  # noqa: E731
    assert [key(r) for r in sorted(again, key=key)] == [key(r) for r in sorted(first, key=key)]
    nodes = {key(r): r.nodes for r in first}
    assert all(nodes[key(r)] == r.nodes for r in again)


def test_the_gasse_protocol_holds_against_a_policys_own_settings():
    from coplug.scip.options import SolveOptions
    from coplug.scip.settings import gasse_protocol
    from coplug.scip.solve import open_model, prepare
    from tests.scip.test_branching import Bundle

    class Other(Bundle):
        scip_parameters = {"separating/maxrounds": 7, "separating/maxcuts": 3}  # noqa: RUF012

    from pathlib import Path

    with open_model(Path(TINY)) as model:
        prepare(model, SolveOptions(policy=Other(), parameters=gasse_protocol(4)))
        assert model.getParam("separating/maxrounds") == 0
        assert model.getParam("separating/maxcuts") == 3
        assert model.getParam("randomization/permutationseed") == 4
        assert model.getParam("timing/clocktype") == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"policies": ("none", "none")}, UsageError),
        ({"policies": ()}, UsageError),
        ({"policies": ("nosuch",)}, PolicyError),
        ({"seeds": ()}, UsageError),
        ({"protocol": "nosuch"}, UsageError),
        ({"time_limit_s": -1.0}, UsageError),
        ({"time_limit_s": math.nan}, UsageError),
    ],
)
def test_a_bad_plan_is_refused_before_anything_runs(change, error):
    with pytest.raises(error):
        Plan(**({"instances": (TINY,), "policies": ("none",), "seeds": (0,)} | change))


def test_a_foreign_file_is_not_overwritten(tmp_path):
    out = tmp_path / "precious.csv"
    out.write_text("my,own,table\n1,2,3\n")
    with pytest.raises(OutputError, match="choose another"):
        run_plan(Plan((TINY,), ("none",), (0,)), out)
    assert out.read_text() == "my,own,table\n1,2,3\n"
    out.write_text("a line")
    with pytest.raises(OutputError, match="choose another"):
        run_plan(Plan((TINY,), ("none",), (0,)), out)
    assert out.read_text() == "a line"


HEADER = "instance,seed,policy,status,objective,bound,nodes,time_s,policy_calls,policy_time_s,fallbacks,bound_integral"
ROW = "a.lp,0,none,optimal,1.5,1.5,10,2.25,0,0.0,0,nan"


def test_a_row_counts_when_its_line_has_an_end(tmp_path):
    out = tmp_path / "runs.csv"
    for cut in range(len(HEADER) + 2, len(HEADER) + len(ROW) + 2):
        out.write_text(f"{HEADER}\n{ROW}\n"[:cut])
        assert read_runs(out) == []
    out.write_bytes(f"{HEADER}\n{ROW}\n".encode() + "ü.lp".encode()[:1])
    (run,) = read_runs(out)
    assert (run.objective, run.nodes, run.time_s) == (1.5, 10, 2.25)
    for empty in ("", HEADER[:9], HEADER, HEADER + "\n"):
        out.write_text(empty)
        assert read_runs(out) == []


@pytest.mark.parametrize(
    "line",
    [
        ROW.replace("2.25", "2.2x"),
        ROW.replace("2.25", "nan"),
        ROW.replace("2.25", "-2.25"),
        ROW.replace("10", "1" + 30 * "0"),
        ROW.replace("10", "1.5e"),
        ROW.rpartition(",")[0],
        ROW + ",3",
        "",
        "\x00" * 40,
    ],
)
def test_a_damaged_row_is_named(tmp_path, line):
    out = tmp_path / "runs.csv"
    out.write_text(f"{HEADER}\n{ROW}\n{line}\n{ROW}\n")
    with pytest.raises(OutputError, match=r"runs.csv, line 3 is damaged \(.*\); delete the line") as caught:
        read_runs(out)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"protocol": 3}', b"\xff\xfe", b'{"a": ' + b"[" * 10**5])
def test_damaged_conditions_are_named(tmp_path, data):
    out = tmp_path / "runs.csv"
    out.write_text(f"{HEADER}\n{ROW}\n")
    (tmp_path / "runs.csv.conditions.json").write_bytes(data)
    with pytest.raises(OutputError, match=r"runs.csv.conditions.json is damaged"):
        run_plan(Plan((TINY,), ("none",), (0,)), out)


def test_runs_under_other_conditions_are_not_mixed(tmp_path):
    out = tmp_path / "runs.csv"
    run_plan(Plan((TINY,), ("none",), (0,), "gasse"), out)
    with pytest.raises(OutputError, match="was measured under"):
        run_plan(Plan((TINY,), ("none",), (0, 1), "default"), out)
    assert len(read_runs(out)) == 1


def test_settings_of_a_policy_without_it(tmp_path):
    plan = Plan((TINY,), ("none", "none@setcover-gcnn"), (0,))
    none, settings = run_plan(plan, tmp_path / "out.csv")
    assert (settings.policy, settings.policy_calls) == ("none@setcover-gcnn", 0)
    assert settings.objective == pytest.approx(none.objective)
    assert load_entrant("none@setcover-gcnn") == Entrant(None, load_policy("setcover-gcnn").scip_parameters)


def test_a_policy_under_the_settings_of_another(tmp_path):
    plan = Plan((TINY,), ("active-weights@setcover-gcnn",), (0,), keep_settings=False)
    (run,) = run_plan(plan, tmp_path / "out.csv")
    assert run.policy_calls > 0
    entrant = load_entrant("active-weights@setcover-gcnn")
    assert entrant.policy.name == "active-weights"
    assert entrant.parameters == load_policy("setcover-gcnn").scip_parameters


@pytest.mark.parametrize("owner", ["none", "auto", POLICY])
def test_settings_of_a_policy_that_brings_none_are_refused(owner):
    with pytest.raises(UsageError, match=f"{owner} brings no SCIP parameters"):
        Plan((TINY,), (f"none@{owner}",), (0,))
