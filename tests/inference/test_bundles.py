from __future__ import annotations

import json

import pytest

import coplug
from coplug.errors import UsageError, WeightsError
from coplug.inference.bundles import ENVIRONMENT, bundles, policy_folders, policy_path, user_policies
from coplug.inference.policy import load_kernel_policy
from coplug.inference.weights import load_weights, new_config, save_weights
from coplug.inference.zoo import zoo_directory
from coplug.policy import available_policies, load_policy
from coplug.scip.problem import read_model
from coplug.scip.problem_structure import problem_metrics
from coplug.scip.ranges import fingerprint
from tests.conftest import INSTANCES

TINY = INSTANCES / "setcover-tiny-0001.lp"
SETTINGS = {"separating/maxrounds": 0, "presolving/maxrounds": 0}


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv(ENVIRONMENT, raising=False)


def metrics_of(path):
    model = read_model(path)
    try:
        return problem_metrics(model)
    finally:
        model.free()


def settings_bundle(folder, name="mine", **more):
    ranges = fingerprint([metrics_of(TINY)])
    traits = {"fingerprint": ranges, "fingerprint_of": "problem", "branches": False} | more
    save_weights(folder / name, {}, new_config("settings", {}, scip_parameters=SETTINGS, **traits))
    return folder / name


def test_folders_are_looked_into_in_their_order(monkeypatch, tmp_path):
    given, named = settings_bundle(tmp_path / "a"), settings_bundle(tmp_path / "b")
    settings_bundle(tmp_path / "b", "second")
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "b"))
    assert bundles("milp")["mine"].directory == named
    with policy_path([tmp_path / "a"]):
        found = bundles("milp")
        assert found["mine"].directory == given
        assert available_policies()["mine"] == f"--policy-path: {given}"
    assert available_policies()["second"] == f"{ENVIRONMENT}: {tmp_path / 'b' / 'second'}"
    assert found["setcover-gcnn"].is_shipped
    assert "mine" not in bundles("mis")


def test_a_policy_of_its_own_is_a_path_too(tmp_path):
    with policy_path([settings_bundle(tmp_path)]):
        assert load_policy("mine").name == "mine"


def test_what_is_installed_is_found():
    settings_bundle(user_policies(), "installed-one")
    assert available_policies()["installed-one"].startswith("installed: ")
    assert policy_folders()[-1] == (user_policies(), "installed")


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no such folder"), policy_path([tmp_path / "none"]):
        pass


def test_settings_alone_have_no_weights_and_are_set_before_presolving(tmp_path):
    folder = settings_bundle(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["config.json"]
    assert load_weights(folder)[0] == {}
    assert not load_kernel_policy(folder).branches
    log = tmp_path / "scip.log"
    report = coplug.solve(TINY, policy_path=[tmp_path], log=log)
    assert report.policy.name == "mine"
    assert report.policy.calls == 0
    assert report.status == "optimal"
    assert "SCIP's own branching, under its settings" in report.remarks
    assert "(round 1" not in log.read_text()


def test_drift_is_said_and_logged(tmp_path):
    folder = settings_bundle(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config["fingerprint"]["n_rows"] = [1000.0, 2000.0]
    (folder / "config.json").write_text(json.dumps(config))
    log = tmp_path / "policy.jsonl"
    for policy in ("auto", "mine"):
        report = coplug.solve(TINY, policy=policy, policy_path=[tmp_path], log_policy=log)
        assert "n_rows 200 is outside 1000 to 2000" in report.policy.drift
        assert any(line.startswith("drifted: ") for line in report.remarks)
    first, second = map(json.loads, log.read_text().splitlines())
    assert first["policy"]["name"] == "setcover-gcnn"
    assert second["policy"]["name"] == "mine"
    assert "n_rows" in first["policy"]["drift"]


def test_traits_of_settings_are_checked(tmp_path):
    folder = settings_bundle(tmp_path, fingerprint_of="nothing")
    with pytest.raises(WeightsError, match="fingerprint_of is 'nothing'; expected one of first-lp, problem"):
        load_kernel_policy(folder)
    folder = settings_bundle(tmp_path, branches="no")
    with pytest.raises(WeightsError, match="branches is 'no'; expected true or false"):
        load_kernel_policy(folder)


def test_the_zoo_is_what_it_was():
    assert {bundle.directory.parent for bundle in bundles("milp").values()} == {zoo_directory()}
