"""Measure influence maximization: seeds of IMM beside lazy greedy, large networks, and speed beside other packages.

    python scripts/bench_influence.py quality        # every diffusion, graph and budget; some minutes
    python scripts/bench_influence.py large          # a million nodes, ten million arcs; two quiet cores
    python scripts/bench_influence.py pynetim        # 100,000 nodes, in turn with pynetim's IMM
    python scripts/bench_influence.py simulators     # 100,000 edges, 1,000 worlds, in turn with ndlib and cynetdiff

Graphs are drawn: of the sizes of Jazz, Network Science, Cora-ML and Power Grid, and of three of coplug's families; the
large ones have in- and out-degrees of a power law. ``quality`` writes docs/data/influence-quality.csv cell by cell, and
leaves out what is there; the others write docs/data/influence-speed.csv, and keep the rows of other parts. pynetim,
ndlib and cynetdiff are not among coplug's extras; what is missing is left out and said.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from csv_rows import append, rows_of
from numpy.typing import NDArray

from coplug.families import make_family
from coplug.graphs.graph import Graph, from_edges
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.methods import Effort, choose
from coplug.problems.influence.network import Network, make_network
from coplug.problems.influence.spread import estimate
from coplug.problems.influence.task import Task
from coplug.problems.influence.threads import cores

DATA = Path(__file__).parent.parent / "docs" / "data"
QUALITY, SPEED = DATA / "influence-quality.csv", DATA / "influence-speed.csv"

SHARES = (0.01, 0.05, 0.1, 0.2)
DIFFUSIONS = {"ic": Diffusion("ic"), "lt": Diffusion("lt")}
FRESH_WORLDS = 10_000

SIZES = {
    "jazz-sized": (198, 2742),
    "netscience-sized": (1589, 2742),
    "cora-sized": (2810, 7981),
    "power-grid-sized": (4941, 6594),
}
"""Nodes and edges."""

FAMILIES: dict[str, tuple[str, dict[str, float | str]]] = {
    "holme-kim": ("holme_kim", {"min_nodes": 1000, "max_nodes": 1000, "affinity": 4}),
    "watts-strogatz": ("watts_strogatz", {"min_nodes": 1000, "max_nodes": 1000, "ring_degree": 6}),
    "erdos-renyi": ("erdos_renyi", {"min_nodes": 1000, "max_nodes": 1000, "edge_probability": 0.008}),
}

NDLIB_WORLDS = 20
"""Of a thousand: its seconds are scaled up. Spreads vary so much that a mean of 20 worlds says little."""

RUNS = 3
"""Of what is timed; the least counts."""


def main() -> None:
    """Measure a part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("part", choices=("quality", "large", "pynetim", "simulators"))
    parts: Mapping[str, Callable[[], Iterable[dict[str, Any]]]] = {
        "large": large,
        "pynetim": beside_pynetim,
        "simulators": beside_simulators,
    }
    part = parser.parse_args().part
    if part == "quality":
        quality()
        return
    kept = [row for row in rows_of(SPEED) if row["part"] != part]
    write(SPEED, [*kept, *({"part": part, **row} for row in parts[part]())])


def quality() -> None:
    """Write a row for each cell that has none: what seeds of IMM, of lazy greedy and others reach, in percent."""
    done = {(row["graph"], row["diffusion"], row["budget"]) for row in rows_of(QUALITY)}
    for name, graph in graphs().items():
        for diffusion in DIFFUSIONS.values():
            network = make_network(graph, diffusion)
            for share in SHARES:
                budget = max(1, int(share * graph.n_nodes))
                if (name, diffusion.model, str(budget)) in done:
                    continue
                row: dict[str, Any] = {
                    "graph": name, "nodes": graph.n_nodes, "edges": graph.n_edges, "diffusion": diffusion.model,
                    "budget": budget,
                }  # fmt: skip
                for method in ("imm", "opim-c", "celf", "degree-discount", "random"):
                    begin_s = time.perf_counter()
                    effort = Effort(threads=cores())
                    seeds = choose(task_of(network, budget), method, effort, Limits()).seeds
                    row[f"{method}_s"] = round(time.perf_counter() - begin_s, 3)
                    curve = estimate(network, seeds, 1, worlds=FRESH_WORLDS, threads=cores())
                    row[method] = round(100 * curve.spread / graph.n_nodes, 3)
                    row[f"{method}_error"] = round(100 * curve.standard_error / graph.n_nodes, 4)
                append(QUALITY, row)
                print(row, flush=True)


