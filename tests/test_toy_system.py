"""A system from outside, installed by its entry points alone, through the real command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "toy_system"
METADATA = "Metadata-Version: 2.1\nName: bags\nVersion: 1.0\n"
CHECKS = """
from coplug.testing import check_env, check_family, check_problem
check_family("random_bags")
check_problem("bags", "bags/random_bags-tiny-0001.bag")
check_env("coplug/Packing-v0")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder on the path of packages that holds the package ``bags`` and what an installer would write."""
    folder = tmp_path_factory.mktemp("toy")
    shutil.copytree(SOURCE, folder / "site" / "bags", ignore=shutil.ignore_patterns("__pycache__"))
    installed = folder / "site" / "bags-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(METADATA)
    shutil.copy(SOURCE / "entry_points.txt", installed)
    run(folder, "generate", "random_bags", "--size", "tiny", "--count", "2", "--out", "bags")
    return folder


def run(folder, *words, module="coplug"):
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def solved(folder, *words):
    return json.loads(run(folder, "solve", "bags/random_bags-tiny-0001.bag", "--json", "-q", *words))


def test_its_instances_are_generated_and_solved_without_naming_the_problem(folder):
    assert sorted(path.name for path in (folder / "bags").iterdir()) == [
        "random_bags-tiny-0001.bag",
        "random_bags-tiny-0002.bag",
    ]
    document = solved(folder, "--tries", 3, "--seed", 5)
    assert (document["problem"], document["tries"], document["seed"]) == ("bags", 3, 5)
    assert 0 < document["objective"] <= document["bound"]
    out = run(
        folder, "solve", "bags/random_bags-tiny-0002.bag", "--problem", "bags", "--solution", "best.sol"
    )
    assert "search     20 tries" in out
    assert (folder / "best.sol").read_text().startswith("solution status: unknown\nobjective value: ")


def test_its_options_are_those_of_the_command(folder):
    text = run(folder, "solve", "--problem", "bags", "--help")
    assert "--tries N" in text
    assert "Random changes of the scores." in text
    assert "--gap" not in text


def test_its_policy_is_taken_by_its_name(folder):
    assert solved(folder, "--policy", "light-first", "--tries", 0)["policy"]["name"] == "light-first"


@pytest.mark.parametrize(
    ("kind", "name", "line"),
    [
        ("problems", "bags", "bags of items, packed by scores"),
        ("families", "random_bags", "Bags with values and weights"),
        ("policies", "light-first", "bags.policy:LightFirst"),
        ("envs", "coplug/Packing-v0", "Pack an item at each step"),
        ("recipes", "bag-linear", "scores of items"),
    ],
)
def test_its_names_are_listed_and_described(folder, kind, name, line):
    (listed,) = [row for row in run(folder, "list", kind).splitlines() if row.strip().startswith(name)]
    assert line in listed
    assert line.split()[0] in run(folder, "info", name)


def test_its_network_is_trained_and_solves(folder):
    out = run(folder, "train", "bag-linear", "--set", "max_epochs=2", "--out", "run")
    assert "policy: run/policy" in out
    document = solved(folder, "--policy", "run/policy", "--tries", 0)
    assert (document["policy"]["name"], document["policy"]["calls"]) == ("run/policy", 1)
    alone = solved(folder, "--policy", "light-first", "--tries", 0)
    assert document["objective"] >= alone["objective"]


def test_it_keeps_every_contract(folder):
    (folder / "checks.py").write_text(CHECKS)
    run(folder, module="checks")
