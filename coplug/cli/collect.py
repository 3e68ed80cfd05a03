"""``coplug collect``: expert samples to learn from."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from coplug.cli.options import Address, Backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coplug.contracts.policy import CandidateKind
    from coplug.scip.expert import Ties
    from coplug.training.journal import Episode

app = typer.Typer(help="Collect expert samples.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _collect() -> None:
    """Collect expert samples."""


@app.command()
def branching(
    instances: Annotated[list[Path], typer.Argument(help="Instance files or directories of them.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Directory of the samples; resumed if it has some.")
    ],
    samples: Annotated[int, typer.Option("--samples", "-n", min=1, help="How many to collect.")] = 1000,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes.")] = 1,
    backend: Backend = "local",
    address: Address = "",
    seed: Annotated[int, typer.Option(min=0, help="Root seed.")] = 0,
    probability: Annotated[float, typer.Option(help="Probability of asking the expert at a node.")] = 0.05,
    exploration: Annotated[str, typer.Option(help="SCIP's branching rule at all other nodes.")] = "pscost",
    candidates: Annotated[
        str, typer.Option(help="Which the expert scores: pseudo (all unfixed integers) or lp (fractional).")
    ] = "pseudo",
    max_candidates: Annotated[
        int, typer.Option(help="Score at most so many, drawn at each node; 0: all.")
    ] = 0,
    ranking: Annotated[
        str,
        typer.Option(
            "--ranking",
            "--shortlist",
            metavar="POLICY",
            help="Let this policy's ranking decide most of --max-candidates (once called --shortlist).",
        ),
    ] = "",
    trial_iterations: Annotated[
        int,
        typer.Option(
            help="End each of strong branching's trials after so many simplex iterations; 0: no limit."
        ),
    ] = 0,
    expert: Annotated[
        str, typer.Option(metavar="POLICY", help="Record and follow this policy instead of strong branching.")
    ] = "",
    ties: Annotated[
        str,
        typer.Option(
            help="Nodes whose candidates all score the same: record, skip, or score by the weight of their columns."
        ),
    ] = "record",
    settings: Annotated[
        str, typer.Option(help="SCIP's: gasse, default, permuted or ml4co, as in coplug compare.")
    ] = "gasse",
    actor: Annotated[
        str, typer.Option(metavar="POLICY", help="Policy that branches at all other nodes instead (DAgger).")
    ] = "",
    episode_time_limit: Annotated[float, typer.Option(metavar="S", help="Seconds for one episode.")] = 3600.0,
) -> None:
    """Record what strong branching would do, while solving instances drawn with replacement.

    A collection that was interrupted, by Ctrl-C or otherwise, continues with the same command, and loses at most the
    episodes it was in.
    """
    from coplug.parallel import Workers
    from coplug.scip.problem import find_instances
    from coplug.training.collect import CollectionSettings, collect, samples_so_far

    workers = Workers(jobs, backend, address)
    collection = CollectionSettings(
        instances=find_instances(instances),
        seed=seed,
        probability=probability,
        exploration=exploration,
        episode_time_limit_s=episode_time_limit,
        actor=actor,
        candidates=cast("CandidateKind", candidates),
        max_candidates=max_candidates,
        ranking=ranking,
        trial_iterations=trial_iterations,
        expert=expert,
        ties=cast("Ties", ties),
        protocol=settings,
    )
    try:
        with _shown(samples, out) as report:
            total = collect(collection, out, samples, jobs=workers, on_episode=report)
    except KeyboardInterrupt as interrupt:
        typer.echo(
            f"coplug: interrupted; {samples_so_far(out)} of {samples} samples are kept in {out}, the same command "
            "goes on from there",
            err=True,
        )
        raise typer.Exit(128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)) from None
    typer.echo(f"{out} holds {total} samples")


@contextmanager
def _shown(samples: int, out: Path) -> Iterator[Callable[[Episode, int], None]]:
    """Yield what is to be told of each episode: it shows the episode, and how many samples there are."""
    from coplug.cli.counter import counter
    from coplug.training.collect import samples_so_far

    start = time.monotonic()
    with counter("samples", samples, samples_so_far(out), sys.stdout) as shown:

        def report(episode: Episode, total: int) -> None:
            shown.done(
                total,
                f"{time.monotonic() - start:8.0f} s  {total} of {samples} samples  episode {episode.episode}: "
                f"{episode.samples} from {episode.instance}, {episode.nodes} nodes, {episode.time_s:.1f} s",
            )

        yield report
