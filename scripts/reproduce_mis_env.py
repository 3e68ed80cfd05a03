"""Policies learned in coplug/IndependentSet-v0 beside classical methods, on graphs that none was trained on.

First trains by the recipes independent-set-ppo (without reductions, then on with domination) and
independent-set-gflownet into --runs, or goes on with what is there (--no-train: takes the policies that are there).
Then prints mean sizes, ratios to the best set that any method of the table found, and seconds a graph, and writes a
row for each graph and method. The learned policies, random and "greedy, reductions" are compiled or torch on one core
and build on 20 graphs at a time; the searches take one graph after the other, with a second each. "best of 20" keeps
the largest of 20 drawn sets; "reductions" means domination between the steps. ReduMIS takes part if chszlablib is
installed. Every set is checked. Last: random episodes a second, of one environment after the other and side by side.

    python scripts/reproduce_mis_env.py [--family rb] [--size easy] [--graphs 100] [--seed 1000]
        [--runs runs/mis-env] [--no-train] [--csv FILE]
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from recipes import run_recipe

from coplug.envs.independent_set.environment import IndependentSetEnv
from coplug.families import generate_instances
from coplug.graphs.graph import Graph
from coplug.models.mis_policy import load, node_scores
from coplug.problems.mis.acting import Scores, build_sets, min_degree, uniform
from coplug.problems.mis.anytime import warm_up
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.solve import solve_graph
from coplug.problems.mis.verify import verify

RECIPES: dict[str, tuple[str, list[str]]] = {
    "PPO": ("independent-set-ppo", []),
    "PPO with reductions": (
        "independent-set-ppo",
        [
            "network_arguments.weights={runs}/ppo/policy",
            "environment_arguments.reductions=domination",
            "optimizer.learning_rate=1e-3",
            "max_epochs=15",
        ],
    ),
    "GFlowNet": ("independent-set-gflownet", []),
}
"""What is trained: a recipe and its settings; the second begins with the first one's policy."""

SIDE_BY_SIDE = 20
SAMPLES = 20
SECOND = 1.0

Sets = list[NDArray[np.bool_]]
Method = Callable[[Sequence[Graph]], Sets]
"""From some graphs to a set of each."""


def one_by_one(method: Callable[[Graph], NDArray[np.bool_]]) -> Method:
    """Return a method for some graphs from one for a graph."""
    return lambda graphs: [method(graph) for graph in graphs]


def search(graph: Graph) -> NDArray[np.bool_]:
    """Reductions and local search, one second: `coplug solve --problem mis --policy none`."""
    result = solve_graph("mis", graph, GraphOptions(policy="none", time_limit_s=SECOND))
    if result.status == "userinterrupt":
        raise KeyboardInterrupt
    return result.chosen


def redumis(graph: Graph) -> NDArray[np.bool_]:
    """ReduMIS of KaMIS through chszlablib, one second."""
    from chszlablib import Graph as TheirGraph
    from chszlablib import IndependenceProblems

    theirs = TheirGraph(num_nodes=graph.n_nodes)
    for u, v in graph.edges().tolist():
        theirs.add_edge(u, v)
    chosen = np.zeros(graph.n_nodes, dtype=np.bool_)
    chosen[IndependenceProblems.redumis(theirs, time_limit=SECOND, seed=0).vertices] = True
    return chosen


def acting(scores: Scores, reductions: str, samples: int) -> Method:
    """Return a method that acts in the environment; draws are the same whenever it is asked."""
    return lambda graphs: build_sets(scores, graphs, reductions, samples, np.random.default_rng(0))


def methods(policies: dict[str, Path]) -> dict[str, Method]:
    """Return what takes part."""
    chosen: dict[str, Method] = {
        "random": acting(uniform, "none", 1),
        "random, best of 20, reductions": acting(uniform, "domination", SAMPLES),
        "greedy": one_by_one(min_degree_greedy),
        "greedy, reductions": acting(min_degree, "domination", 0),
    }
    for name, directory in policies.items():
        scores = partial(node_scores, load(directory)[0])
        for reductions, label in (("none", ""), ("domination", ", reductions")):
            chosen[name + label] = acting(scores, reductions, 0)
            chosen[f"{name}, best of {SAMPLES}{label}"] = acting(scores, reductions, SAMPLES)
    chosen["search 1 s"] = one_by_one(search)
    if importlib.util.find_spec("chszlablib") is None:
        print("ReduMIS takes no part: chszlablib is not installed (pip install chszlablib)")
    else:
        chosen["ReduMIS 1 s"] = one_by_one(redumis)
    return chosen


