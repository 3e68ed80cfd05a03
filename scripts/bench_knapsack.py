"""Knapsacks with two objectives, method beside method; and sets that differ beside restarts of the local search.

    python scripts/bench_knapsack.py fronts [METHOD ...] [--seeds 5] [--seconds 60]   # all methods, or some
    python scripts/bench_knapsack.py sets [--seeds 10] [--seconds 2]                  # 20 independent sets of RB-small
    python scripts/bench_knapsack.py show                                             # the tables of what is there

``fronts``: 100 items, profits and weights uniform in 1..100, half of the weight fits (``coplug generate knapsack --size
easy``). ``epsilon-constraint`` has no limit: its front is the reference. ``pymoo`` is NSGA-II of pymoo (an extra of its
own), 200 individuals, uniform crossover, bit flips, and children that do not fit repaired by removing what is worth
least for its weight, as Zitzler and Thiele do; its last population counts.

``sets``: ``coplug solve --problem mis --samples 20 --diverse`` beside 20 restarts, each of reductions and local search
with a seed of its own and a twentieth of the time.

Rows go to docs/data/knapsack-fronts.csv and docs/data/independent-sets-samples.csv; those that are there are not
measured again. CPU seconds say what a method had of a shared machine.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from csv_rows import rows_of
from numpy.typing import NDArray

from coplug.algorithms.fronts.hypervolume import hypervolume
from coplug.algorithms.fronts.indicators import igd_plus, mean_pairwise_distance
from coplug.families import generate_instances
from coplug.files import appending
from coplug.graphs.graph import Graph
from coplug.problems.knapsack import solve as knapsack_solve
from coplug.problems.knapsack.instance import Knapsack
from coplug.problems.knapsack.options import KnapsackOptions
from coplug.problems.mis.anytime import warm_up as warm_up_sets
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.solve import solve_graph
from coplug.problems.mis.tools import CountingTools
from coplug.random_kernels import seeded

DATA = Path(__file__).parent.parent / "docs" / "data"
FRONTS = DATA / "knapsack-fronts.csv"
SETS = DATA / "independent-sets-samples.csv"
REFERENCE = "epsilon-constraint"
N_SETS = 20
POPULATION = 200
TOOLS = CountingTools()
METHODS = ("auto", "sampler", "pymoo", REFERENCE, "nsga2", "local-search")


@dataclass(frozen=True)
class FrontRow:
    """What a method found of a front; ``points`` are pairs ``a:b``, apart by blanks."""

    seed: int
    method: str
    limit_s: float
    wall_s: float
    cpu_s: float
    complete: bool
    n_points: int
    volume: float
    points: str


@dataclass(frozen=True)
class SetsRow:
    """What a method found of 20 sets."""

    seed: int
    n_nodes: int
    method: str
    limit_s: float
    wall_s: float
    n_different: int
    mean_size: float
    mean_distance: float


FIRST_SEED = 100
"""Of instances for fronts: none was looked at when the sampler's settings were chosen."""


def knapsack(seed: int) -> Knapsack:
    """Return the instance of a seed."""
    (drawn,) = generate_instances("knapsack", 1, seed, "easy")
    instance: Knapsack = drawn.instance
    return instance


def by_coplug(method: str, seconds: float) -> Callable[[Knapsack, int], tuple[NDArray[np.int64], bool]]:
    """Return a function of an instance and a seed that returns points, and whether they are complete."""
    limit_s = None if method == REFERENCE else seconds
    options = KnapsackOptions(method=method, time_limit_s=limit_s)
    knapsack_solve.warm_up(options)

    def run(instance: Knapsack, seed: int) -> tuple[NDArray[np.int64], bool]:
        front = knapsack_solve.solve_knapsack(
            instance, KnapsackOptions(method=method, time_limit_s=limit_s, seed=seed)
        )
        return front.values, front.complete

    return run


