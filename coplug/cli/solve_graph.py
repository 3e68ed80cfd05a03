"""The part of ``coplug solve`` that is about graphs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

from coplug.cli.solve_display import make_display
from coplug.graphs.formats.reading import read_graph
from coplug.problems.mis.options import GraphOptions, GraphResult, Progress
from coplug.problems.mis.output import document_of, write_solution
from coplug.problems.mis.solve import solve_graph
from coplug.report import check_solution_path
from coplug.warm_up import warm_up_graphs


def solve_graph_file(
    file: Path, problem: str, options: GraphOptions, solution: Path | None, *, as_json: bool, quiet: bool
) -> None:
    """Read, solve, show and write.

    Parameters
    ----------
    file : Path
        A graph.
    problem : str
        ``mis``, ``vertex-cover`` or ``clique``.
    options : GraphOptions
    solution : Path or None
        Where to write the set.
    as_json, quiet : bool
        What to print.

    Raises
    ------
    CoplugError
        If a file or an option cannot be used.
    """
    if solution is not None:
        check_solution_path(solution)
    display = make_display(quiet=quiet, stream=sys.stderr if as_json else sys.stdout)
    warm_up_graphs(options.method, on_slow=display.compiling)
    read = read_graph(file)
    if not quiet:
        for note in read.notes:
            typer.echo(f"coplug: {file}: {note}", err=True)

    def show(progress: Progress) -> None:
        display.show(progress_line(progress))

    with display:
        result = solve_graph(problem, read.graph, options, show)
    display.close(summary_lines(result))
    document = document_of(file, problem, read, options, result)
    if solution is not None:
        write_solution(solution, document)
    if as_json:
        typer.echo(json.dumps(document, allow_nan=False))
    if result.signal is not None:
        raise typer.Exit(128 + result.signal)


def progress_line(progress: Progress) -> str:
    """Return one line about a running solve."""
    return (
        f"{progress.time_s:7.1f} s  {progress.phase}  objective {progress.objective}  bound {progress.bound}"
    )


def summary_lines(result: GraphResult) -> list[str]:
    """Return the lines that close a solve."""
    gap = "inf" if result.gap is None else f"{100.0 * result.gap:.2f} %"
    return [
        f"status     {result.status}",
        f"objective  {result.objective}  ({result.sense})",
        f"bound      {result.bound}",
        f"gap        {gap}",
        f"kernel     {result.kernel_nodes} nodes, {result.kernel_edges} edges after reductions",
        f"search     {result.steps} steps of local search",
        f"time       {result.time_s:.2f} s",
    ]
