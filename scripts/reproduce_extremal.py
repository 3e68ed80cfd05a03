"""Extremal graphs without 3- and 4-cycles: time the tabu search, fill the archive, print it against bounds.

    python scripts/reproduce_extremal.py exact [--seeds 3]        # n = 5..50 from nothing, until proved values
    python scripts/reproduce_extremal.py sizes --bounds FILE      # n = 51..64 from nothing, 10 minutes each at most
    python scripts/reproduce_extremal.py planes --bounds FILE     # walks from parts of affine planes, into the archive
    python scripts/reproduce_extremal.py improve --bounds FILE    # passes up and down over the archive's sizes
    python scripts/reproduce_extremal.py table --bounds FILE      # the archive against the bounds
    python scripts/reproduce_extremal.py picture --out FILE.png   # a few graphs of the archive
    python scripts/reproduce_extremal.py alphazero --out FILE.csv # tree search, with a network and without
    python scripts/reproduce_extremal.py guide --out FILE.csv     # tabu search with the network and without

FILE is a CSV with the columns n and known_lower_bound. The archive, instances/extremal/girth5.g6 unless --archive names
another, is rewritten after each size, so a run that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.problems.extremal import flips, tabu
from coplug.problems.extremal.alphazero import AlphaZeroWalk
from coplug.problems.extremal.archive import Archive, read_archive
from coplug.problems.extremal.certificate import certificate
from coplug.problems.extremal.graph import GIRTH_5
from coplug.problems.extremal.guide import NO_GUIDE, SHIPPED_GUIDE, load_guide
from coplug.problems.extremal.known import A006856
from coplug.problems.extremal.methods import METHODS, Walk, method_of
from coplug.problems.extremal.planes import plane_starts
from coplug.problems.extremal.search import Curriculum
from coplug.problems.extremal.tabu import TabuWalk

ARCHIVE = Path(__file__).parent.parent / "instances" / "extremal" / "girth5.g6"
PICTURED = (10, 24, 50, 80)
SPREAD = 0.7
"""Share of its sector that a group of nodes in the picture takes."""

N_TIMED = 1_000_000
ALONE, WITH_CURRICULUM = range(8, 25), range(2, 33)
"""Sizes of tree search, see :func:`alphazero`."""

SLACKS = (0, 1)

GUIDED = (57, 64, 80, 100)
OUTPUTS = {
    "picture": "extremal-graphs.png",
    "alphazero": "extremal-alphazero.csv",
    "guide": "extremal-guide.csv",
}
"""What stages write where nothing else is said."""

ALPHAZERO_COLUMNS = ("kind", "method", "guide", "nodes", "seed", "edges", "proved", "cpu_s", "flips")
GUIDE_COLUMNS = ("nodes", "seed", "guide", "edges", "edges_of_all_sizes", "flips")
CLIMBED = 10
"""Sizes from the start of a guided search to its end."""


def read_bounds(path: Path | None) -> dict[int, int]:
    """Return the largest number of edges known for each size; of the proved ones if no file is given."""
    if path is None:
        return dict(enumerate(A006856))
    with path.open(newline="") as file:
        return {int(row["n"]): int(row["known_lower_bound"]) for row in csv.DictReader(file)}


def load(path: Path) -> Archive:
    """Read the archive, an empty one if there is none."""
    return read_archive(path, GIRTH_5, print) if path.exists() else Archive(GIRTH_5)


def exact(seeds: int) -> None:
    """Print the time until every n = 5..50 has its proved value, and the flips a second at n = 50."""
    warm_up()
    for seed in range(seeds):
        curriculum = Curriculum(method_of("tabu"), seed=seed)
        start = time.perf_counter()
        missed = [n for n in range(2, 51) if not curriculum.improve(n, A006856[n], 90.0)]
        print(f"seed {seed}: n = 2..50 in {time.perf_counter() - start:.2f} s, missed {missed or 'none'}")
    state, random = flips.empty(50, GIRTH_5), np.array([0], np.uint64)
    start, start_cpu = time.perf_counter(), time.process_time()
    tabu.walk(
        state,
        0,
        N_TIMED,
        10**6,
        np.full(5, -1),
        np.empty(0, np.float32),
        -1,
        np.empty_like(state.sign),
        random,
    )
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    print(f"n = 50: {N_TIMED / wall:,.0f} flips/s, {N_TIMED / cpu:,.0f} a second of CPU time")


def warm_up() -> None:
    """Have the kernels compiled before a clock starts."""
    for name in METHODS:
        Curriculum(method_of(name)).walk(4)


def sizes(bounds: dict[int, int], seeds: int) -> None:
    """Print the time until every n = 51..64 has its bound, with tabu search from nothing."""
    warm_up()
    for seed in range(seeds):
        curriculum = Curriculum(method_of("tabu"), seed=seed)
        for n in range(2, 65):
            start = time.perf_counter()
            curriculum.improve(n, bounds[n], 600.0)
            if n > 50:
                found, taken = curriculum.archive.n_edges(n), time.perf_counter() - start
                print(f"seed {seed}: n = {n}, {found} edges, bound {bounds[n]}, {taken:.1f} s", flush=True)


def planes(path: Path, bounds: dict[int, int], seconds: float, seed: int) -> None:
    """Walk from parts of affine planes, each on its own, and keep what is better."""
    archive = load(path)
    for start in plane_starts(64, 162):
        n = start.n_nodes
        curriculum = Curriculum(method_of("both"), seed=seed, graphs=[start], depth=0, above=0)
        curriculum.improve(n, bounds[n], seconds)
        keep(archive, curriculum, n, path, bounds)


def improve(
    path: Path, goals: dict[int, int], order: Iterable[int], seconds: float, method: str, seed: int
) -> None:
    """Visit sizes in an order, each until its goal; a size starts from its neighbours in the archive."""
    archive = load(path)
    graphs = [graph for graph in map(archive.get, archive.sizes()) if graph is not None]
    curriculum = Curriculum(method_of(method), seed=seed, graphs=graphs)
    for n in order:
        curriculum.improve(n, goals[n], seconds)
        keep(archive, curriculum, n, path, goals)


def keep(archive: Archive, curriculum: Curriculum, n: int, path: Path, goals: dict[int, int]) -> None:
    """Write the archive if a size got better, and say where it stands."""
    before, graph = archive.n_edges(n), curriculum.archive.get(n)
    if graph is not None and archive.offer(graph):
        archive.write(path)
    print(f"n = {n}: {before} -> {archive.n_edges(n)}, goal {goals[n]}", flush=True)


def table(path: Path, bounds: dict[int, int]) -> None:
    """Print the archive, ten sizes a row, with the difference to the bound where there is one.

    Every graph is checked by the independent routine.
    """
    archive = load(path)
    print("| n | " + " | ".join(f"+{k}" for k in range(10)) + " |\n" + "|---" * 11 + "|")
    for first in range(0, archive.sizes()[-1] + 1, 10):
        cells = [cell(archive.get(n), bounds.get(n)) for n in range(first, first + 10)]
        print(f"| {first} | " + " | ".join(cells) + " |")


def cell(graph: Graph | None, bound: int | None) -> str:
    """Return the edges of a graph, and the difference to the bound."""
    if graph is None:
        return ""
    checked = certificate(graph, GIRTH_5)
    assert checked["valid"]
    assert checked["edges"] == graph.n_edges
    off = 0 if bound is None else graph.n_edges - bound
    return f"{graph.n_edges} ({off:+d})" if off else str(graph.n_edges)


def picture(path: Path, out: Path) -> None:
    """Draw some graphs of the archive around a node of largest degree, nodes of equal distance on a ring."""
    from matplotlib.figure import Figure

    from coplug.envs.extremal.picture import draw_on

    archive = load(path)
    figure = Figure(figsize=(8, 8), dpi=100, layout="constrained")
    for k, n in enumerate(PICTURED):
        graph = archive.get(n)
        assert graph is not None
        axes = figure.add_subplot(2, 2, k + 1)
        draw_on(axes, graph, f"{n} nodes, {graph.n_edges} edges", place=places(graph))
    figure.savefig(out)


def alphazero(out: Path, name: str, seeds: Sequence[int], seconds: float) -> None:
    """Search for each size without the curriculum, and size by size with it, until proved values.

    Tree search among the flips of largest gain, and among those up to 1 less, both with a guide and without; and tabu
    search. Each size has so many seconds of CPU time; flips in trees count.
    """
    guides = {label: load_guide(label) for label in (name, NO_GUIDE)}
    searches: dict[tuple[str, str], Walk] = {("tabu", NO_GUIDE): TabuWalk()}
    for (label, opinion), slack in itertools.product(guides.items(), SLACKS):
        searches[f"alphazero, slack {slack}", label] = AlphaZeroWalk(guide=opinion, slack=slack)
    kinds = (("alone", ALONE), ("curriculum", WITH_CURRICULUM))
    rows: list[tuple[object, ...]] = [ALPHAZERO_COLUMNS]
    for seed, (search, walk), (kind, order) in itertools.product(seeds, searches.items(), kinds):
        curriculum = Curriculum(walk, seed=seed, from_empty=kind == "alone")
        for n in order:
            taken, flips = search_until(curriculum, n, A006856[n], seconds)
            found = curriculum.archive.n_edges(n)
            rows.append((kind, *search, n, seed, found, A006856[n], taken, flips))
            write_rows(out, rows)
    print("| sizes | method | guide | sizes missed, by seed | CPU s | flips |\n|---|---|---|---|---|---|")
    for (kind, _), search in itertools.product(kinds, searches):
        own = [row for row in rows[1:] if row[:3] == (kind, *search)]
        missed = ", ".join(f"{row[3]} ({row[4]})" for row in own if row[5] != row[6])
        total_s, n_flips = sum(cast(float, row[7]) for row in own), sum(cast(int, row[8]) for row in own)
        print(f"| {kind} | {search[0]} | {search[1]} | {missed or 'none'} | {total_s:.1f} | {n_flips:,} |")


def guide(
    out: Path, path: Path, name: str, order: Sequence[int], seeds: Sequence[int], seconds: float
) -> None:
    """Compare tabu search with a guide and without, in turn.

    Each search starts from the archive's graph of 10 nodes fewer and goes up size by size; all ten sizes together have
    so many seconds of CPU time.
    """
    archive, opinion = load(path), load_guide(name)
    rows: list[tuple[object, ...]] = [GUIDE_COLUMNS]
    walks = {NO_GUIDE: TabuWalk(), name: TabuWalk(guide=opinion)}
    for n, seed, (label, walk) in itertools.product(order, seeds, walks.items()):
        known = archive.get(n - CLIMBED)
        assert known is not None
        curriculum = Curriculum(walk, seed=seed, graphs=[known], above=0)
        found = [search_until(curriculum, m, 10**6, seconds / CLIMBED) for m in range(n - CLIMBED + 1, n + 1)]
        edges = [curriculum.archive.n_edges(m) for m in range(n - CLIMBED + 1, n + 1)]
        rows.append((n, seed, label, edges[-1], sum(edges), sum(flips for _, flips in found)))
        write_rows(out, rows)
    print("| n | guide | edges, mean | of all sizes | flips |\n|---|---|---|---|---|")
    for n, label in itertools.product(order, walks):
        own = [cast("tuple[int, int, int]", row[3:]) for row in rows[1:] if (row[0], row[2]) == (n, label)]
        edges_mean, all_mean, flips_mean = np.mean(own, axis=0)
        print(f"| {n} | {label} | {edges_mean:.2f} | {all_mean:.2f} | {flips_mean:,.0f} |")


def search_until(curriculum: Curriculum, n: int, target: int, seconds: float) -> tuple[float, int]:
    """Walk on n nodes until a number of edges or for so much CPU time; return the time and the flips taken."""
    start, flips = time.process_time(), curriculum.n_flips
    while curriculum.archive.n_edges(n) < target and time.process_time() - start < seconds:
        curriculum.walk(n, target)
    return round(time.process_time() - start, 3), curriculum.n_flips - flips


def write_rows(out: Path, rows: Sequence[Sequence[object]]) -> None:
    """Write a table, so far as it is."""
    with out.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def places(graph: Graph) -> NDArray[np.float64]:
    """Return places on rings, shape (n, 2): nodes stand around the angle of the neighbour they were reached from.

    Each group leaves a part of its sector free; evenly spread, edges of the Petersen graph would lie on each other.
    """
    matrix, found = graph.adjacency(), rings(graph)
    angle, sector = np.zeros(graph.n_nodes), np.full(graph.n_nodes, 2 * np.pi / SPREAD)
    place = np.zeros((graph.n_nodes, 2))
    for radius, (inner, outer) in enumerate(itertools.pairwise(found), 1):
        parents = [next(node for node in inner if matrix[node, child]) for child in outer]
        for parent in dict.fromkeys(parents):
            children = [child for child, other in zip(outer, parents, strict=True) if other == parent]
            share = SPREAD * sector[parent] / len(children)
            angle[children] = angle[parent] + share * (np.arange(len(children)) - (len(children) - 1) / 2)
            sector[children] = share
        place[outer] = radius * np.stack([np.sin(angle[outer]), np.cos(angle[outer])], axis=1)
    return place


def rings(graph: Graph) -> list[list[int]]:
    """Return the nodes by their distance from a node of largest degree, neighbours of the same node side by side."""
    matrix = graph.adjacency()
    found = [[int(graph.degrees.argmax())]]
    seen = set(found[0])
    while found[-1]:
        following: list[int] = []
        for node in found[-1]:
            new = [int(other) for other in np.flatnonzero(matrix[node]) if int(other) not in seen]
            following += new
            seen |= set(new)
        found.append(following)
    return found


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "stage", choices=("exact", "sizes", "planes", "improve", "table", "picture", "alphazero", "guide")
    )
    parser.add_argument("--archive", type=Path, default=ARCHIVE)
    parser.add_argument("--bounds", type=Path)
    parser.add_argument("--first", type=int, default=5)
    parser.add_argument("--last", type=int, default=134)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--passes", type=int, default=2, help="up, down, up, ...")
    parser.add_argument("--beyond", type=int, default=0, help="edges above the bounds at which improve stops")
    parser.add_argument("--method", choices=METHODS, default="both")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guide", default=SHIPPED_GUIDE, help="of alphazero and guide")
    parser.add_argument("--out", type=Path, help=", ".join(f"{k}: {v}" for k, v in OUTPUTS.items()))
    a = parser.parse_args()
    a.out = a.out or Path(OUTPUTS.get(a.stage, ""))
    bounds = read_bounds(a.bounds)
    up = list(range(a.first, a.last + 1))
    order = [n for k in range(a.passes) for n in (up if k % 2 == 0 else up[::-1])]
    if a.stage == "exact":
        exact(a.seeds)
    elif a.stage == "sizes":
        sizes(bounds, a.seeds)
    elif a.stage == "planes":
        planes(a.archive, bounds, a.seconds, a.seed)
    elif a.stage == "improve":
        goals = {n: edges + (0 if n < len(A006856) else a.beyond) for n, edges in bounds.items()}
        improve(a.archive, goals, order, a.seconds, a.method, a.seed)
    elif a.stage == "table":
        table(a.archive, bounds)
    elif a.stage == "alphazero":
        alphazero(a.out, a.guide, range(a.seed, a.seed + a.seeds), a.seconds)
    elif a.stage == "guide":
        guide(a.out, a.archive, a.guide, GUIDED, range(a.seed, a.seed + a.seeds), a.seconds)
    else:
        picture(a.archive, a.out)


if __name__ == "__main__":
    main()
