"""The environments are known to Gymnasium, whatever is imported first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from coplug.catalogue import catalogue
from coplug.envs.registration import ENVIRONMENTS

CODE = """
{imports}
environment = gymnasium.make({name!r})
print(environment.spec.id, gymnasium.__spec__.loader.__class__.__name__)
"""


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ("import gymnasium", "coplug:coplug/Branching-v0"),
        ("import coplug\nimport gymnasium", "coplug:coplug/Branching-v0"),
        ("import coplug\nimport gymnasium", "coplug/Branching-v0"),
        ("import coplug.ecole, gymnasium.spaces, gymnasium", "coplug/Branching-v0"),
        ("import gymnasium\nimport coplug.envs", "coplug/Branching-v0"),
    ],
)
def test_an_environment_is_made_by_its_name(imports, name):
    code = CODE.format(imports=imports, name=name)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "coplug/Branching-v0 SourceFileLoader\n", done.stderr


def test_coplug_alone_does_not_import_gymnasium():
    code = "import sys, coplug; print('gymnasium' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_registering_imports_no_environment_and_nothing_heavy():
    code = (
        "import sys, coplug.envs; print([name for name in sys.modules if name.startswith(('coplug.envs.scip', "
        "'coplug.envs.extremal', 'pyscipopt', 'numba', 'torch', 'matplotlib'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


TOY = """
import gymnasium
import numpy as np


class Toy(gymnasium.Env):
    \"""A toy of somebody else.\"""

    observation_space = action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        return np.int64(0), {}


class Toys(gymnasium.vector.VectorEnv):
    def __init__(self, num_envs):
        self.num_envs = num_envs
"""

ENTRY_POINTS = """
[coplug.environments]
Toy-v0 = toy:Toy
Gone-v0 = nosuch.module:Gone
Branching-v0 = toy:Toy
Not an id = toy:Toy
NoClass-v0 = toy

[coplug.vector_environments]
Toy-v0 = toy:Toys
Lonely-v0 = toy:Toys
Branching-v0 = toy
"""

MAKING = """
import multiprocessing
import gymnasium
import coplug


def make(_):
    return gymnasium.make("coplug/Toy-v0").unwrapped.__class__.__name__


if __name__ == "__main__":
    print(make(0), gymnasium.make("coplug:coplug/Toy-v0").reset())
    print(gymnasium.make_vec("coplug/Toy-v0", num_envs=3).num_envs)
    print(gymnasium.spec("coplug/Branching-v0").entry_point)
    print(sorted(name for name in gymnasium.registry if name.startswith("coplug/")))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(make, [0]))
"""


LEFT_OUT = (
    "environment NoClass-v0 (toy) is left out: 'toy' is no package.module:class",
    "environment Not an id (toy:Toy) is left out: Malformed environment ID: coplug/Not an id. (Currently all IDs must "
    "be of the form [namespace/](env-name)-v(version). (namespace is optional))",
    "two packages offer 'Branching-v0' in coplug.environments: coplug.envs.scip.branching:BranchingEnv is taken, "
    "toy:Toy is left out",
    "vector environment Branching-v0 (toy) is left out: 'toy' is no package.module:class",
    "vector environment Lonely-v0 (toy:Toys) is left out: no environment has this name",
)


@pytest.fixture
def somebodys_package(tmp_path, monkeypatch):
    """A package with a good environment and some that cannot be had, on the path of processes that are started."""
    metadata = tmp_path / "toy-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    (tmp_path / "toy.py").write_text(TOY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


def test_environments_of_another_package_are_registered_or_left_out_with_a_warning(somebodys_package):
    script = somebodys_package / "making.py"
    script.write_text(MAKING)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    made, vector, own, ids, spawned = done.stdout.splitlines()
    assert made == "Toy (np.int64(0), {})"
    assert vector == "3"
    assert own == "coplug.envs.scip.branching:BranchingEnv"
    assert "coplug/Toy-v0" in ids
    assert "Not" not in ids
    assert "NoClass" not in ids
    assert spawned == "['Toy']"
    left_out = Counter(line for line in done.stderr.splitlines() if "is left out" in line)
    assert left_out == dict.fromkeys(LEFT_OUT, 2)  # once here, and once in the process that was spawned


def test_an_environment_that_cannot_be_imported_is_listed_with_the_reason(somebodys_package, monkeypatch):
    monkeypatch.syspath_prepend(str(somebodys_package))
    lines = catalogue("envs")
    assert lines["coplug/Gone-v0"].startswith(
        "environment 'Gone-v0' (nosuch.module:Gone) cannot be imported: "
    )
    assert lines["coplug/Toy-v0"] == "A toy of somebody else."
    assert lines["coplug/Branching-v0"].startswith("Choose the variable")


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS.names()))
def test_what_is_listed_of_an_environment_is_plain_text(name):
    summary = ENVIRONMENTS.load(name).__doc__.splitlines()[0]
    assert summary.endswith(".")
    assert ":class:" not in summary
