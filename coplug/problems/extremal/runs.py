"""A search with its folder: what was found before is gone on from, what is found is kept."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from coplug.errors import InstanceError, OutputError, UsageError
from coplug.files import write_atomically
from coplug.graphs.graph import Graph
from coplug.problems.extremal.archive import Archive, read_archive
from coplug.problems.extremal.certificate import certificate
from coplug.problems.extremal.graph import FlipGraph, checked_lengths
from coplug.problems.extremal.guide import Counted, Guide, Uniform, load_guide
from coplug.problems.extremal.known import proved
from coplug.problems.extremal.methods import EitherWalk, guide_of, method_of
from coplug.problems.extremal.options import ExtremalOptions
from coplug.problems.extremal.search import Curriculum, Outcome, Search, Standing, checked_nodes
from coplug.report import OnProgress, PolicyUse, Progress, Report, Stop, relative_gap

logger = logging.getLogger(__name__)

ARCHIVE_NAME = "archive.g6"
WRITE_EVERY_S = 2.0
"""A better graph of some size is on the disk after so long at the latest, if walks are shorter."""


@dataclass(frozen=True)
class ExtremalInstance:
    """What to search for.

    Attributes
    ----------
    nodes : int
        Of the graph.
    lengths : tuple of int
        Forbidden lengths of cycles, ascending.
    graphs : list of Graph
        To start from, of any sizes.
    """

    nodes: int
    lengths: tuple[int, ...]
    graphs: list[Graph]


def make_instance(options: ExtremalOptions, file: Path | None = None) -> ExtremalInstance:
    """Return what the options ask for, with the graphs to start from: of a file, of the archives.

    The folder's archive belongs to its forbidden lengths: graphs of another search that have such cycles are skipped
    and named in a warning.

    Raises
    ------
    UsageError
        If nodes, lengths, or method and guide together are out of range.
    InstanceError
        If an archive cannot be read.
    """
    own = _graphs(file, options.lengths) if file is not None else []
    if file is not None and not own:
        raise InstanceError(f"{file} holds no graph to start from; expected lines of graph6")
    nodes = own[-1].n_nodes if options.nodes is None and own else options.nodes
    if nodes is None:
        raise UsageError("the number of nodes is not given; say it with --nodes")
    lengths = checked_lengths(options.lengths, checked_nodes(nodes))
    method_of(options.method, guide_for(options))
    path = options.out / ARCHIVE_NAME
    sources = [path] if path.exists() else []
    sources += [options.from_archive] if options.from_archive is not None else []
    others = [graph for source in sources for graph in _graphs(source, lengths)]
    return ExtremalInstance(nodes, lengths, own + others)


def guide_for(options: ExtremalOptions) -> Guide:
    """Return the guide that the options name, or that their method takes."""
    found = load_guide(guide_of(options.method)) if options.policy is None else options.policy
    return cast("Guide", found)


def run(
    instance: ExtremalInstance,
    options: ExtremalOptions,
    progress: OnProgress | None = None,
    stop: Stop = bool,
) -> Report:
    """Search, and write what was found.

    Parameters
    ----------
    instance : ExtremalInstance
        Of :func:`make_instance`.
    options : ExtremalOptions
        With the guide ready-made.
    progress : callable or None
        Told some hundred times a second.
    stop : callable
        Asked as often.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    _make_folder(options.out)
    guide = guide_for(options)
    counted = Counted(guide)
    walk = method_of(options.method, guide if isinstance(guide, Uniform) else counted)
    curriculum = Curriculum(
        walk, instance.lengths, options.seed, instance.graphs, from_empty=not options.curriculum
    )
    keeper = _Keeper(curriculum.archive, options.out / ARCHIVE_NAME)
    on_progress = None if progress is None else _telling(progress, instance)
    search = Search(curriculum, instance.nodes, options.target, stop, on_progress, keeper.note)
    outcome = search.run(options.time_limit_s)
    curriculum.offer(outcome.graph)
    keeper.write()
    use = PolicyUse(
        name=counted.name, calls=counted.calls, time_s=counted.time_s, fallbacks=counted.fallbacks
    )
    return _written(instance, options, outcome, use)


def _telling(progress: OnProgress, instance: ExtremalInstance) -> Callable[[Standing], None]:
    """Return what tells ``progress`` where a search stands."""
    bound = proved(instance.nodes, instance.lengths)

    def tell(standing: Standing) -> None:
        rate = standing.n_flips / max(standing.time_s, 1e-9)
        progress(
            Progress(
                time_s=standing.time_s,
                detail=f"{instance.nodes} nodes, at size {standing.size}, {rate:,.0f} flips/s",
                objective=standing.n_edges if standing.n_edges >= 0 else None,
                bound=bound,
            )
        )

    return tell


def warm_up(options: ExtremalOptions) -> None:
    """Have the kernels compiled before the clock starts."""
    walk = method_of(options.method, guide_for(options))
    for one in walk.walks if isinstance(walk, EitherWalk) else (walk,):
        state = FlipGraph(Graph.of(4, []), options.lengths)
        with suppress(Exception, SystemExit):  # a guide that fails here fails again where it counts
            one(state, state.n_actions, np.zeros(1, np.uint64), np.empty(state.n_actions, np.int32))
    Curriculum(walk, options.lengths).any_graph(3)


@dataclass
class _Keeper:
    """Writes the archive now and then."""

    archive: Archive
    path: Path
    _written_at: float = field(default_factory=time.monotonic)

    def note(self, graph: Graph) -> None:
        if time.monotonic() - self._written_at >= WRITE_EVERY_S:
            self.write()

    def write(self) -> None:
        self.archive.write(self.path)
        self._written_at = time.monotonic()


def _graphs(source: Path, lengths: tuple[int, ...]) -> list[Graph]:
    """Return the best graph of each size in a file, by size."""
    archive = read_archive(source, lengths, logger.warning)
    return [graph for graph in map(archive.get, archive.sizes()) if graph is not None]


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot write to {out}: {error.strerror or error}; choose another --out"
        ) from error


def _written(
    instance: ExtremalInstance, options: ExtremalOptions, outcome: Outcome, use: PolicyUse
) -> Report:
    """Write graph and certificate, and return the report."""
    nodes = instance.nodes
    checked = certificate(outcome.graph, instance.lengths)
    graph_file = options.out / f"{nodes}.g6"
    write_atomically(graph_file, (checked["graph6"] + "\n").encode())
    write_atomically(options.out / f"{nodes}.json", (json.dumps(checked, indent=1) + "\n").encode())
    bound = proved(nodes, instance.lengths)
    lengths = ", ".join(map(str, checked["forbidden"]))
    return Report(
        problem="extremal",
        instance=f"{nodes} nodes without cycles of length {lengths}",
        status=outcome.status,
        sense="max",
        objective=checked["edges"],
        bound=bound,
        gap=relative_gap(checked["edges"], bound),
        time_s=outcome.time_s,
        seed=options.seed,
        policy=use,
        solution=str(graph_file),
        extra={
            "method": options.method,
            "flips": outcome.n_flips,
            "girth": checked["girth"],
            "valid": checked["valid"],
            "graph6": checked["graph6"],
        },
        measure="edges",
        details={
            "girth": "none, no cycle" if checked["girth"] is None else str(checked["girth"]),
            "search": f"{outcome.n_flips:,} flips",
            "graph": str(graph_file),
        },
    )
