"""``coplug compare``: policies against each other on the same instances and seeds."""

from __future__ import annotations

import itertools
import math
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coplug.cli.options import Address, Backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from coplug.comparison import Plan, Summary, ValueSummary
    from coplug.measurement import Run


def compare(
    instances: Annotated[list[Path], typer.Argument(help="Instance files or directories of them.")],
    policies: Annotated[
        str,
        typer.Option(
            help="Comma-separated; the first is the reference. NAME@OWNER: NAME, or none, under OWNER's settings."
        ),
    ] = "none,auto",
    problem: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Kind of problem; may be left out where the files can be of one only."
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, 0, 1, 2, ...")] = 5,
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV of all runs; continued if it exists.")] = Path(
        "compare.csv"
    ),
    settings: Annotated[
        str,
        typer.Option(
            help="default: SCIP as it comes; permuted: its rows and columns permuted by seed; gasse: cuts at the root, "
            "no restarts, permuted by seed; ml4co: no heuristics, no restarts, time counts from the first branching."
        ),
    ] = "default",
    time_limit: Annotated[
        float | None,
        typer.Option(
            metavar="S", help="Seconds for each run: CPU time of models, 3600; of other problems 10."
        ),
    ] = None,
    keep_settings: Annotated[
        bool,
        typer.Option("--keep-settings", help="Leave SCIP's parameters alone even if a policy brings some."),
    ] = False,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Of the problem, such as budget=50; may be repeated. Not for models."
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="OUT.png|.svg|.html", help="Draw what coplug report draws, of these policies."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes; 1 for times to trust.")] = 1,
    backend: Backend = "local",
    address: Address = "",
) -> None:
    """Solve each instance under each seed with the policies in turn.

    Models are compared by CPU time and nodes, other problems by the values reached in equal time. Ctrl-C keeps all
    finished runs and prints the table so far; the same command goes on from there.

    Exit status 1 if runs with a proof disagree about an instance.
    """
    from coplug.comparison import make_plan, objective_mismatches, run_plan, runs_so_far
    from coplug.comparison.account import account_of, check_report_path, write_account
    from coplug.parallel import Workers

    if plot is not None:
        check_report_path(plot, "--plot")
    plan = make_plan(
        instances,
        [name.strip() for name in policies.split(",") if name.strip()],
        problem=problem,
        seeds=seeds,
        settings=settings,
        time_limit=time_limit,
        keep_settings=keep_settings,
        options=_words(option or []),
    )
    try:
        with _shown(plan, out) as show:
            runs = run_plan(plan, out, jobs=Workers(jobs, backend, address), on_run=show)
    except KeyboardInterrupt as interrupt:
        runs = runs_so_far(plan, out)
        _print_table(plan, runs)
        typer.echo(
            f"coplug: interrupted; {len(runs)} of {plan.n_runs} runs are kept in {out}, the same command goes on "
            "from there",
            err=True,
        )
        raise typer.Exit(128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)) from None
    _print_table(plan, runs)
    if plot is not None:
        write_account(account_of(out, plan.policies), plot)
    mismatches = objective_mismatches(runs)
    for line in mismatches:
        typer.echo(f"coplug: {line}", err=True)
    if mismatches:
        raise typer.Exit(1)


def _words(pairs: Sequence[str]) -> dict[str, str]:
    """Return options of a problem by their words."""
    from coplug.key_values import split_pairs

    given = split_pairs(pairs, what="--option", form="NAME=VALUE", example="budget=50")
    return {name.removeprefix("--").replace("-", "_"): text for name, text in given.items()}


@contextmanager
def _shown(plan: Plan, out: Path) -> Iterator[Callable[[Run], None]]:
    """Yield what is to be told of each run: it shows the run, and how many are finished."""
    from coplug.cli.counter import counter
    from coplug.comparison import runs_so_far

    finished = len(runs_so_far(plan, out))
    numbers = itertools.count(finished + 1)
    with counter("runs", plan.n_runs, finished, sys.stdout) as shown:
        yield lambda run: shown.done(next(numbers), run_line(run))


def run_line(run: Run) -> str:
    """Return a run as a line."""
    nodes = f", {run.nodes} nodes" if run.nodes else ""
    value = "no solution" if math.isnan(run.objective) else f"objective {run.objective:.10g}"
    return f"{run.instance}  seed {run.seed}  {run.policy}: {run.status}, {run.time_s:.2f} s{nodes}, {value}"


def _print_table(plan: Plan, runs: Sequence[Run]) -> None:
    from coplug.comparison import summarise, summarise_values
    from coplug.contracts.problem import PROBLEMS
    from coplug.measurement import MILP

    if plan.problem == MILP:
        lines = summary_table(summarise(runs, plan.policies))
    else:
        sense = PROBLEMS.load(plan.problem).sense or "min"
        lines = value_table(summarise_values(runs, plan.policies, sense))
    for line in lines:
        typer.echo(line)


def summary_table(summaries: list[Summary]) -> list[str]:
    """Return the table of means as lines."""
    columns = (
        ("time s", 8),
        ("ratio", 6),
        ("nodes", 9),
        ("ratio", 6),
        ("wins", 5),
        ("solved", 9),
        ("policy", 7),
    )
    rows = [
        [
            s.policy,
            _number(s.time_s, ".2f"),
            _number(s.time_ratio, ".3f"),
            _number(s.nodes, ".1f"),
            _number(s.node_ratio, ".3f"),
            str(s.wins),
            f"{s.solved}/{s.runs}",
            f"{100 * s.policy_share:.2f}%",
        ]
        for s in summaries
    ]
    n_without = sum(s.without_optimum for s in summaries)
    which = "1 run ended" if n_without == 1 else f"{n_without} runs ended"
    note = f"{which} infeasible or unbounded: neither solved nor among the means of nodes"
    return [*_table(columns, rows), *([note] if n_without else [])]


def value_table(summaries: list[ValueSummary]) -> list[str]:
    """Return the table of values as lines."""
    columns = (("value", 12), ("short of best", 13), ("best", 9), ("proved", 9), ("time s", 8))
    rows = [
        [
            s.policy,
            _number(s.value, ".3f"),
            "-" if math.isnan(s.shortfall) else f"{100 * s.shortfall:.3f}%",
            f"{s.best}/{s.runs}",
            f"{s.proved}/{s.runs}",
            _number(s.time_s, ".2f"),
        ]
        for s in summaries
    ]
    return _table(columns, rows)


def _number(value: float, form: str) -> str:
    return "-" if math.isnan(value) else format(value, form)


def _table(columns: Sequence[tuple[str, int]], rows: list[list[str]]) -> list[str]:
    """Return a head and the rows, the first cell to the left, the others to the right of their columns."""
    width = max(len("policy"), *(len(row[0]) for row in rows))
    names, sizes = zip(*columns, strict=True)
    return [
        f"{first:<{width}}  " + " ".join(f"{cell:>{size}}" for cell, size in zip(cells, sizes, strict=True))
        for first, *cells in (["policy", *names], *rows)
    ]
