"""Reproduce the setting of DeepIM (Ling et al., ICML 2023) beside what it has to be measured against.

    python scripts/reproduce_deepim.py known       # diffusion known: five graphs, four diffusions, four budgets
    python scripts/reproduce_deepim.py cascades    # diffusion unknown: 500 cascades of the weighted cascade
    python scripts/reproduce_deepim.py transfer    # the shipped policy on graphs ten times larger than its own

Graphs are drawn: of the sizes of Jazz, Network Science, Cora-ML and Power Grid, and a synthetic one; ``--graph FILE``
takes a real one instead, as an undirected graph, as often as it is given. Diffusions: independent cascade and linear
threshold with probabilities or weights of one over the neighbours (lt: random thresholds, fixed: 0.5), and SIS with
beta = lambda = 0.001 over 100 rounds, where those infected at the end count. Budgets: 1, 5, 10 and 20 % of the nodes.

Rows go to docs/data/influence-PART.csv one by one: what is there is not measured again; tables_influence.py makes
tables of them. Spreads are percent of the nodes, on worlds of their own. Where thresholds are fixed, IMM chooses as if
they were random.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from bench_influence import DATA, SIZES, power_law_pairs, task_of
from csv_rows import append, rows_of
from numpy.typing import NDArray

from coplug.families import make_family
from coplug.graphs.formats.reading import read_graph
from coplug.graphs.formats.simple import Wanted
from coplug.graphs.graph import Graph
from coplug.problems.influence.acting import by_policy
from coplug.problems.influence.cascade_family import observed
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.estimators import ESTIMATORS
from coplug.problems.influence.learned import learn, with_chances
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.methods import Effort, choose
from coplug.problems.influence.network import Network, make_network
from coplug.problems.influence.policies import load_policy
from coplug.problems.influence.spread import estimate

SHARES = (0.2, 0.1, 0.05, 0.01)
WORLDS = 2000
GREEDY_WORLDS = {"sis": 100, "fixed": 1}
"""Of lazy greedy where it is the control; for ic and lt, ``bench_influence.py quality`` has it beside IMM."""

DIFFUSIONS = {
    "ic": Diffusion("ic"),
    "lt": Diffusion("lt"),
    "fixed": Diffusion("lt", threshold=0.5),
    "sis": Diffusion("sis"),
}
STUDENT_NODES = 2000
"""Of the largest graph that the student is measured on."""

METHODS = ("imm", "deepim", "deepim-student", "influence-rl", "degree-discount", "degree", "random")
N_CASCADES, SEED_SHARE = 500, 0.01
CASCADE_SEEDS = (0, 1, 2)
LARGE = ("barabasi_albert", "holme_kim", "watts_strogatz", "erdos_renyi")
LARGE_NODES = 800
"""Ten times the 80 of the largest graph that the policy was trained on."""

FEW_EDGES = {"erdos_renyi": {"edge_probability": 0.008}}
"""Parameters of large graphs, so that they are as sparse as others."""


@dataclass(frozen=True)
class Cell:
    """A network, a budget, and what is to be called so."""

    graph: str
    diffusion: str
    network: Network
    budget: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What its rows begin with."""
        return self.graph, self.diffusion, str(self.budget)