def measure(method: Method, graphs: Sequence[Graph]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the checked sizes and the seconds of each graph, its share of a group's; both shape (n_graphs,)."""
    sizes, seconds = [], []
    for first in range(0, len(graphs), SIDE_BY_SIDE):
        group = graphs[first : first + SIDE_BY_SIDE]
        start_s = time.perf_counter()
        sets = method(group)
        seconds += [(time.perf_counter() - start_s) / len(group)] * len(group)
        for graph, chosen in zip(group, sets, strict=True):
            verify("mis", graph, chosen)
            sizes.append(int(np.count_nonzero(chosen)))
    return np.array(sizes), np.array(seconds)


def print_speed(count: int) -> None:
    """Print how many random episodes on RB-small a second each way of stepping manages."""
    graphs = [d.instance for d in generate_instances("rb", count, 0, "easy")]
    print("\n| random episodes | a second |\n|---|---|")
    for observation in ("matrix", "graph"):
        env = IndependentSetEnv(graphs, observation=observation)
        start_s = time.perf_counter()
        for graph in graphs:
            _, info = env.reset(options={"graph": graph})
            while info["n_left"]:
                info = env.step(env.action_space.sample())[-1]
        print(f"| environment, {observation} | {count / (time.perf_counter() - start_s):.0f} |")
    start_s = time.perf_counter()
    build_sets(uniform, graphs, "none", 1, np.random.default_rng(0))
    print(f"| {count} side by side | {count / (time.perf_counter() - start_s):.0f} |")


def trained(runs: Path, train: bool) -> dict[str, Path]:
    """Return the policies' directories, after training if asked to."""
    directories = {name: runs / name.lower().replace(" ", "-") for name in RECIPES}
    if train:
        for name, (recipe, settings) in RECIPES.items():
            run_recipe(recipe, directories[name], [setting.format(runs=runs) for setting in settings])
    return {name: path / "policy" for name, path in directories.items() if train or path.exists()}


def main() -> None:
    """Train, run and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--family", default="rb")
    parser.add_argument("--size", default="easy")
    parser.add_argument("--graphs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--runs", type=Path, default=Path("runs/mis-env"))
    parser.add_argument("--no-train", action="store_true")
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    policies = trained(options.runs, not options.no_train)
    warm_up()
    drawn = list(generate_instances(options.family, options.graphs, options.seed, options.size))
    graphs = [d.instance for d in drawn]
    found = {}
    for name, method in methods(policies).items():
        method(graphs[:1])  # compiles
        found[name] = measure(method, graphs)
        print(f"{name}: {found[name][0].mean():.2f}, {found[name][1].mean():.4f} s", flush=True)
    best = np.max([sizes for sizes, _ in found.values()], axis=0)
    print(f"\n{options.family} {options.size}, {len(graphs)} graphs, best known {best.mean():.2f}\n")
    print("| method | mean size | ratio to the best known | seconds a graph |\n|---|---|---|---|")
    for name, (sizes, seconds) in found.items():
        ratio = sizes / best
        error = ratio.std(ddof=1) / np.sqrt(len(ratio))
        print(f"| {name} | {sizes.mean():.2f} | {ratio.mean():.4f} ± {error:.4f} | {seconds.mean():.4f} |")
    if options.csv:
        with options.csv.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["graph", "seed", "nodes", "edges", "method", "size", "time_s"])
            for name, (sizes, seconds) in found.items():
                for d, size, second in zip(drawn, sizes.tolist(), seconds.tolist(), strict=True):
                    row = [
                        d.name,
                        d.seed,
                        d.instance.n_nodes,
                        d.instance.n_edges,
                        name,
                        size,
                        f"{second:.5f}",
                    ]
                    writer.writerow(row)
    print_speed(64)


if __name__ == "__main__":
    main()
