"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

Backend = Annotated[
    str, typer.Option(metavar="local|ray|dask", help="Where the processes run: here, or on a cluster.")
]
Address = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        help="Address of the cluster for --backend, whose workers see the same files; auto for a Ray that runs here.",
    ),
]

HELP_FLAGS = ("-h", "--help")


def completed(*kinds: str) -> Callable[[str], list[str]]:
    """Return what a shell completes a name with: those of some kinds of the catalogue, or the kinds themselves."""

    def begun(incomplete: str) -> list[str]:
        from coplug.catalogue import KINDS, catalogue

        names = [name for kind in kinds for name in catalogue(kind)] if kinds else list(KINDS)
        return [name for name in names if name.startswith(incomplete)]

    return begun


RAW = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Context settings of a command that takes every word as it is, ``--help`` too."""