def main() -> None:
    """Measure a part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("part", choices=("known", "cascades", "transfer"))
    parser.add_argument("--graph", type=Path, action="append", default=[], help="instead of drawn ones")
    parser.add_argument(
        "--only", type=words, default=list(DIFFUSIONS), help="diffusions of known, apart by commas"
    )
    parser.add_argument(
        "--methods", type=words, default=["celf", *METHODS], help="methods of known, likewise"
    )
    arguments = parser.parse_args()
    drawn = {path.stem: read(path) for path in arguments.graph} or graphs()
    if arguments.part == "known":
        known(drawn, arguments.only, arguments.methods)
    elif arguments.part == "cascades":
        cascades(drawn)
    else:
        transfer()


def words(text: str) -> list[str]:
    """Return words that stand apart by commas."""
    return text.split(",")


def known(drawn: dict[str, Graph], diffusions: list[str], methods: list[str]) -> None:
    """Measure methods where the diffusion is known."""
    networks = [
        (name, diffusion, make_network(graph, DIFFUSIONS[diffusion]))
        for name, graph in drawn.items()
        for diffusion in diffusions
    ]
    for share in SHARES:
        for name, diffusion, network in networks:
            cell = Cell(name, diffusion, network, max(1, int(share * network.n_nodes)))
            wanted = [method for method in methods_for(cell) if method in methods]
            measure("known", cell, {method: chooser(cell, method) for method in wanted})


def methods_for(cell: Cell) -> Iterator[str]:
    """Yield what is measured on a cell."""
    if cell.diffusion in GREEDY_WORLDS:
        yield "celf"
    for method in METHODS:
        if method != "deepim-student" or cell.network.n_nodes <= STUDENT_NODES:
            yield method


def chooser(cell: Cell, method: str) -> Callable[[], NDArray[np.int32]]:
    """Return what chooses the seeds of a cell by a method."""
    task = task_of(cell.network, cell.budget)
    effort = Effort(greedy_worlds=GREEDY_WORLDS.get(cell.diffusion, 1000))
    if method == "influence-rl":
        policy = load_policy(method)
        assert policy is not None
        return lambda: by_policy(task, policy, 0, Limits())[0].seeds
    if method == "imm" and cell.diffusion == "fixed":
        diffusion = replace(cell.network.diffusion, threshold=None)
        task = replace(task, network=replace(cell.network, diffusion=diffusion))
    return lambda: choose(task, method, effort, Limits()).seeds


def cascades(drawn: dict[str, Graph]) -> None:
    """Measure IMM on the probabilities of each estimator that sees the same cascades, and on the true ones.

    DeepIM, on the probabilities that arcs share, is measured in the first draw.
    """
    for seed in CASCADE_SEEDS:
        for name, graph in drawn.items():
            truth = make_network(graph, Diffusion("ic"))
            cells = [
                Cell(name, f"cascades-{seed}", truth, max(1, int(share * graph.n_nodes))) for share in SHARES
            ]
            methods = ["truth", *ESTIMATORS, *(["deepim"] if seed == CASCADE_SEEDS[0] else [])]
            done = measured("cascades")
            if all((*cell.key, method) in done for cell in cells for method in methods):
                continue
            seen = observed(truth, N_CASCADES, SEED_SHARE, np.random.RandomState(seed))
            chosen = learn(graph, seen).estimator
            networks = {"truth": truth} | {
                estimator: make_network(
                    with_chances(graph, estimated(graph, seen)), Diffusion("ic", "column")
                )
                for estimator, estimated in ESTIMATORS.items()
            }
            for cell in cells:
                choosers = {
                    estimator: chooser(replace(cell, network=network), "imm")
                    for estimator, network in networks.items()
                }
                if "deepim" in methods:
                    choosers["deepim"] = chooser(replace(cell, network=networks["shared"]), "deepim")
                measure("cascades", cell, choosers, auto=chosen)


def transfer() -> None:
    """Measure the shipped policy on graphs ten times larger than any that it was trained on."""
    for family in LARGE:
        size: dict[str, float | str] = {"min_nodes": LARGE_NODES, "max_nodes": LARGE_NODES}
        parameters = size | FEW_EDGES.get(family, {})
        for number in range(3):
            graph = make_family(family, None, parameters).generate(np.random.RandomState(number))
            network = make_network(graph, Diffusion("ic"))
            for share in SHARES:
                cell = Cell(f"{family}-{number}", "ic", network, int(share * graph.n_nodes))
                methods = ("imm", "influence-rl", "degree-discount", "random")
                measure("transfer", cell, {method: chooser(cell, method) for method in methods})


def measure(
    part: str, cell: Cell, choosers: dict[str, Callable[[], NDArray[np.int32]]], auto: str = ""
) -> None:
    """Let each method choose what has no row yet, judge it, and write a row."""
    done = measured(part)
    for method, choose_seeds in choosers.items():
        if (*cell.key, method) in done:
            continue
        begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
        seeds = choose_seeds()
        seconds, cpu_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
        curve = estimate(cell.network, seeds, 1, worlds=WORLDS)
        n = cell.network.n_nodes
        row: dict[str, object] = {
            "graph": cell.graph, "nodes": n, "edges": cell.network.n_arcs // 2, "diffusion": cell.diffusion,
            "budget": cell.budget, "method": method, "spread": round(100 * curve.spread / n, 3),
            "error": round(100 * curve.standard_error / n, 4), "seconds": round(seconds, 2),
            "cpu_s": round(cpu_s, 2),
        }  # fmt: skip
        if auto:
            row["auto"] = int(auto == method)
        append(file_of(part), row)
        print(row, flush=True)


def measured(part: str) -> set[tuple[str, str, str, str]]:
    """Return graph, diffusion, budget and method of the rows that a part has."""
    return {(row["graph"], row["diffusion"], row["budget"], row["method"]) for row in rows_of(file_of(part))}


def file_of(part: str) -> Path:
    """Return where the rows of a part are."""
    return DATA / f"influence-{part}.csv"


def graphs() -> dict[str, Graph]:
    """Return the drawn graphs: of the sizes of the published ones, and a synthetic one."""
    drawn = {name: power_law_pairs(*size) for name, size in SIZES.items()}
    synthetic: dict[str, float | str] = {"min_nodes": 1000, "max_nodes": 1000, "affinity": 4}
    return drawn | {"synthetic": make_family("holme_kim", None, synthetic).generate(np.random.RandomState(0))}


def read(path: Path) -> Graph:
    """Read a graph, without weights and directions."""
    return read_graph(path, Wanted()).graph


if __name__ == "__main__":
    main()
