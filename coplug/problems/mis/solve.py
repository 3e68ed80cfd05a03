"""Solving independent set, vertex cover and clique on a graph, with a check of the set that is returned."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.graphs.graph import Graph
from coplug.graphs.operations import complement, complement_bytes
from coplug.problems.mis.anytime import AnytimeSearch
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.verify import verify
from coplug.report import OnProgress, PolicyUse, Sense, Stop

SENSES: dict[str, Sense] = {"mis": "max", "vertex-cover": "min", "clique": "max"}
"""Problems and the sense of each."""

DEFAULT_MEMORY_MB = 4096.0
"""What the complement of a graph may take if no limit is given."""

BYTES_A_MB = 1 << 20
COPIES = 4
"""The solver's arrays, in sizes of the graph itself."""


@dataclass(frozen=True)
class GraphResult:
    """How a solve ended.

    Attributes
    ----------
    chosen : bool, shape (n_nodes,)
        The set, verified.
    status : str
        ``optimal`` with a proof; else ``timelimit``, ``userinterrupt``, or ``unknown`` where a heuristic ended.
    sense : "min" or "max"
        Of the size.
    objective : int
        Size of the set.
    bound : int
        What no set can pass.
    kernel_nodes : int
        Nodes that the reductions left.
    kernel_edges : int
        Edges between them.
    steps : int
        Insertions of the local search, or what a policy counts.
    policy : PolicyUse
        What a policy did.
    failure : str
        Why it failed, if it did.
    time_s : float
        Seconds.
    """

    chosen: NDArray[np.bool_]
    status: str
    sense: Sense
    objective: int
    bound: int
    kernel_nodes: int
    kernel_edges: int
    steps: int
    policy: PolicyUse
    failure: str
    time_s: float


def solve_graph(
    problem: str,
    graph: Graph,
    options: GraphOptions,
    progress: OnProgress | None = None,
    stop: Stop = bool,
) -> GraphResult:
    """Solve a problem on a graph.

    Parameters
    ----------
    problem : str
        One of :data:`SENSES`.
    graph : Graph
    options : GraphOptions
    progress : callable, optional
        Called some times a second.
    stop : callable
        Asked as often whether to end with the best set so far.

    Raises
    ------
    UsageError
        If the problem is unknown.
    InstanceError
        If the complement, for cliques, does not fit the memory.
    """
    if problem not in SENSES:
        raise UsageError(f"problem {problem!r} is unknown; choose one of: {', '.join(SENSES)}")
    begin_s = time.monotonic()
    searched = _complement(graph, options) if problem == "clique" else graph
    search = AnytimeSearch(problem, searched, options, stop, begin_s, progress)
    chosen = search.run()
    if problem == "vertex-cover":
        chosen = ~chosen
    verify(problem, graph, chosen)
    objective, bound = search.translated()
    return GraphResult(
        chosen=chosen,
        status=search.status(),
        sense=SENSES[problem],
        objective=objective,
        bound=bound,
        kernel_nodes=search.kernel_nodes,
        kernel_edges=search.kernel_edges,
        steps=search.steps,
        policy=search.policy_use(),
        failure=search.failure,
        time_s=time.monotonic() - begin_s,
    )


def _complement(graph: Graph, options: GraphOptions) -> Graph:
    limit_mb = options.memory_limit_mb if options.memory_limit_mb is not None else DEFAULT_MEMORY_MB
    needed_mb = COPIES * complement_bytes(graph) / BYTES_A_MB
    if needed_mb > limit_mb:
        raise InstanceError(
            f"maximum clique works on the complement, which for {graph.n_nodes} nodes takes about {needed_mb:.0f} MB; "
            f"the limit is {limit_mb:.0f} MB: raise --mem-limit or take a smaller graph"
        )
    return complement(graph)
