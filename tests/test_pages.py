"""What the README and the tutorial say works when it is pasted; commands on other pages exist as they are written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from typing import NamedTuple

import pytest
import typer.main

from coplug.cli import app
from coplug.cli.search import searches
from coplug.cli.solve import solve_app
from coplug.errors import UsageError
from tests.conftest import ROOT

PASTED = ("README.md", "docs/tutorial.md")
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    if "_build" not in path.parts
)
USAGE_ERROR = typer.BadParameter.__mro__[1]
"""Of the copy of click that typer carries."""

SET_UP = ("python3 -m venv", ". .venv", "pip install", "make ")
"""Commands that make the environment in which the tests run."""

SLOW = ("Train one",)


class Block(NamedTuple):
    language: str
    text: str


def sections(page):
    """Yield the headings of a page, each with the blocks of code under it."""
    for part in re.split(r"^## ", (ROOT / page).read_text(), flags=re.MULTILINE):
        found = re.findall(r"^```(\w+)\n(.*?)^```", part, flags=re.MULTILINE | re.DOTALL)
        yield part.splitlines()[0], [Block(*block) for block in found if block[0] in ("sh", "python")]


def pasted():
    for page in PASTED:
        for heading, blocks in sections(page):
            if blocks:
                marks = [pytest.mark.slow] if heading in SLOW else []
                yield pytest.param(blocks, id=f"{page}: {heading}", marks=marks)


@pytest.fixture
def checkout(tmp_path):
    """A folder with the shipped instances, and commands called coplug and python."""
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    (tmp_path / "bin").mkdir()
    for name, words in (("coplug", "-m coplug"), ("python", "")):
        command = tmp_path / "bin" / name
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words} "$@"\n')
        command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("blocks", list(pasted()))
def test_what_is_pasted_works(blocks, checkout):
    environment = os.environ | {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"}
    for block in blocks:
        if block.language == "python":
            words = ["python", "-c", block.text]
            for name in re.findall(r"^class (\w+)", block.text, flags=re.MULTILINE):
                (checkout / "my_policy.py").write_text(block.text)  # as the tutorial says of this class
                assert name == "MostFractional"
        else:
            words = ["sh", "-ec", "".join(wanted_lines(block.text))]
        done = subprocess.run(
            words, cwd=checkout, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"


def wanted_lines(text):
    return [line for line in text.splitlines(keepends=True) if not line.startswith(SET_UP)]


def commands(page):
    """Yield the words of every coplug command in the shell blocks of a page."""
    for _, blocks in sections(page):
        for block in blocks:
            for line in block.text.replace("\\\n", " ").splitlines() if block.language == "sh" else ():
                for command in re.split(r"[;|]|&&|\s>\s", line.split(" #")[0]):
                    words = shlex.split(command)
                    if words[:1] == ["coplug"] and not words[1].startswith("-"):
                        yield words[1:]


@pytest.mark.parametrize("page", PAGES)
def test_commands_have_the_options_that_pages_give_them(page):
    faults = {" ".join(words): fault(words) for words in commands(page)}
    faults = {words: said for words, said in faults.items() if said and "does not exist" not in said}
    assert not faults  # but for files that the reader has


def fault(words):
    """Let a command read its words, run nothing, and return what it says about them."""
    try:
        command, words = command_of(words)
        command.make_context(command.name, list(words))
    except (USAGE_ERROR, UsageError) as error:
        return str(error)
    return ""


def command_of(words):
    """Return the command that reads the words in the end, and the words that it reads."""
    if words[0] == "solve":
        return typer.main.get_command(solve_app(words[1:])), words[1:]
    command = typer.main.get_command(searches() if words[0] == "search" else app)
    words = words[words[0] == "search" :]
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize(
    ("words", "message"),
    [(["solve", "--nosuch", "a.lp"], "No such option"), (["generate", "--count", "x"], "valid integer")],
)
def test_what_a_command_does_not_have_is_found(words, message):
    assert message in fault(words)


@pytest.mark.parametrize("page", PAGES)
def test_python_on_pages_compiles(page):
    for _, blocks in sections(page):
        for block in blocks:
            if block.language == "python":
                compile(block.text, page, "exec")
