"""``coplug solve``: solve one instance."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from coplug.scip.settings import ParameterValue

GRAPH_PROBLEMS = ("mis", "vertex-cover", "clique")
PROBLEMS = ("milp", *GRAPH_PROBLEMS)


def solve(
    file: Annotated[
        Path,
        typer.Argument(
            help="Instance: .lp .mps .cip .opb; a graph: .g6 .s6 .col .clq .mtx .edgelist .gml .graphml. "
            "Each also with .gz."
        ),
    ],
    problem: Annotated[
        str, typer.Option(help="Kind of problem: milp; mis, vertex-cover, clique of a graph.")
    ] = "milp",
    policy: Annotated[
        str,
        typer.Option(
            help="auto, none, a name from `coplug list policies`, a directory, or package:object. "
            "For graphs: auto, none, greedy, exact, a comparator's name or directory."
        ),
    ] = "auto",
    keep_settings: Annotated[
        bool,
        typer.Option("--keep-settings", help="Leave SCIP's parameters alone even if the policy brings some."),
    ] = False,
    time_limit: Annotated[float | None, typer.Option(metavar="S", help="Seconds.")] = None,
    gap: Annotated[
        float | None, typer.Option(metavar="G", help="Stop at this relative gap, such as 0.01.")
    ] = None,
    node_limit: Annotated[int | None, typer.Option(metavar="N", help="Branch-and-bound nodes.")] = None,
    mem_limit: Annotated[
        float | None, typer.Option(metavar="MB", help="Memory of SCIP, and of a graph's complement, in MB.")
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Shift of SCIP's random seeds; seed of a local search.")
    ] = 0,
    parameters: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A SCIP parameter; may be repeated."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--set", metavar="FILE.set", help="SCIP settings file.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option(metavar="FILE.sol", help="Start; may leave variables out.")
    ] = None,
    solution: Annotated[
        Path | None, typer.Option(metavar="OUT.sol|.json", help="Where to write the solution.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
    log: Annotated[Path | None, typer.Option(metavar="FILE", help="Where SCIP writes its log.")] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and --json).")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop if the policy fails; no fall-back to SCIP.")
    ] = False,
) -> None:
    """Solve an instance with SCIP and a learned branching policy, or a problem on a graph.

    Exit status: 0 the run ended with a known status (a limit too), 1 it could not run, 2 usage,
    130 or 143 interrupted, with the incumbent kept.
    """
    from coplug.errors import UsageError
    from coplug.scip.solve import SolveOptions

    if problem not in PROBLEMS:
        raise UsageError(f"--problem {problem} is unknown; choose from {', '.join(PROBLEMS)}")
    if problem in GRAPH_PROBLEMS:
        refuse_for_graphs(
            {
                "--gap": gap,
                "--node-limit": node_limit,
                "-p": parameters,
                "--set": settings,
                "--start": start,
                "--log": log,
                "--keep-settings": keep_settings,
                "--strict": strict,
            }
        )
        from coplug.cli.solve_graph import solve_graph_file
        from coplug.problems.mis.options import GraphOptions

        asked = GraphOptions(method=policy, time_limit_s=time_limit, memory_limit_mb=mem_limit, seed=seed)
        solve_graph_file(file, problem, asked, solution, as_json=as_json, quiet=quiet)
        return
    options = SolveOptions(
        time_limit_s=time_limit,
        gap=gap,
        node_limit=node_limit,
        memory_limit_mb=mem_limit,
        seed=seed,
        parameters=parse_parameters(parameters or []),
        settings_file=settings,
        start=start,
        solution=solution,
        log=log,
        keep_settings=keep_settings,
        strict=strict,
    )

    from coplug.cli.solve_display import make_display
    from coplug.policy import load_policy
    from coplug.scip.solve import solve as run
    from coplug.warm_up import warm_up

    display = make_display(quiet=quiet, stream=sys.stderr if as_json else sys.stdout)
    chosen = load_policy(policy)

    def make_ready() -> None:
        if chosen is not None:
            warm_up(chosen, on_slow=display.compiling)

    with display:
        result = run(file, chosen, options, display.update if display.live else None, make_ready)
    display.summary(result)
    if as_json:
        typer.echo(json.dumps(result.document, allow_nan=False))
    if result.signal is not None:
        raise typer.Exit(128 + result.signal)


def refuse_for_graphs(given: dict[str, object]) -> None:
    """See that no option was given that only ``--problem milp`` has.

    Raises
    ------
    UsageError
        If one was.
    """
    from coplug.errors import UsageError

    for name, value in given.items():
        if value is not None and value is not False:
            raise UsageError(f"{name} is for --problem milp; leave it out for a graph")


def parse_parameters(texts: list[str]) -> dict[str, ParameterValue]:
    """Split ``NAME=VALUE`` texts; SCIP's own types are applied later.

    Raises
    ------
    UsageError
        If a text has no ``=`` or no name.
    """
    from coplug.errors import UsageError

    parsed: dict[str, ParameterValue] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"-p {text}: expected NAME=VALUE, such as limits/time=60")
        parsed[name.strip()] = value.strip()
    return parsed
