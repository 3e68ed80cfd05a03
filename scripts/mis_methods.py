"""Methods for independent sets that the scripts compare: each takes a graph and returns a set."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from coplug.extras import install_command
from coplug.graphs.graph import Graph
from coplug.problems.mis.bounds import edge_clique_cover
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.policies import load_policy
from coplug.problems.mis.solve import GraphResult, solve_graph
from coplug.scip.independent_set import solve_cliques

Method = Callable[[Graph], NDArray[np.bool_]]


def greedy(graph: Graph) -> NDArray[np.bool_]:
    """Min-degree greedy."""
    return min_degree_greedy(graph)


def solved(graph: Graph, options: GraphOptions) -> GraphResult:
    """Solve, and let a signal that ended the solve end the script."""
    result = solve_graph("mis", graph, options)
    if result.status == "userinterrupt":
        raise KeyboardInterrupt
    return result


def policy(name: str, seconds: float) -> Method:
    """Return what ``coplug solve --problem mis --policy NAME --time-limit SECONDS`` runs."""
    options = GraphOptions(policy=load_policy(name), time_limit_s=seconds)
    return lambda graph: solved(graph, options).chosen


def scip(seconds: float) -> Method:
    """Return SCIP on the whole graph, with the edge clique cover and without a start."""

    def run(graph: Graph) -> NDArray[np.bool_]:
        nothing = np.zeros(graph.n_nodes, dtype=np.bool_)
        return solve_cliques(graph.n_nodes, edge_clique_cover(graph), nothing, time_limit_s=seconds).chosen

    return run


def has_redumis() -> bool:
    """Tell whether ReduMIS can take part, and say so if not."""
    found = importlib.util.find_spec("chszlablib") is not None
    if not found:
        print(f"ReduMIS takes no part: chszlablib is not installed: {install_command('bench')}")
    return found


def redumis(seconds: float) -> Method:
    """Return ReduMIS of KaMIS (S. Lamm et al., Journal of Heuristics 23 (2017), 207-229), through chszlablib."""
    from chszlablib import Graph as TheirGraph
    from chszlablib import IndependenceProblems

    def run(graph: Graph) -> NDArray[np.bool_]:
        theirs = TheirGraph(num_nodes=graph.n_nodes)
        for u, v in graph.edges().tolist():
            theirs.add_edge(u, v)
        return _chosen(graph, IndependenceProblems.redumis(theirs, time_limit=seconds, seed=0).vertices)

    return run


def mmwis(seconds: float) -> Method:
    """Return MMWIS, for weights of nodes (E. Großmann et al., GECCO 2023), through chszlablib."""
    from chszlablib import IndependenceProblems

    return lambda graph: _chosen(
        graph, IndependenceProblems.mmwis(_with_weights(graph), time_limit=seconds, seed=0).vertices
    )


def chils(seconds: float) -> Method:
    """Return CHILS with four sets, for weights of nodes (E. Großmann et al., 2024), through chszlablib."""
    from chszlablib import IndependenceProblems

    return lambda graph: _chosen(
        graph, IndependenceProblems.chils(_with_weights(graph), time_limit=seconds, seed=0).vertices
    )


def _with_weights(graph: Graph) -> object:
    from chszlablib import Graph as TheirGraph

    weights = graph.weights_of_nodes().astype(np.int64)
    return TheirGraph.from_csr(graph.ptr, graph.neighbours, node_weights=weights)


def _chosen(graph: Graph, nodes: NDArray[np.integer]) -> NDArray[np.bool_]:
    chosen = np.zeros(graph.n_nodes, dtype=np.bool_)
    chosen[nodes] = True
    return chosen
