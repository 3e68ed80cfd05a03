"""The command line as a process that tests talk to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TextIO

SHOWS_EVERY_LINE = """
from coplug.cli import main
from coplug.cli.display import PlainDisplay
PlainDisplay.interval_s = 0.0
main()
"""
"""``coplug`` that prints every line of progress, not one every few seconds."""


def start_showing_every_line(*words: object) -> subprocess.Popen[str]:
    """Start ``coplug`` with these words and pipes for what it prints."""
    return subprocess.Popen(
        [sys.executable, "-c", SHOWS_EVERY_LINE, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_line(stream: TextIO, wanted: Callable[[str], bool]) -> None:
    """Read lines until one is wanted; the test's time limit bounds the wait, and the end of output fails it."""
    seen = []
    for line in stream:
        seen.append(line)
        if wanted(line):
            return
    raise AssertionError("the wanted line never came:\n" + "".join(seen[-20:]))
