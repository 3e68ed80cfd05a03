"""The environments are known to Gymnasium, whatever is imported first."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
