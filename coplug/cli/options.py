"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Backend = Annotated[
    str, typer.Option(metavar="local|ray|dask", help="Where the processes run: here, or on a cluster.")
]
Address = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        help="Of the cluster for --backend, which must have the same files; Ray: or auto.",
    ),
]

RAW = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Context settings of a command that takes every word as it is, ``--help`` too."""
