"""Learned independent sets beside classical ones: tables 1 and 2 of Brusca et al. (NeurIPS 2023), and coplug's `auto`.

    python scripts/reproduce_mis.py train NAME         # rb, rb-search, rb-paper, special, social: comparators
    python scripts/reproduce_mis.py tables [--graphs 40]  # comparators, greedy, ReduMIS 1 s, SCIP 1 s, on four families
    python scripts/reproduce_mis.py against rb|er [--graphs 100]  # auto against ReduMIS, in turn, with equal time
    python scripts/reproduce_mis.py start [--graphs 20]   # does a beam's set help the local search? at equal steps

The families: RB and SPECIAL are the paper's. COLLAB and TWITTER are data that coplug does not ship: their stand-ins,
`collaboration_ego` and `social_ego`, are random ego networks of about their size and density, and ratios on them are
not the paper's.
The reference is the exact optimum where reductions, local search and SCIP prove it within --exact-limit seconds, else
the largest set that any method found; the table says how many are proven. Rows go to docs/data/.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from mis_methods import Method, greedy, has_redumis, policy, redumis, scip, solved
from numpy.typing import NDArray
from recipes import run_recipe

from coplug.families import Drawn, generate_instances
from coplug.graphs.graph import Graph
from coplug.problems.mis import beam, local_search
from coplug.problems.mis.anytime import warm_up
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.learned import comparator_names, comparator_path, find_comparator, rule_of
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.policies import ComparatorPolicy
from coplug.problems.mis.recursion import largest_of
from coplug.problems.mis.verify import verify

DATA = Path(__file__).parent.parent / "docs" / "data"
TEST_SEED = 20_000
"""Root seed of the test graphs; training draws its roots from the recipe's seed, validation from ``valid_seed``."""

FAMILIES = ("rb", "collaboration_ego", "social_ego", "special")
ROLL_OUTS = 8
SECOND = 1.0

EXAMS = {"rb": ("rb", "easy", 1.0), "er": ("erdos_renyi", "medium", 10.0)}
"""Family, size and seconds a graph of ``against``."""

NEIGHBOURHOOD = [
    "task_arguments.rule=neighbourhood",
    "task_arguments.n_rollouts=2",
    "task_arguments.n_pairs=10",
    "task_arguments.n_roots=3",
    "task_arguments.valid_graphs=24",
    "epoch_steps=20",
]
PAPER = ["task_arguments.n_rollouts=2", "task_arguments.valid_graphs=24", "epoch_steps=20"]
TRAININGS = {
    "rb": [*NEIGHBOURHOOD, "max_epochs=14"],
    "rb-search": [*NEIGHBOURHOOD, "task_arguments.roll_outs=search", "max_epochs=20"],
    "rb-paper": [*PAPER, "max_epochs=10"],
    "special": [*PAPER, "task_arguments.families=special:easy", "max_epochs=6"],
    "social": [*NEIGHBOURHOOD, "task_arguments.families=social_ego:easy", "max_epochs=8"],
}
"""Settings of the trainings; what is shipped of them is in models/zoo/mis-comparator-*."""


@dataclass(frozen=True)
class Row:
    """One method on one graph."""

    graph: str
    method: str
    size: int
    time_s: float
    reference: int
    proven: bool

    @property
    def ratio(self) -> float:
        """Size over reference."""
        return self.size / self.reference


def comparator(name: str, n_rollouts: int) -> Method:
    """Return a comparator alone: the largest set of some roll-outs of the recursion, without reductions."""
    path = comparator_path(name)
    if path is None:
        raise SystemExit(f"there is no comparator {name}")
    net, rule = find_comparator(name), rule_of(path)
    return lambda graph: largest_of(net, graph, rule, n_rollouts, 0)


def beams(name: str, width: int) -> Method:
    """Return one beam of a width, reductions in between."""
    net = find_comparator(name)
    return lambda graph: beam.search(net, graph, width, 0).chosen


def measured(method: Method, graph: Graph) -> tuple[int, float]:
    """Return the size of a method's set, verified, and the seconds it took."""
    begin_s = time.perf_counter()
    chosen = method(graph)
    seconds = time.perf_counter() - begin_s
    verify("mis", graph, chosen)
    return int(np.count_nonzero(chosen)), seconds


def examine(methods: dict[str, Method], graphs: Iterator[Drawn[Graph]], exact_limit_s: float) -> list[Row]:
    """Run all methods on each graph, in turn."""
    rows = []
    for drawn in graphs:
        found = {name: measured(method, drawn.instance) for name, method in methods.items()}
        largest = max(size for size, _ in found.values())
        proven = False
        if exact_limit_s:
            exact = solved(drawn.instance, GraphOptions(policy="exact", time_limit_s=exact_limit_s))
            largest, proven = max(largest, int(exact.objective)), exact.status == "optimal"
        rows += [
            Row(drawn.name, name, size, round(seconds, 5), largest, proven)
            for name, (size, seconds) in found.items()
        ]
    return rows


