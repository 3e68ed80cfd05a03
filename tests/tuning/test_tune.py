from __future__ import annotations

import json
import shutil

import pyscipopt
import pytest
from typer.testing import CliRunner

import coplug
from coplug.cli import app
from coplug.durations import seconds, shown_duration
from coplug.errors import InstanceError, OutputError, UsageError
from coplug.scip.allowed_parameters import is_allowed
from coplug.scip.settings import apply_parameters, read_settings_file
from coplug.tuning.instances import usable_instances
from coplug.tuning.settings_file import write_settings
from coplug.tuning.solves import SolveTask, solve_once
from coplug.tuning.space import default_parameters, make_space
from tests.cli.commands import FEASIBLE, INFEASIBLE
from tests.conftest import INSTANCES

pytest.importorskip("optuna")

RUNNER = CliRunner()
TINY = INSTANCES / "independent_set-tiny-0001.lp"
NONLINEAR = "minimize\n obj: x\nsubject to\n q: [ x * x ] >= 2\ngeneral\n x\nend\n"
CONTINUOUS = "minimize\n obj: x\nsubject to\n c: x >= 2\nend\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "instances"
    folder.mkdir()
    for k in range(3):
        (folder / f"e{k}.lp").write_text(FEASIBLE.replace("1.5", f"{1.5 + k}"))
    return folder


def test_what_cannot_be_used_is_named_and_left_out(folder):
    (folder / "broken.lp").write_text("min")
    (folder / "nonlinear.lp").write_text(NONLINEAR)
    (folder / "continuous.lp").write_text(CONTINUOUS)
    found = usable_instances([folder])
    assert len(found.paths) == 3
    assert len(found.left_out) == 3
    text = " ".join(found.left_out)
    assert "not linear" in text
    assert "no integer variables" in text
    assert "broken.lp" in text


def test_the_same_file_under_two_names_counts_once(folder):
    (folder / "e9.lp").write_bytes((folder / "e0.lp").read_bytes())
    found = usable_instances([folder, folder])
    assert len(found.paths) == 3
    assert found.left_out == (f"{folder / 'e9.lp'} is the same file as {folder / 'e0.lp'}",)


def test_one_instance_is_too_few(tmp_path):
    shutil.copy(TINY, tmp_path)
    with pytest.raises(InstanceError, match="1 instance can be used; give at least 2"):
        usable_instances([tmp_path])


def test_the_command_writes_a_file_that_scip_reads(folder, tmp_path):
    out = tmp_path / "best.set"
    done = RUNNER.invoke(app, ["tune", str(folder), "--budget", "3s", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert f"{out}  (" in done.output
    model = pyscipopt.Model()
    read_settings_file(model, out)
    model.free()
    lines = (tmp_path / "best.set.solves.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["instances"].keys() == {"e0.lp", "e1.lp", "e2.lp"}


def test_the_same_call_goes_on(folder, tmp_path):
    seen = []
    first = coplug.tune(folder, tmp_path / "a.set", 2.0, on_solve=lambda *solve: seen.append(solve))
    assert seen
    n = len(seen)
    again = coplug.tune(folder, tmp_path / "a.set", 2.0, on_solve=lambda *solve: seen.append(solve))
    assert len(seen) == n
    assert again.settings == first.settings


def test_instances_that_have_changed_are_not_those_that_were_solved(folder, tmp_path):
    coplug.tune(folder, tmp_path / "a.set", 2.0)
    name = sorted(folder.iterdir())[0]
    name.write_text(name.read_text().replace("1", "2", 1))
    with pytest.raises(OutputError, match="other values of instances"):
        coplug.tune(folder, tmp_path / "a.set", 2.0)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["--budget", "soon"], UsageError, "such as 90s, 10m or 4h"),
        (["--budget", "0.01"], UsageError, "ends before 3 solves"),
        (["--objective", "beauty"], UsageError, "objective beauty is unknown"),
        (["--out", "best.txt"], UsageError, "ends in .set"),
        (["--time-limit", "-1"], UsageError, "--time-limit -1"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_writes_no_settings(folder, tmp_path, words, error, message):
    if "--out" not in words:
        words = [*words, "--out", str(tmp_path / "best.set")]
    done = RUNNER.invoke(app, ["tune", str(folder), *words])
    assert isinstance(done.exception, error)
    assert message in str(done.exception)
    assert not (tmp_path / "best.set").exists()


def test_a_foreign_file_is_not_overwritten(folder, tmp_path):
    out = tmp_path / "mine.set"
    out.write_text("lp/scaling = 0\n")
    with pytest.raises(OutputError, match="not of coplug tune"):
        coplug.tune(folder, out, 10.0)
    assert out.read_text() == "lp/scaling = 0\n"


def test_values_of_every_type_are_written_as_scip_reads_them(tmp_path):
    settings = {"conflict/enable": False, "lp/pricing": "d", "lp/scaling": 0, "branching/scorefac": 0.25}
    write_settings(tmp_path / "a.set", settings, ["a comment"])
    model = pyscipopt.Model()
    read_settings_file(model, tmp_path / "a.set")
    assert {name: model.getParam(name) for name in settings} == settings
    model.free()


def test_every_option_of_the_space_may_come_with_a_policy_and_is_accepted_by_scip():
    space = make_space()
    model = pyscipopt.Model()
    for options in space.groups.values():
        for settings in options.values():
            assert settings
            assert all(is_allowed(name) for name in settings)
            apply_parameters(model, settings)
    model.free()
    assert space.settings({}) == {}
    assert space.settings({"cuts": "root"}) == {"separating/maxrounds": 0}
    assert default_parameters()["separating/maxrounds"] == -1


def test_a_solve_says_where_its_time_went():
    solve = solve_once(SolveTask(str(TINY), 1, {"separating/maxrounds": 0}, 60.0, with_steps=True))
    assert solve.status == "optimal"
    shares = solve.shares
    assert shares.total == pytest.approx(solve.time_s, abs=0.02)
    assert shares.presolving + shares.root + shares.tree == pytest.approx(shares.total, abs=0.05)
    assert shares.each_heuristic
    assert solve.steps[-1][1] == solve.objective


def test_a_solve_that_ends_before_any_lp_has_shares_too():
    solve = solve_once(SolveTask(str(TINY), 0, limit_s=0.0))
    assert solve.status == "timelimit"
    assert solve.shares.lps == solve.shares.tree == 0.0


def test_an_infeasible_instance_is_settled(tmp_path):
    (tmp_path / "a.lp").write_text(INFEASIBLE)
    assert solve_once(SolveTask(str(tmp_path / "a.lp"), 0)).status == "infeasible"


def test_durations():
    assert [seconds(text) for text in ("90s", "10m", "1.5h", "2d", "7", 5.0)] == [90, 600, 5400, 172800, 7, 5]
    assert [shown_duration(s) for s in (12.4, 600.0, 14400.0)] == ["12 s", "10 min", "4.0 h"]
