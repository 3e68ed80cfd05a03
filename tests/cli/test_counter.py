"""What a terminal shows of long work."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from coplug.cli.counter import counter
from tests.conftest import INSTANCES

from .commands import COPLUG

TINY = str(INSTANCES / "setcover-tiny-0001.lp")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_count_and_time_below_the_lines():
    stream = Terminal()
    with counter("runs", 10, 4, stream) as shown:
        shown.done(5, "the [fifth] one")
    text = stream.getvalue()
    assert "the [fifth] one\n" in text
    assert "4/10" in text
    assert "5/10" in text
    assert "runs" in text
    assert "left" in text


def test_a_pipe_gets_the_lines_alone():
    stream = io.StringIO()
    with counter("runs", 10, 4, stream) as shown:
        shown.done(5, "the fifth one")
    assert stream.getvalue() == "the fifth one\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
@pytest.mark.parametrize(
    ("words", "unit"),
    [
        (("compare", TINY, "--policies", "none", "--seeds", "2", "--out", "a.csv"), "/2"),
        (("collect", "branching", TINY, "--samples", "1", "--probability", "1", "--out", "new"), "samples"),
    ],
)
def test_the_commands_show_it(tmp_path, words, unit):
    ours, theirs = os.openpty()
    process = subprocess.Popen([*COPLUG, *words], stdout=theirs, stderr=theirs, cwd=tmp_path)
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # how Linux says that the other side is gone
        pass
    os.close(ours)
    assert process.wait() == 0, seen
    assert unit in seen.decode()
    assert "left" in seen.decode()
