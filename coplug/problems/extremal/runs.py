"""A search with its folder: what was found before is gone on from, what is found is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from coplug.errors import OutputError, UsageError
from coplug.files import write_atomically
from coplug.jit import announced
from coplug.problems.extremal.archive import Archive, OnBroken, read_archive
from coplug.problems.extremal.certificate import certificate
from coplug.problems.extremal.graph import GIRTH_5, FlipGraph, Graph, checked_lengths
from coplug.problems.extremal.guide import Counted, Uniform, load_guide
from coplug.problems.extremal.known import proved
from coplug.problems.extremal.search import (
    Curriculum,
    EitherWalk,
    Outcome,
    Progress,
    Search,
    Walk,
    checked_nodes,
    guide_of,
    method_of,
)
from coplug.report import SCHEMA_VERSION

ARCHIVE_NAME = "archive.g6"
WRITE_EVERY_S = 2.0
"""A better graph of some size is on the disk after so long at the latest, if walks are shorter."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to search for.

    Attributes
    ----------
    nodes : int
    method : str
        One of :data:`coplug.problems.extremal.search.METHODS`.
    guide : str
        See :func:`coplug.problems.extremal.search.method_of`.
    curriculum : bool
        Whether to search smaller sizes first and start from their graphs; else each walk starts without edges.
    lengths : tuple of int
        Forbidden lengths of cycles.
    time_limit_s : float
        At least 0.
    seed : int
    target : int or None
        Edges at which to stop.
    from_archive : Path or None
        Graphs to start from, besides those of the folder.
    out : Path
        The folder: an archive, and graph and certificate of each size that was asked for. Made if missing.

    Raises
    ------
    UsageError
        If an option is out of range.
    """

    nodes: int
    method: str = "tabu"
    guide: str = ""
    curriculum: bool = True
    lengths: tuple[int, ...] = GIRTH_5
    time_limit_s: float = 60.0
    seed: int = 0
    target: int | None = None
    from_archive: Path | None = None
    out: Path = Path("runs/extremal")

    def __post_init__(self) -> None:
        checked_lengths(self.lengths, checked_nodes(self.nodes))
        method_of(self.method, self.guide)
        if not self.time_limit_s >= 0:
            raise UsageError(f"--time-limit {self.time_limit_s} is out of range; take seconds >= 0")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed} is out of range; take it >= 0")


def run(
    options: Options,
    *,
    should_stop: Callable[[], bool] = bool,
    on_progress: Callable[[Progress], None] | None = None,
    on_broken: OnBroken = lambda line: None,
    on_slow: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Search, and write what was found.

    The folder's archive belongs to its forbidden lengths: graphs of another search that have such cycles are skipped
    and named when it is read.

    Parameters
    ----------
    options : Options
    should_stop : callable
        Asked some hundred times a second.
    on_progress : callable or None
        Told as often.
    on_broken : callable
        Told of every line of an archive that is skipped.
    on_slow : callable
        Called once if kernels have to be compiled.

    Returns
    -------
    dict
        The document of ``coplug search extremal --json``.

    Raises
    ------
    InstanceError, OutputError
        If an archive cannot be read, or the folder not be written.
    """
    path = options.out / ARCHIVE_NAME
    sources = [path] if path.exists() else []
    sources += [options.from_archive] if options.from_archive is not None else []
    graphs: list[Graph] = []
    for source in sources:
        archive = read_archive(source, options.lengths, on_broken)
        graphs += [graph for graph in map(archive.get, archive.sizes()) if graph is not None]
    _make_folder(options.out)
    guide = load_guide(options.guide or guide_of(options.method))
    with announced(on_slow):
        _compile(method_of(options.method, guide), options.lengths)
    counted = Counted(guide)
    walk = method_of(options.method, guide if isinstance(guide, Uniform) else counted)
    curriculum = Curriculum(walk, options.lengths, options.seed, graphs, from_empty=not options.curriculum)
    keeper = _Keeper(curriculum.archive, path)
    search = Search(curriculum, options.nodes, options.target, should_stop, on_progress, keeper.note)
    outcome = search.run(options.time_limit_s)
    curriculum.offer(outcome.graph)
    keeper.write()
    return _written(options, outcome, counted)


def _compile(walk: Walk, lengths: tuple[int, ...]) -> None:
    """Have the kernels compiled before the clock starts."""
    for one in walk.walks if isinstance(walk, EitherWalk) else (walk,):
        state = FlipGraph(Graph.of(4, []), lengths)
        one(state, state.n_actions, np.zeros(1, np.uint64), np.empty(state.n_actions, np.int32))
    Curriculum(walk, lengths).any_graph(3)


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


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot write to {out}: {error.strerror or error}; choose another --out"
        ) from error


def _written(options: Options, outcome: Outcome, guide: Counted) -> dict[str, Any]:
    """Write graph and certificate, and return the document."""
    checked = certificate(outcome.graph, options.lengths)
    graph_file = options.out / f"{options.nodes}.g6"
    write_atomically(graph_file, (checked["graph6"] + "\n").encode())
    write_atomically(options.out / f"{options.nodes}.json", (json.dumps(checked, indent=1) + "\n").encode())
    bound = proved(options.nodes, tuple(sorted(set(options.lengths))))
    lengths = ", ".join(map(str, checked["forbidden"]))
    return {
        "schema_version": SCHEMA_VERSION,
        "problem": "extremal",
        "instance": f"{options.nodes} nodes without cycles of length {lengths}",
        "status": outcome.status,
        "sense": "max",
        "objective": checked["edges"],
        "bound": bound,
        "gap": None if bound is None else (bound - checked["edges"]) / max(checked["edges"], 1),
        "time_s": outcome.time_s,
        "seed": options.seed,
        "policy": {
            "name": options.guide or guide_of(options.method),
            "calls": guide.calls,
            "time_s": guide.time_s,
            "fallbacks": 0,
        },
        "solution": str(graph_file),
        "method": options.method,
        "flips": outcome.n_flips,
        "girth": checked["girth"],
        "valid": checked["valid"],
        "graph6": checked["graph6"],
    }