def large() -> Iterable[dict[str, Any]]:
    """Yield a row a method: seconds and memory on a million nodes and ten million arcs, in a process of its own."""
    for method in ("imm", "opim-c"):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            row = pool.apply(_large, (method,))
        print(row, flush=True)
        yield row


def _large(method: str) -> dict[str, Any]:
    warm_up()
    graph = power_law_graph(1_000_000, 10_000_000)
    begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
    network = make_network(graph, Diffusion("ic"))
    effort = Effort(epsilon=0.5, threads=2, memory_limit_mb=6000)
    choice = choose(task_of(network, 50), method, effort, Limits())
    seconds, cpu_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
    curve = estimate(network, choice.seeds, threads=2)
    return {
        "method": method, "of": "coplug", "nodes": graph.n_nodes, "arcs": graph.n_edges,
        "seconds": round(seconds, 2), "cpu_s": round(cpu_s, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "spread": round(curve.spread, 1),
    }  # fmt: skip


def beside_pynetim() -> Iterable[dict[str, Any]]:
    """Yield the seconds of IMM here and there, in turn, with the spread of both."""
    graph = power_law_graph(100_000, 1_000_000)
    network = make_network(graph, Diffusion("ic"))
    calls: dict[str, Callable[[], Iterable[int]]] = {
        "coplug": lambda: choose(
            task_of(network, 50), "imm", Effort(epsilon=0.5, threads=cores()), Limits()
        ).seeds.tolist()
    }
    pynetim = installed("pynetim")
    if pynetim is not None:
        calls["pynetim"] = _imm_of_pynetim(network)
    warm_up()
    for of, (seconds, seeds) in in_turn(calls).items():
        spread = estimate(network, np.array(list(seeds), np.int32), 1, threads=cores()).spread
        row = {
            "method": "imm", "of": of, "nodes": graph.n_nodes, "arcs": graph.n_edges,
            "seconds": round(seconds, 3), "spread": round(spread, 1),
        }  # fmt: skip
        print(row, flush=True)
        yield row


def _imm_of_pynetim(network: Network) -> Callable[[], Iterable[int]]:
    from pynetim import IMGraph
    from pynetim.algorithms import IMMAlgorithm

    out = network.out
    tails = np.repeat(np.arange(network.n_nodes), np.diff(out.ptr)).tolist()
    arcs = list(zip(tails, out.ends.tolist(), strict=True))
    theirs = IMGraph(arcs, out.high.astype(np.float64).tolist(), directed=True, renumber=False)

    def run() -> Iterable[int]:
        seeds: Iterable[int] = IMMAlgorithm(theirs, "IC", epsilon=0.5, random_seed=0).run(50)
        return seeds

    return run


def beside_simulators() -> Iterable[dict[str, Any]]:
    """Yield the seconds of 1,000 worlds of independent cascade from 50 seeds, here and there, in turn."""
    n_worlds, graph = 1000, power_law_graph(20_000, 100_000)
    network = make_network(graph, Diffusion("ic"))
    seeds = np.random.default_rng(0).choice(graph.n_nodes, 50, replace=False).astype(np.int32)
    calls: dict[str, Callable[[], float]] = {
        "coplug, 1 thread": lambda: estimate(network, seeds, worlds=n_worlds).spread,
        "coplug, 2 threads": lambda: estimate(network, seeds, worlds=n_worlds, threads=2).spread,
    }
    if installed("cynetdiff") is not None:
        calls["cynetdiff"] = _worlds_of_cynetdiff(network, seeds, n_worlds)
    if installed("ndlib") is not None:
        calls["ndlib"] = _worlds_of_ndlib(network, seeds, NDLIB_WORLDS)
    warm_up()
    for of, (measured_s, spread) in in_turn(calls).items():
        seconds = measured_s * (n_worlds / NDLIB_WORLDS if of == "ndlib" else 1)
        row = {
            "method": f"{n_worlds} worlds", "of": of, "nodes": graph.n_nodes, "arcs": graph.n_edges,
            "seconds": round(seconds, 3), "spread": round(spread, 1),
        }  # fmt: skip
        print(row, flush=True)
        yield row


def _worlds_of_cynetdiff(network: Network, seeds: NDArray[np.int32], n_worlds: int) -> Callable[[], float]:
    import array

    from cynetdiff.models import IndependentCascadeModel

    out = network.out
    model = IndependentCascadeModel(
        array.array("I", out.ptr[:-1].tolist()),
        array.array("I", out.ends.tolist()),
        activation_probs=array.array("f", out.high.tolist()),
        rng=0,
    )
    model.set_seeds(seeds.tolist())

    def run() -> float:
        total = 0
        for _ in range(n_worlds):
            model.reset_model()
            model.advance_until_completion()
            total += model.get_num_activated_nodes()
        return total / n_worlds

    return run


def _worlds_of_ndlib(network: Network, seeds: NDArray[np.int32], n_worlds: int) -> Callable[[], float]:
    from ndlib.models import ModelConfig
    from ndlib.models.epidemics import IndependentCascadesModel

    out = network.out
    tails = np.repeat(np.arange(network.n_nodes), np.diff(out.ptr)).tolist()
    graph = nx.DiGraph()
    graph.add_nodes_from(range(network.n_nodes))
    graph.add_edges_from(zip(tails, out.ends.tolist(), strict=True))
    config = ModelConfig.Configuration()
    config.add_model_initial_configuration("Infected", seeds.tolist())
    for edge, chance in zip(zip(tails, out.ends.tolist(), strict=True), out.high.tolist(), strict=True):
        config.add_edge_configuration("threshold", edge, chance)

    def run() -> float:
        total = 0
        for _ in range(n_worlds):
            model = IndependentCascadesModel(graph)
            model.set_initial_status(config)
            count = {1: len(seeds)}
            while count.get(1, 0):
                count = model.iteration()["node_count"]
            total += count[2]
        return total / n_worlds

    return run


def graphs() -> dict[str, Graph]:
    """Return the graphs of the table."""
    drawn = {name: power_law_pairs(*size) for name, size in SIZES.items()}
    for name, (family, parameters) in FAMILIES.items():
        drawn[name] = make_family(family, None, parameters).generate(np.random.RandomState(0))
    return drawn


def power_law_pairs(n_nodes: int, n_edges: int) -> Graph:
    """Return an undirected graph with so many edges, whose ends are drawn by a power law."""
    rng, found = np.random.default_rng(0), np.zeros((0, 2), np.int64)
    while len(found) < n_edges:
        drawn = (n_nodes * rng.random((n_edges, 2)) ** (1.5, 1.2)).astype(np.int64)
        drawn = np.sort(drawn[drawn[:, 0] != drawn[:, 1]], axis=1)
        found = np.unique(np.concatenate([found, drawn]), axis=0)
    return from_edges(n_nodes, rng.permutation(found)[:n_edges])


def power_law_graph(n_nodes: int, n_arcs: int) -> Graph:
    """Return a directed graph, repeated arcs merged, whose heads and tails are drawn by power laws."""
    rng = np.random.default_rng(0)
    label = rng.permutation(n_nodes)
    heads = label[(n_nodes * rng.random(n_arcs) ** 2).astype(np.int64)]
    tails = label[(n_nodes * rng.random(n_arcs) ** 1.5).astype(np.int64)]
    return from_edges(n_nodes, np.column_stack([tails, heads]), directed=True)


def task_of(network: Network, budget: int) -> Task:
    """Return the task of so many seeds, any nodes."""
    nodes = np.arange(network.n_nodes, dtype=np.int32)
    return Task(network, float(budget), None, nodes[:0], nodes)


def warm_up() -> None:
    """Have everything compiled."""
    network = make_network(from_edges(2, [(0, 1)]), Diffusion("ic"))
    for method in ("imm", "opim-c", "celf"):
        estimate(network, choose(task_of(network, 1), method, Effort(epsilon=1.0), Limits()).seeds, worlds=2)


def in_turn(calls: Mapping[str, Callable[[], Any]]) -> dict[str, tuple[float, Any]]:
    """Run all in turn, some times; return the least seconds of each, and what it returned."""
    least = dict.fromkeys(calls, float("inf"))
    returned: dict[str, Any] = {}
    for _ in range(RUNS):
        for name, call in calls.items():
            begin_s = time.perf_counter()
            returned[name] = call()
            least[name] = min(least[name], time.perf_counter() - begin_s)
    return {name: (least[name], returned[name]) for name in calls}


def installed(package: str) -> Any:
    """Return a package, or None with a line that it is left out."""
    try:
        return importlib.import_module(package)
    except ImportError:
        print(f"{package} is not installed and is left out")
        return None


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows with all their columns."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
