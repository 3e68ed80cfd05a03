"""The page about environments of one's own, as it is written: its files, its checks, and its three trainings."""

import json
import re
import runpy
import sys

import pytest

from coplug.errors import UsageError
from coplug.evaluation.runs import evaluate_run
from coplug.training.train import train
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "howto" / "own-environment.md"
SHORT = {"epoch_steps": 1, "max_epochs": 1}
RECIPES = ("my-ppo", "my-alphazero", "my-gflownet")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the page has saved."""
    files = re.findall(r"this as `([\w.-]+)`.*?```\w+\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    for name, text in files:
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    for name, _ in files:
        sys.modules.pop(name.removesuffix(".py"), None)


def rows(folder, name):
    return [json.loads(line) for line in (folder / "runs" / name / "metrics.jsonl").read_text().splitlines()]


def test_its_parts_keep_their_contracts_and_can_be_trained(folder):
    runpy.run_path("check_mine.py")
    for name in RECIPES:
        train(f"{name}.toml", SHORT)
        (row,) = rows(folder, name)
        assert row["baseline_random"] < row["baseline_smith"]
        assert (folder / "runs" / name / "policy" / "model.safetensors").is_file()
    assert rows(folder, "my-ppo")[0]["baseline_smith"] < -3.0
    with pytest.raises(UsageError, match="says no architecture"):
        evaluate_run(folder / "runs" / "my-ppo")


@pytest.mark.slow
def test_all_three_learn(folder):
    for name in RECIPES:
        train(f"{name}.toml")
        metric = "valid_log_reward" if name == "my-gflownet" else "valid_return"
        found, at_random = rows(folder, name)[-1][metric], rows(folder, name)[0]["baseline_random"]
        best = rows(folder, name)[0]["baseline_smith"]
        assert 0.4 * at_random + 0.6 * best < found <= best + 1e-9
