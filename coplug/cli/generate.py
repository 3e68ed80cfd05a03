"""``coplug generate``: write random instances of a family of programs or graphs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer


def generate(
    family: Annotated[
        str,
        typer.Argument(
            help="setcover, auctions, facilities, independent_set; of graphs: rb, special, erdos_renyi, "
            "barabasi_albert, watts_strogatz, holme_kim, collaboration_ego, social_ego; "
            "or an installed plugin's family."
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
            help="lp (default), mps, lp.gz or mps.gz; of graphs: g6 (default), col, edgelist, also with .gz.",
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
    from coplug.problems.graph_families import is_graph_family

    write = write_graphs if is_graph_family(family) else write_programs
    for line in write(
        family, count, seed, size, parse_parameters(parameters or []), out, file_format, overwrite
    ):
        typer.echo(line)


def write_programs(
    family: str,
    count: int,
    seed: int,
    size: str | None,
    parameters: dict[str, float | str],
    out: Path,
    file_format: str | None,
    overwrite: bool,
) -> Iterator[str]:
    """Write MILP instances; yield a line about each."""
    from coplug.problems.families import generate_instances
    from coplug.problems.milp_files import check_format, make_directory, write_instance

    file_format = file_format or "lp"
    check_format(file_format)
    series = generate_instances(family, count, seed, size, parameters)
    make_directory(out)
    for instance in series:
        path = out / f"{instance.name}.{file_format}"
        write_instance(instance, path, overwrite=overwrite)
        yield f"{path}  seed {instance.seed}, {instance.n_rows} rows, {instance.n_columns} columns"


def write_graphs(
    family: str,
    count: int,
    seed: int,
    size: str | None,
    parameters: dict[str, float | str],
    out: Path,
    file_format: str | None,
    overwrite: bool,
) -> Iterator[str]:
    """Write graphs; yield a line about each."""
    from coplug.graphs.formats.writing import check_graph_format, write_graph
    from coplug.problems.graph_families import generate_graphs
    from coplug.problems.milp_files import make_directory

    file_format = file_format or "g6"
    check_graph_format(file_format)
    series = generate_graphs(family, count, seed, size, parameters)
    make_directory(out)
    for drawn in series:
        path = out / f"{drawn.name}.{file_format}"
        write_graph(drawn.graph, path, overwrite=overwrite)
        yield f"{path}  seed {drawn.seed}, {drawn.graph.n_nodes} nodes, {drawn.graph.n_edges} edges"


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
