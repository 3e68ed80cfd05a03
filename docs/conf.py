"""Sphinx configuration; the command-line page is made from ``--help`` at build time, so it cannot go stale."""

import subprocess
import sys
from pathlib import Path

from sphinx.application import Sphinx

import coplug

project = "coplug"
author = "the coplug authors"
release = coplug.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
suppress_warnings = ["docutils", "ref.python"]  # numpy-style sections that docutils reads in its own way

COMMANDS = ("solve", "generate", "collect branching", "train", "compare", "list", "info", "doctor")


def write_cli_page(app: Sphinx) -> None:
    """Write ``reference/cli.md`` from the help of each command."""
    parts = ["# Command line\n"]
    for command in COMMANDS:
        arguments = [sys.executable, "-m", "coplug", *command.split(), "--help"]
        text = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
        parts.append(f"## coplug {command}\n\n```text\n{text.replace('python -m coplug', 'coplug')}```\n")
    (Path(app.srcdir) / "reference" / "cli.md").write_text("\n".join(parts), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register the hook; called by Sphinx."""
    app.connect("builder-inited", write_cli_page)
