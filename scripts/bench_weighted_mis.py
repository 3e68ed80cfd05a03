"""Weighted independent sets beside MMWIS and CHILS of the KaMIS family, at equal seconds, in turn.

    python scripts/bench_weighted_mis.py [KIND ...] [--seeds 3] [--seconds 10]   # all kinds of graphs, or some
    python scripts/bench_weighted_mis.py --show                                  # the table of the rows that are there

Node weights are uniform in 1..200. Graphs are coplug's families, and two kinds that are like maps: points in a square
that are joined when near, and streets, a spanning tree of least length with an eighth of the other edges of a Delaunay
triangulation. MMWIS (E. Großmann, S. Lamm, C. Schulz, D. Strash, GECCO 2023) and CHILS (E. Großmann, K. Langedal,
C. Schulz, 2024) run through chszlablib, on the threads that OMP_NUM_THREADS allows; neither keeps to its time
limit, so rows say what was taken, and a method that takes five times the limit is ended without a set. Rows go to
docs/data/weighted-independent-sets.csv; those that are there are not measured again.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import queue
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from multiprocessing.queues import Queue
from pathlib import Path

import numpy as np
import scipy.sparse
import scipy.spatial
from mis_methods import Method, chils, mmwis, solved

from coplug.families import generate_instances
from coplug.graphs.graph import Graph, from_edges
from coplug.problems.mis.anytime import warm_up
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.verify import verify

DATA = Path(__file__).parent.parent / "docs" / "data" / "weighted-independent-sets.csv"
HEAVIEST = 200
PATIENCE = 5.0
"""Limits of time after which a method is ended."""

START_S = 30.0
"""What a process may take to draw the graph and to load or compile kernels."""

EXTRA_STREETS = 0.12


def drawn(family: str, size: str, **parameters: float | str) -> Callable[[int], Graph]:
    """Return a function of a seed that draws a graph of a family."""

    def draw(seed: int) -> Graph:
        (instance,) = generate_instances(family, 1, seed, size, parameters)
        graph: Graph = instance.instance
        return graph

    return draw


def fixed(family: str, n_nodes: int, **parameters: float | str) -> Callable[[int], Graph]:
    """Return the same for graphs of so many nodes."""
    return drawn(family, "hard", min_nodes=n_nodes, max_nodes=n_nodes, **parameters)


def near_points(n_nodes: int, mean_degree: float) -> Callable[[int], Graph]:
    """Return the same for points in a square, joined when nearer than gives the mean degree."""

    def draw(seed: int) -> Graph:
        points = np.random.default_rng(seed).random((n_nodes, 2))
        radius = np.sqrt(mean_degree / (np.pi * n_nodes))
        return from_edges(n_nodes, scipy.spatial.cKDTree(points).query_pairs(radius, output_type="ndarray"))

    return draw


def streets(n_nodes: int) -> Callable[[int], Graph]:
    """Return the same for a tree of least length with some more edges between neighbours."""

    def draw(seed: int) -> Graph:
        rng = np.random.default_rng(seed)
        points = rng.random((n_nodes, 2))
        corners = scipy.spatial.Delaunay(points).simplices
        edges = from_edges(n_nodes, np.concatenate([corners[:, [i, i - 1]] for i in range(3)])).edges()
        lengths = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
        matrix = scipy.sparse.coo_array((lengths, edges.T), shape=(n_nodes, n_nodes))
        tree = scipy.sparse.csgraph.minimum_spanning_tree(matrix.tocsr()).tocoo()
        more = edges[rng.random(len(edges)) < EXTRA_STREETS]
        return from_edges(n_nodes, np.concatenate([np.column_stack([tree.row, tree.col]), more]))

    return draw


KINDS: dict[str, Callable[[int], Graph]] = {
    "rb-easy": drawn("rb", "easy"),
    "rb-hard": drawn("rb", "hard"),
    "social-ego": drawn("social_ego", "easy"),
    "erdos-renyi-750-dense": fixed("erdos_renyi", 750, edge_probability=0.15),
    "erdos-renyi-1000": fixed("erdos_renyi", 1_000, edge_probability=0.01),
    "erdos-renyi-10000": fixed("erdos_renyi", 10_000, edge_probability=0.0008),
    "erdos-renyi-20000": fixed("erdos_renyi", 20_000, edge_probability=0.001),
    "barabasi-albert-20000": fixed("barabasi_albert", 20_000, affinity=5),
    "holme-kim-20000": fixed("holme_kim", 20_000, affinity=6),
    "watts-strogatz-5000": fixed("watts_strogatz", 5_000),
    "near-points-10000": near_points(10_000, 10.0),
    "near-points-20000": near_points(20_000, 30.0),
    "streets-50000": streets(50_000),
}
"""Kinds of graphs, by a name that says how many nodes they have."""


@dataclass(frozen=True)
class Row:
    """What a method did on a graph; without a set if it had to be ended."""

    kind: str
    seed: int
    n_nodes: int
    n_edges: int
    method: str
    limit_s: float
    weight: int | None
    wall_s: float
    cpu_s: float | None
    status: str


def instance(kind: str, seed: int) -> Graph:
    """Return a graph with weights."""
    graph = KINDS[kind](seed)
    weights = np.random.default_rng([seed, 1]).integers(1, HEAVIEST + 1, graph.n_nodes)
    return replace(graph, node_weights=weights.astype(np.float64))


PEERS: dict[str, Callable[[float], Method]] = {"MMWIS": mmwis, "CHILS": chils}


def work(kind: str, seed: int, name: str, seconds: float, out: Queue[tuple[int, float, float, str]]) -> None:
    """Run a method on a graph in a process of its own, and put weight, seconds and status into a queue."""
    graph = instance(kind, seed)
    status = ""
    if name == "coplug":
        warm_up(weighted=True)
        begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
        result = solved(graph, GraphOptions(time_limit_s=seconds))
        chosen, status = result.chosen, result.status
    else:
        method = PEERS[name](seconds)
        begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
        chosen = method(graph)
    wall_s, cpu_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
    verify("mis", graph, chosen)
    out.put((int(graph.weights_of_nodes()[chosen].sum()), wall_s, cpu_s, status))


def measured(kind: str, seed: int, name: str, seconds: float) -> Row:
    """Return the row of a method on a graph."""
    graph = instance(kind, seed)
    context = multiprocessing.get_context("spawn")
    out: Queue[tuple[int, float, float, str]] = context.Queue()
    process = context.Process(target=work, args=(kind, seed, name, seconds, out))
    process.start()
    weight, cpu_s, status = None, None, "ended"
    wall_s = PATIENCE * seconds
    try:
        weight, wall_s, cpu_s, status = out.get(timeout=wall_s + START_S)
    except queue.Empty:
        process.kill()
    process.join()
    shape = (graph.n_nodes, graph.n_edges)
    return Row(kind, seed, *shape, name, seconds, weight, round(wall_s, 2), cpu_s and round(cpu_s, 2), status)


def read() -> list[Row]:
    """Return the rows that are there."""
    if not DATA.is_file():
        return []
    with DATA.open(newline="", encoding="utf-8") as stream:
        return [
            Row(
                row["kind"],
                int(row["seed"]),
                int(row["n_nodes"]),
                int(row["n_edges"]),
                row["method"],
                float(row["limit_s"]),
                int(row["weight"]) if row["weight"] else None,
                float(row["wall_s"]),
                float(row["cpu_s"]) if row["cpu_s"] else None,
                row["status"],
            )
            for row in csv.DictReader(stream)
        ]


def write(rows: list[Row]) -> None:
    """Write all rows."""
    with DATA.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def show(rows: list[Row]) -> None:
    """Print a table: for each kind, mean shares of the best weight on a graph, and mean seconds."""
    best: dict[tuple[str, int], int] = {}
    for row in rows:
        best[row.kind, row.seed] = max(best.get((row.kind, row.seed), 0), row.weight or 0)
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        cells[row.kind, row.method].append(row)
    print("| graphs | coplug | MMWIS | CHILS |\n|---|---|---|---|")
    for kind in dict.fromkeys(row.kind for row in rows):
        texts = [cell(cells[kind, name], best) for name in ("coplug", *PEERS)]
        print(f"| {kind} | {' | '.join(texts)} |")


def cell(rows: list[Row], best: dict[tuple[str, int], int]) -> str:
    """Return the mean share and seconds of a method, how often it had a proof, and how often it was ended."""
    shares = [row.weight / best[row.kind, row.seed] for row in rows if row.weight is not None]
    if not shares:
        return "ended"
    text = f"{np.mean(shares):.4f} ({np.mean([row.wall_s for row in rows]):.1f} s)"
    proven, ended = sum(row.status == "optimal" for row in rows), len(rows) - len(shares)
    return text + (f", {proven} proven" if proven else "") + (f", {ended} ended" if ended else "")


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--show", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    rows = read()
    done = {(row.kind, row.seed, row.method) for row in rows}
    for kind in [] if arguments.show else arguments.kinds or KINDS:
        for seed in range(1, arguments.seeds + 1):
            for name in ("coplug", *PEERS):
                if (kind, seed, name) not in done:
                    rows.append(measured(kind, seed, name, arguments.seconds))
                    print(rows[-1], flush=True)
                    write(rows)
    show(rows)


if __name__ == "__main__":
    main()
