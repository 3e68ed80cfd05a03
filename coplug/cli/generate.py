"""``coplug generate``: write random instances of a MILP family."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def generate(
    family: Annotated[
        str,
        typer.Argument(
            help="setcover, auctions, facilities, independent_set, or an installed plugin's family."
        ),
    ],
    parameters: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Parameters that differ from the size, such as n_rows=200."),
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many instances.")] = 1,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Directory for the files; created if missing.")
    ] = Path(),
    seed: Annotated[int, typer.Option(min=0, help="Root seed; each instance gets its own from it.")] = 0,
    size: Annotated[
        str | None, typer.Option(help="tiny, or easy, medium, hard as in the literature; easy if not given.")
    ] = None,
    file_format: Annotated[str, typer.Option("--format", help="lp, mps, lp.gz or mps.gz.")] = "lp",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that have other content.")
    ] = False,
) -> None:
    """Write random instances of a MILP family, such as setcover-easy-0001.lp.

    The same command gives the same bytes on every run. A file that is already there with other content is
    replaced only under --overwrite.
    """
    from coplug.problems.families import generate_instances
    from coplug.problems.milp_files import check_format, make_directory, write_instance

    check_format(file_format)
    series = generate_instances(family, count, seed, size, parse_parameters(parameters or []))
    make_directory(out)
    for instance in series:
        path = out / f"{instance.name}.{file_format}"
        write_instance(instance, path, overwrite=overwrite)
        typer.echo(f"{path}  seed {instance.seed}, {instance.n_rows} rows, {instance.n_columns} columns")


def parse_parameters(texts: list[str]) -> dict[str, float | str]:
    """Split ``KEY=VALUE`` texts.

    Raises
    ------
    UsageError
        If a text has no key or no ``=``, or a key comes twice.
    """
    from coplug.errors import UsageError

    parameters: dict[str, float | str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise UsageError(f"{text!r} is no parameter; write KEY=VALUE, such as n_rows=200")
        if key in parameters:
            raise UsageError(f"parameter {key!r} is given twice; give it once")
        parameters[key] = value
    return parameters
