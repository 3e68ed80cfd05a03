"""What a shell is offered, as it asks."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .commands import run

CODE = "from coplug.cli import main; import sys; sys.argv[0] = 'coplug'; main()"


def offered(words):
    environment = os.environ | {
        "_COPLUG_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "some"),
    [
        ("coplug com", {"compare"}),
        ("coplug solve --gap", {"--gap"}),
        ("coplug solve --problem mis --unw", {"--unweighted"}),
        ("coplug solve --problem ver", {"vertex-cover"}),
        ("coplug solve --policy set", {"setcover-gcnn"}),
        ("coplug solve --problem mis --policy gre", {"greedy"}),
        ("coplug search extremal --meth", {"--method"}),
        ("coplug list fam", {"families"}),
        ("coplug info setcover-g", {"setcover-gcnn"}),
        ("coplug generate watts", {"watts_strogatz"}),
        ("coplug train hyper", {"hypergrid-gflownet"}),
        ("coplug solve --problem nosuch --p", set()),
    ],
)
def test_names_and_options_are_completed(words, some):
    assert set(offered(words)) == some


def test_h_is_help_everywhere():
    for words in ((), ("solve",), ("search",), ("search", "extremal"), ("collect", "branching"), ("list",)):
        short = run(*words, "-h")
        assert short.returncode == 0, short.stderr
        assert short.stdout == run(*words, "--help").stdout


def test_generate_names_every_family():
    text = " ".join(run("generate", "--help").stdout.split())
    families = run("list", "families").stdout.splitlines()
    assert len(families) >= 15
    assert all(line.split()[0] in text for line in families)


def test_policies_stand_below_their_problems():
    lines = run("list", "policies").stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "clique, mis, vertex-cover:",
        "contextual-lp:",
        "extremal:",
        "influence:",
        "knapsack:",
        "milp:",
        "power:",
        "precoding:",
        "routing:",
    ]
