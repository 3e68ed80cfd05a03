"""Running the real command line in a process of its own."""

from __future__ import annotations

import subprocess
import sys

COPLUG = [sys.executable, "-m", "coplug"]

FEASIBLE = (
    "minimize\n obj: x + y\nsubject to\n c: x + y >= 1.5\nbounds\n x <= 3\n y <= 3\ngeneral\n x y\nend\n"
)
INFEASIBLE = "minimize\n obj: x\nsubject to\n c: x >= 2\nbinary\n x\nend\n"
UNBOUNDED = "minimize\n obj: - x\nsubject to\n c: x - y >= 0\ngeneral\n x y\nend\n"
PATH = "p edge 4 3\ne 1 2\ne 2 3\ne 3 4\n"


def run(*words, **options):
    """Run a command to its end; its output is text."""
    return subprocess.run([*COPLUG, *map(str, words)], capture_output=True, text=True, check=False, **options)


def assert_one_line(done, status):
    """See that a command said in one line why it ended so."""
    assert done.returncode == status, done.stderr
    assert done.stderr.startswith("coplug: ")
    assert done.stderr.count("\n") == 1