def by_pymoo(seconds: float) -> Callable[[Knapsack, int], tuple[NDArray[np.int64], bool]]:
    """Return the same for pymoo's NSGA-II."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.core.repair import Repair
    from pymoo.operators.crossover.ux import UX
    from pymoo.operators.mutation.bitflip import BitflipMutation
    from pymoo.operators.sampling.rnd import BinaryRandomSampling
    from pymoo.optimize import minimize

    def run(instance: Knapsack, seed: int) -> tuple[NDArray[np.int64], bool]:
        order = np.argsort((instance.profits / instance.weights[0]).max(axis=0))

        class Front(Problem):  # type: ignore[misc] # pymoo is untyped
            def __init__(self) -> None:
                super().__init__(n_var=instance.n_items, n_obj=2, xl=0, xu=1, vtype=bool)

            def _evaluate(self, x: Any, out: Any, *_: Any, **__: Any) -> None:
                out["F"] = -(x.astype(np.float64) @ instance.profits.T)

        class WorstFirst(Repair):  # type: ignore[misc] # pymoo is untyped
            def _do(self, _problem: Any, x: Any, **_: Any) -> Any:
                x = x[:, order]
                # Of the items in this order, the first ones leave: as many as it takes for the rest to fit.
                rest = np.cumsum((x * instance.weights[0, order])[:, ::-1], axis=1)[:, ::-1]
                kept = np.empty_like(x)
                kept[:, order] = x & (rest <= instance.capacities[0])
                return kept

        algorithm = NSGA2(
            pop_size=POPULATION,
            sampling=BinaryRandomSampling(),
            crossover=UX(),
            mutation=BitflipMutation(),
            repair=WorstFirst(),
            eliminate_duplicates=True,
        )
        found = minimize(Front(), algorithm, ("time", seconds), seed=seed + 1, verbose=False)
        return np.unique(-found.F.astype(np.int64), axis=0)[::-1], False

    return run


def measure_fronts(methods: Sequence[str], seeds: int, seconds: float) -> None:
    """Measure what is not there yet, method by method on one instance after the other."""
    done = {(row["seed"], row["method"], float(row["limit_s"])) for row in rows_of(FRONTS)}
    for method in methods:
        limit_s = float("inf") if method == REFERENCE else seconds
        run: Callable[[Knapsack, int], tuple[NDArray[np.int64], bool]] | None = None
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            if (str(seed), method, limit_s) in done:
                continue
            run = run or (by_pymoo(seconds) if method == "pymoo" else by_coplug(method, seconds))
            wall_s, cpu_s = time.monotonic(), time.process_time()
            points, complete = run(knapsack(seed), seed)
            wall_s, cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
            text = " ".join(f"{a}:{b}" for a, b in points.tolist())
            row = FrontRow(
                seed,
                method,
                limit_s,
                round(wall_s, 2),
                round(cpu_s, 2),
                complete,
                len(points),
                hypervolume(points),
                text,
            )
            add(FRONTS, row)
            print(
                seed, method, row.wall_s, row.n_points, row.volume, "complete" if complete else "", flush=True
            )


def measure_sets(seeds: int, seconds: float) -> None:
    """Measure what is not there yet."""
    warm_up_sets(sampling=True)
    done = {(row["seed"], row["method"]) for row in rows_of(SETS)}
    for seed in range(seeds):
        (drawn,) = generate_instances("rb", 1, seed, "easy")
        for method, run in (("auto", diverse), ("restarts", restarts)):
            if (str(seed), method) in done:
                continue
            begin_s = time.monotonic()
            sets = run(drawn.instance, seconds)
            row = SetsRow(
                seed=seed,
                n_nodes=drawn.instance.n_nodes,
                method=method,
                limit_s=seconds,
                wall_s=round(time.monotonic() - begin_s, 2),
                n_different=len(np.unique(sets, axis=0)),
                mean_size=float(sets.sum(axis=1).mean()),
                mean_distance=round(mean_pairwise_distance(sets), 2),
            )
            add(SETS, row)
            print(*asdict(row).values(), flush=True)


def diverse(graph: Graph, seconds: float) -> NDArray[np.bool_]:
    """Return 20 sets that differ."""
    found = solve_graph("mis", graph, GraphOptions(samples=N_SETS, diverse=True, time_limit_s=seconds)).sets
    assert found is not None
    return found


def restarts(graph: Graph, seconds: float) -> NDArray[np.bool_]:
    """Return the sets of 20 restarts, each with reductions of its own and a twentieth of the time."""
    begin_s, sets = time.monotonic(), []
    for seed in range(N_SETS):
        reduced = TOOLS.reduce(graph, bool)
        search = TOOLS.local_search(reduced.kernel, TOOLS.first_set(reduced.kernel, bool), int(seeded(seed)))
        while time.monotonic() - begin_s < (seed + 1) * seconds / N_SETS:
            search.advance(2**62, 2**62)
        sets.append(reduced.expand(search.chosen))
    return np.array(sets)


def add(path: Path, row: FrontRow | SetsRow) -> None:
    """Add a row at the end of a file, with a heading if it is the first."""
    names = [field.name for field in fields(row)]
    head = "" if path.exists() else ",".join(names) + "\n"
    values = ",".join(str(value) for value in asdict(row).values())
    with appending(path) as append:
        append(f"{head}{values}\n".encode())


def show() -> None:
    """Print the tables of the results page."""
    fronts = rows_of(FRONTS)
    best = {
        row["seed"]: points_of(row)
        for row in fronts
        if row["method"] == REFERENCE and row["complete"] == "True"
    }
    print("| method | share of the hypervolume | least | points found | IGD+ | wall s | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for method, rows in grouped(row for row in fronts if row["seed"] in best).items():
        shares = [float(row["volume"]) / hypervolume(best[row["seed"]]) for row in rows]
        found = [len(common(points_of(row), best[row["seed"]])) / len(best[row["seed"]]) for row in rows]
        missed = [igd_plus(points_of(row), best[row["seed"]]) for row in rows]
        print(
            f"| {method} | {np.mean(shares):.5f} | {min(shares):.5f} | {np.mean(found):.1%} | {np.mean(missed):.2f} "
            f"| {mean(rows, 'wall_s'):.1f} | {mean(rows, 'cpu_s'):.1f} |"
        )
    print("\n| method | graphs | mean size | mean distance | different | wall s |\n|---|---|---|---|---|---|")
    for method, rows in grouped(rows_of(SETS)).items():
        print(
            f"| {method} | {len(rows)} | {mean(rows, 'mean_size'):.2f} | {mean(rows, 'mean_distance'):.2f} "
            f"| {mean(rows, 'n_different'):.1f} | {mean(rows, 'wall_s'):.2f} |"
        )


def grouped(rows: Iterable[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """Return rows by method."""
    found = defaultdict(list)
    for row in rows:
        found[row["method"]].append(row)
    return found


def mean(rows: list[dict[str, str]], name: str) -> float:
    """Return the mean of a column."""
    return float(np.mean([float(row[name]) for row in rows]))


def points_of(row: dict[str, str]) -> NDArray[np.int64]:
    """Return the points of a row, shape (n_points, 2)."""
    return np.array([point.split(":") for point in row["points"].split()], np.int64)


def common(points: NDArray[np.int64], others: NDArray[np.int64]) -> set[tuple[int, ...]]:
    """Return the points that are in both."""
    return set(map(tuple, points.tolist())) & set(map(tuple, others.tolist()))


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("fronts", "sets", "show"))
    parser.add_argument("methods", nargs="*", metavar="METHOD", help=f"of fronts: {', '.join(METHODS)}")
    parser.add_argument("--seeds", type=int, help="instances; 5 of fronts, 10 of sets if not given")
    parser.add_argument("--seconds", type=float, help="for each; 60 of fronts, 2 of sets if not given")
    options = parser.parse_args()
    unknown = set(options.methods) - set(METHODS)
    if unknown:
        parser.error(f"no method {min(unknown)!r}; choose from {', '.join(METHODS)}")
    if options.what == "fronts":
        measure_fronts(options.methods or METHODS, options.seeds or 5, options.seconds or 60.0)
    elif options.what == "sets":
        measure_sets(options.seeds or 10, options.seconds or 2.0)
    show()


if __name__ == "__main__":
    main()
