from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import coplug
from coplug.cli import app
from coplug.errors import InstanceError, OutputError, UsageError, WeightsError
from coplug.families import generate_instances
from coplug.fitting import decision
from coplug.fitting.bundle import copy_folder, installed, save_bundle
from coplug.inference.bundles import user_policies
from coplug.policy import load_policy
from coplug.problems.milp.files import write_instance
from coplug.tuning.lock import alone
from tests.cli.commands import FEASIBLE

pytest.importorskip("optuna")

RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "instances"
    folder.mkdir()
    for k in range(6):
        (folder / f"e{k}.lp").write_text(FEASIBLE.replace("1.5", f"{1.5 + k / 2}"))
    return folder


def test_scip_as_it_comes_may_be_best(folder, tmp_path):
    out = tmp_path / "mine"
    done = RUNNER.invoke(app, ["fit", str(folder), "--out", str(out), "--budget", "6s"])
    assert done.exit_code == 0, done.output
    assert "SCIP as it comes is best" in done.output
    assert "there is little to branch on" in done.output
    card = (out / "README.md").read_text()
    assert "Where the time went" in card
    assert "None ship, after " in card
    assert "Fingerprint" not in card
    assert not (out / "config.json").exists()
    solves = (tmp_path / "mine.fit" / "round-01" / "solves.jsonl").read_bytes()
    again = coplug.fit(folder, out, "6s")
    assert again.decision.winner == "scip"
    assert (tmp_path / "mine.fit" / "round-01" / "solves.jsonl").read_bytes() == solves


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["--budget", "never"], UsageError, "such as 90s, 10m or 4h"),
        (["--budget", "0.01"], UsageError, "ends before 3 solves"),
        (["--objective", "beauty"], UsageError, "objective beauty is unknown"),
        (["--continue"], UsageError, "no fit to go on from"),
        (["--seed", "99999999999999999999"], UsageError, "the seed 99999999999999999999 is out of range"),
        (["--out", "."], UsageError, "--out .: expected a folder"),
        (["--out", "none"], UsageError, "--out none: expected a folder"),
    ],
)
def test_what_cannot_be_asked_is_one_line(folder, tmp_path, words, error, message):
    done = RUNNER.invoke(app, ["fit", str(folder), "--out", str(tmp_path / "mine"), *words])
    assert isinstance(done.exception, error), done.output
    assert message in str(done.exception)
    assert not (tmp_path / "mine").exists()


def test_a_folder_of_one_file_or_of_something_else_is_refused(folder, tmp_path):
    one = tmp_path / "one"
    one.mkdir()
    (one / "a.lp").write_text(FEASIBLE)
    with pytest.raises(InstanceError, match="1 instance can be used; give at least 5"):
        coplug.fit(one, tmp_path / "mine", "10s")
    out = tmp_path / "other"
    out.mkdir()
    (out / "thesis.tex").write_text("mine")
    with pytest.raises(OutputError, match="not of coplug fit"):
        coplug.fit(folder, out, "10s")
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]
    (tmp_path / "other.fit").mkdir()
    with pytest.raises(OutputError, match=r"holds thesis\.tex, which coplug fit did not write"):
        coplug.fit(folder, out, "10s")
    assert (out / "thesis.tex").read_text() == "mine"


def test_two_fits_of_one_policy_at_a_time_are_one_too_many(folder, tmp_path):
    work = tmp_path / "mine.fit"
    work.mkdir()
    with (
        alone(work / "lock", tmp_path / "mine"),
        pytest.raises(OutputError, match="another process is at work"),
    ):
        coplug.fit(folder, tmp_path / "mine", "6s")
    assert not (tmp_path / "mine").exists()
    assert [path.name for path in work.iterdir()] == ["lock"]


def test_a_round_that_cannot_decide_leaves_the_earlier_policy_and_says_what_is_installed(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    out, said = tmp_path / "mine", []
    coplug.fit(folder, out, "6s", install=True, say=said.append)
    assert "nothing to install" in said[-1]
    with pytest.raises(WeightsError, match="holds no policy: its fit"):
        load_policy(str(out))
    settings = {"separating/maxrounds": 0}
    save_bundle(out, None, settings, {}, {"seed": 0})
    monkeypatch.setattr(decision, "LEAST_RUNS", 1000)
    fitted = coplug.fit(folder, out, "7s", install=True, go_on=True, say=said.append)
    assert "too few to decide by" in fitted.decision.reason
    assert fitted.settings == settings
    assert fitted.installed == user_policies() / "mine"
    assert load_policy("mine").scip_parameters == settings
    report = tmp_path / "mine.fit" / "round-02" / "report"
    assert "too few to decide by" in (report / "README.md").read_text()
    assert json.loads((report / "decision.json").read_text())["winner"] == "scip"


def test_instances_of_several_kinds_are_too_few_of_one(folder, tmp_path):
    for family in ("setcover", "auctions", "independent_set"):
        for drawn in generate_instances(family, 1, 0, "tiny"):
            write_instance(drawn.instance, folder / f"{drawn.name}.lp")
    for k in (3, 4, 5):
        (folder / f"e{k}.lp").unlink()
    with pytest.raises(InstanceError, match="of several kinds"):
        coplug.fit(folder, tmp_path / "mine", "10s")


def test_a_bundle_is_installed_where_auto_looks(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "fitted"
    settings = {"separating/maxrounds": 0}
    save_bundle(folder, None, settings, {"n_rows": (1.0, 5.0)}, {"seed": 0})
    target = installed(folder)
    copy_folder(folder, target)
    assert target == user_policies() / "fitted"
    policy = load_policy("fitted")
    assert policy.scip_parameters == settings
    assert policy.fingerprint_of == "problem"
    assert json.loads((target / "config.json").read_text())["fitted"] == {"seed": 0}
    copy_folder(folder, target)
    assert [path.name for path in user_policies().iterdir()] == ["fitted"]


@pytest.mark.slow
def test_a_fit_of_set_covers_is_faster_and_found_by_auto(tmp_path):
    folder = tmp_path / "instances"
    folder.mkdir()
    for drawn in generate_instances("setcover", 10, 0, "tiny", {"n_rows": 300, "n_columns": 600}):
        write_instance(drawn.instance, folder / f"{drawn.name}.lp.gz")
    fitted = coplug.fit(folder, tmp_path / "covers", "150s", time_limit=20.0)
    assert fitted.decision.winner in ("settings", "policy")
    assert fitted.decision.settings.value < 0.8
    assert fitted.spent_s <= 1.05 * 150.0
    (drawn,) = generate_instances("setcover", 1, 99, "tiny", {"n_rows": 300, "n_columns": 600})
    write_instance(drawn.instance, tmp_path / "next.lp")
    report = coplug.solve(tmp_path / "next.lp", policy_path=[tmp_path])
    assert report.policy.name == "covers"


def test_without_torch_a_line_says_so(monkeypatch):
    from coplug.fitting import branching

    monkeypatch.setattr(branching, "find_spec", lambda name: None)
    assert "settings alone without it" in branching.missing_torch()


def test_without_optuna_a_line_says_so_before_anything_is_written(folder, tmp_path, monkeypatch):
    from coplug.tuning import proposals

    monkeypatch.setattr(proposals, "find_spec", lambda name: None)
    for call in (coplug.fit, coplug.tune):
        with pytest.raises(UsageError, match="tuning needs Optuna"):
            call(folder, tmp_path / "new.set", "5s")
    assert [path.name for path in tmp_path.iterdir()] == ["instances"]
