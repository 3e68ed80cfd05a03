"""``coplug generate``: write random instances of a family of programs or graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from coplug.cli.options import completed


class GenerateCommand(TyperCommand):
    """Names the families below its options; what is installed is looked up only for that."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the names."""
        from coplug.families import FAMILIES

        formatter.write_paragraph()
        formatter.write_text(f"Families: {', '.join(FAMILIES.names())}")


def generate(
    family: Annotated[
        str,
        typer.Argument(
            help="Such as setcover or rb; `coplug list families` has all.",
            autocompletion=completed("families"),
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
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Suffix of the files, such as mps.gz or col; lp if not given, g6 of graphs.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that have other content.")
    ] = False,
) -> None:
    """Write random instances of a family, such as setcover-easy-0001.lp or rb-easy-0001.g6.

    The same command gives the same bytes on every run. A file that is already there with other content is
    replaced only under --overwrite.
    """
    from coplug.families import generate_instances, load_family
    from coplug.files import make_directory, write_atomically
    from coplug.key_values import split_pairs

    kind = load_family(family).draws
    file_format = file_format or kind.formats[0]
    kind.check_format(file_format)
    chosen = split_pairs(parameters or [], what="parameter", example="n_rows=200")
    series = generate_instances(family, count, seed, size, chosen)
    make_directory(out)
    for drawn in series:
        path = out / f"{drawn.name}.{file_format}"
        write_atomically(path, kind.render(drawn.instance, file_format), overwrite=overwrite)
        typer.echo(f"{path}  seed {drawn.seed}, {kind.summary(drawn.instance)}")
