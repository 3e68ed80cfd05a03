"""The directive ``coplug-help``: the ``--help`` of every command of coplug, read when the pages are built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.testing import CliRunner

from coplug.cli import app as commands
from coplug.solving import problems, searched_problems

WIDTH = 84


def _paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command; of a group of commands, only those of its members."""
    members = getattr(command, "commands", {})
    if not members:
        yield path
    for name, member in members.items():
        yield from _paths(member, (*path, name))


def _problem_paths() -> Iterator[tuple[str, ...]]:
    """Yield the words of the commands whose options are those of a problem."""
    yield from (("solve", "--problem", name) for name in problems())
    yield from (("search", name) for name in searched_problems())


def _help(path: tuple[str, ...]) -> str:
    result = CliRunner().invoke(commands, [*path, "--help"], prog_name="coplug", terminal_width=WIDTH)
    if result.exit_code != 0:
        raise RuntimeError(f"coplug {' '.join(path)} --help failed: {result.output}")
    return result.output.rstrip()


class CoplugHelp(SphinxDirective):
    """A section for each command, with its help as it is printed."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        sections: list[nodes.Node] = [self._section((), _help(()))]
        sections += [self._section(path, _help(path)) for path in _paths(typer.main.get_command(commands))]
        sections += [self._section(path, _help(path)) for path in _problem_paths()]
        return sections

    def _section(self, path: tuple[str, ...], text: str) -> nodes.section:
        words = ("coplug", *path)
        section = nodes.section(ids=["-".join(words)], names=[" ".join(words)])
        section += nodes.title(text=" ".join(words))
        section += nodes.literal_block(text, text, language="text")
        return section


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive; called by Sphinx."""
    app.add_directive("coplug-help", CoplugHelp)
    # The pages depend on the code of the commands, which Sphinx does not watch: read this page on every build.
    app.connect("env-get-outdated", lambda _app, _env, _added, _changed, _removed: ["reference/cli"])
    return {"parallel_read_safe": True}