def write(rows: Sequence[Row], name: str) -> None:
    """Write rows as CSV."""
    with (DATA / name).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(field.name for field in fields(Row)), "ratio"])
        for row in rows:
            writer.writerow([*(getattr(row, field.name) for field in fields(Row)), row.ratio])


def show(title: str, rows: Sequence[Row]) -> None:
    """Print a table."""
    graphs = {row.graph: row for row in rows}.values()
    proven = sum(row.proven for row in graphs)
    print(f"\n{title}: {len(graphs)} graphs, reference proven for {proven}\n")
    print("| method | mean size | ratio | s a graph |\n|---|---|---|---|")
    for name in dict.fromkeys(row.method for row in rows):
        mine = [row for row in rows if row.method == name]
        ratios = np.array([row.ratio for row in mine])
        size, seconds = np.mean([row.size for row in mine]), np.mean([row.time_s for row in mine])
        print(f"| {name} | {size:.2f} | {ratios.mean():.4f} ± {ratios.std():.4f} | {seconds:.4f} |")


def tables(n_graphs: int, exact_limit_s: float) -> None:
    """Print the ratios of all methods on all families."""
    methods: dict[str, Method] = {"greedy": greedy}
    for name in comparator_names():
        methods |= {
            f"{name}, 1 roll-out": comparator(name, 1),
            f"{name}, {ROLL_OUTS} roll-outs": comparator(name, ROLL_OUTS),
            f"{name}, beam of {ROLL_OUTS}": beams(name, ROLL_OUTS),
        }
    methods |= {"auto 1 s": policy("auto", SECOND), "SCIP 1 s": scip(SECOND)}
    methods |= {"ReduMIS 1 s": redumis(SECOND)} if has_redumis() else {}
    for family in FAMILIES:
        rows = examine(methods, generate_instances(family, n_graphs, TEST_SEED, "easy"), exact_limit_s)
        write(rows, f"mis-{family}-easy.csv")
        show(f"{family} easy", rows)


def against(exam: str, n_graphs: int) -> None:
    """Print auto against ReduMIS."""
    family, size, seconds = EXAMS[exam]
    if not has_redumis():
        raise SystemExit(1)
    label = f"{seconds:g} s"
    methods = {f"auto {label}": policy("auto", seconds), f"ReduMIS {label}": redumis(seconds)}
    rows = examine(methods, generate_instances(family, n_graphs, TEST_SEED, size), 0.0)
    write(rows, f"mis-against-{exam}.csv")
    show(f"{family} {size}, the larger of the two sets as reference", rows)
    totals = [sum(row.size for row in rows if row.method == name) for name in methods]
    print(f"\nauto over ReduMIS, of the mean sizes: {totals[0] / totals[1]:.4f}")


def start(n_graphs: int, seconds: float) -> None:
    """Print what the local search reaches from greedy and from a beam, the beam's time taken off its own."""
    for family, size, name in (("rb", "easy", "mis-comparator-rb"), ("rb", "hard", "mis-comparator-rb")):
        methods = {
            "greedy, local search": _searched_from(None, seconds),
            "beam of 1, local search": _searched_from(beams(name, 1), seconds),
            "beam of 8, local search": _searched_from(beams(name, 8), seconds),
        }
        rows = examine(methods, generate_instances(family, n_graphs, TEST_SEED, size), 0.0)
        write(rows, f"mis-start-{family}-{size}.csv")
        show(f"{family} {size}, {seconds:g} s in all", rows)


def _searched_from(first: Method | None, seconds: float) -> Method:
    def run(graph: Graph) -> NDArray[np.bool_]:
        end_s = time.perf_counter() + seconds
        chosen = min_degree_greedy(graph) if first is None else first(graph)
        state = local_search.start(graph, chosen, 0)
        while time.perf_counter() < end_s:
            local_search.run(state, 500_000, 2**40, graph.n_nodes)
        return local_search.best_set(state)

    return run


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    training = parts.add_parser("train")
    training.add_argument("name", choices=sorted(TRAININGS))
    table = parts.add_parser("tables")
    table.add_argument("--graphs", type=int, default=40)
    table.add_argument("--exact-limit", type=float, default=10.0)
    duel = parts.add_parser("against")
    duel.add_argument("exam", choices=sorted(EXAMS))
    duel.add_argument("--graphs", type=int, default=100)
    first = parts.add_parser("start")
    first.add_argument("--graphs", type=int, default=20)
    first.add_argument("--seconds", type=float, default=SECOND)
    arguments = parser.parse_args()
    if arguments.part == "train":
        run_recipe("mis-comparator", Path("runs") / f"mis-{arguments.name}", TRAININGS[arguments.name])
        return
    warm_up()
    for name in comparator_names():
        ComparatorPolicy(name, find_comparator(name)).warm_up()
        comparator(name, 1)(next(generate_instances("special", 1, 0, "tiny")).instance)
    if arguments.part == "tables":
        tables(arguments.graphs, arguments.exact_limit)
    elif arguments.part == "against":
        against(arguments.exam, arguments.graphs)
    else:
        start(arguments.graphs, arguments.seconds)


if __name__ == "__main__":
    main()
