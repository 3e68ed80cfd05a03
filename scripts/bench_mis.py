"""Independent sets: sizes, ratios to the exact optimum and seconds a graph, for each method on each family.

Greedy is min-degree; "search" is reductions and local search (what `coplug solve --problem mis` runs) with a second a
graph; SCIP gets the edge clique cover and a second. The reference is the exact optimum where SCIP proves it within the
limit, else the best set that any method found (the row says how many were proven). ReduMIS takes part if chszlablib is
installed. Then sparse random graphs of 10,000 nodes, and of 1,000,000, with the peak memory of the process.

    python scripts/bench_mis.py [--graphs 20] [--seed 1000] [--exact-limit 20] [--large 1000000] [--only-large]
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from mis_methods import Method, greedy, has_redumis, policy, redumis, scip, solved

from coplug.families import generate_instances
from coplug.graphs.graph import from_edges
from coplug.problems.mis.anytime import warm_up
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.reductions import reduce_graph
from coplug.problems.mis.verify import verify

FAMILIES = (("rb", "easy"), ("erdos_renyi", "easy"), ("barabasi_albert", "medium"), ("special", "easy"))
SECOND = 1.0
SPARSE: tuple[tuple[str, dict[str, float | str]], ...] = (
    ("erdos_renyi", {"edge_probability": 0.0002}),
    ("erdos_renyi", {"edge_probability": 0.00025}),
    ("barabasi_albert", {"affinity": 1}),
    ("barabasi_albert", {"affinity": 2}),
    ("holme_kim", {"affinity": 2}),
)


def methods() -> dict[str, Method]:
    """Return what takes part."""
    chosen: dict[str, Method] = {
        "greedy": greedy,
        "search 1 s": policy("none", SECOND),
        "SCIP 1 s": scip(SECOND),
    }
    return chosen | ({"ReduMIS 1 s": redumis(SECOND)} if has_redumis() else {})


def compare(
    names: dict[str, Method], family: str, size: str, n_graphs: int, seed: int, exact_limit_s: float
) -> None:
    """Print the rows of a family."""
    sizes: dict[str, list[int]] = {name: [] for name in names}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    references, n_proven = [], 0
    for drawn in generate_instances(family, n_graphs, seed, size):
        for name, method in names.items():
            start_s = time.perf_counter()
            chosen = method(drawn.instance)
            seconds[name].append(time.perf_counter() - start_s)
            verify("mis", drawn.instance, chosen)
            sizes[name].append(int(np.count_nonzero(chosen)))
        exact = solved(drawn.instance, GraphOptions(policy="exact", time_limit_s=exact_limit_s))
        n_proven += exact.status == "optimal"
        references.append(max(exact.objective, *(sizes[name][-1] for name in names)))
    print(f"\n{family} {size}: {n_graphs} graphs, reference {np.mean(references):.2f}, proven {n_proven}")
    for name in names:
        ratios = np.array(sizes[name]) / np.array(references)
        print(
            f"  {name:12} size {np.mean(sizes[name]):8.2f}  ratio {ratios.mean():.4f} ± {ratios.std():.4f}  "
            f"{np.mean(seconds[name]):7.3f} s a graph"
        )


def sparse(n_graphs: int, seed: int) -> None:
    """Print how long sparse random graphs of 10,000 nodes take, and how many are solved with a proof."""
    print("\n10,000 nodes, 5 s at most")
    for family, parameters in SPARSE:
        limits: dict[str, float | str] = {"min_nodes": 10_000, "max_nodes": 10_000}
        graphs = generate_instances(family, n_graphs, seed, "hard", limits | parameters)
        results = [solved(drawn.instance, GraphOptions(time_limit_s=5.0)) for drawn in graphs]
        named = ", ".join(f"{key} {value}" for key, value in parameters.items())
        print(
            f"  {family:16} {named:26} kernel {np.mean([r.kernel_nodes for r in results]):8.1f} nodes  "
            f"optimal {sum(r.status == 'optimal' for r in results)} of {n_graphs}  "
            f"at most {max(r.time_s for r in results):.2f} s"
        )


def large(n_nodes: int, seed: int) -> None:
    """Print seconds and memory of greedy and of reductions with peeling on sparse random graphs."""
    for mean_degree in (3, 6):
        rng = np.random.default_rng(seed)
        graph = from_edges(n_nodes, rng.integers(0, n_nodes, (n_nodes * mean_degree // 2, 2)))
        print(f"\n{n_nodes} nodes, {graph.n_edges} edges")
        start_s = time.perf_counter()
        chosen = min_degree_greedy(graph)
        print(f"  greedy               size {chosen.sum()}  {time.perf_counter() - start_s:.2f} s")
        start_s = time.perf_counter()
        reduced = reduce_graph(graph, peel=True)
        chosen = reduced.expand(np.zeros(0, dtype=np.bool_))
        verify("mis", graph, chosen)
        proof = "optimal" if reduced.exact else "no proof"
        print(f"  reductions, peeling  size {chosen.sum()}  {time.perf_counter() - start_s:.2f} s  {proof}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--graphs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--exact-limit", type=float, default=20.0)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--only-large", action="store_true", help="leave out the comparison of methods")
    arguments = parser.parse_args()
    warm_up()
    taking_part = {} if arguments.only_large else methods()
    for family, size in FAMILIES if taking_part else ():
        compare(taking_part, family, size, arguments.graphs, arguments.seed, arguments.exact_limit)
    sparse(5, arguments.seed)
    large(arguments.large, arguments.seed)


if __name__ == "__main__":
    main()
