"""Solving independent set, vertex cover and clique on a graph, with a check of the set that is returned."""

from __future__ import annotations

import time
from collections.abc import Callable

from coplug.errors import InstanceError, UsageError
from coplug.graphs.graph import Graph
from coplug.graphs.operations import complement, complement_bytes
from coplug.interruption import Interrupt, handlers
from coplug.problems.mis.anytime import AnytimeSearch
from coplug.problems.mis.options import PROBLEMS, GraphOptions, GraphResult, Progress
from coplug.problems.mis.verify import verify

DEFAULT_MEMORY_MB = 4096.0
"""What the complement of a graph may take if no limit is given."""

BYTES_A_MB = 1 << 20
COPIES = 4
"""The solver's arrays, in sizes of the graph itself."""


def solve_graph(
    problem: str,
    graph: Graph,
    options: GraphOptions,
    on_progress: Callable[[Progress], None] | None = None,
) -> GraphResult:
    """Solve a problem on a graph; Ctrl-C and SIGTERM end it with the best set so far.

    Parameters
    ----------
    problem : str
        One of :data:`PROBLEMS`.
    graph : Graph
    options : GraphOptions
    on_progress : callable, optional
        Called some times a second.

    Raises
    ------
    UsageError
        If the problem is unknown.
    InstanceError
        If the complement, for cliques, does not fit the memory.
    """
    if problem not in PROBLEMS:
        raise UsageError(f"problem {problem!r} is unknown; choose one of: {', '.join(PROBLEMS)}")
    begin_s = time.monotonic()
    interrupt = Interrupt()
    with handlers(interrupt):
        searched = _complement(graph, options) if problem == "clique" else graph
        search = AnytimeSearch(problem, searched, options, interrupt, begin_s, on_progress)
        chosen = search.run()
    if problem == "vertex-cover":
        chosen = ~chosen
    verify(problem, graph, chosen)
    objective, bound = search.translated()
    return GraphResult(
        chosen=chosen,
        status=search.status(),
        sense=PROBLEMS[problem],
        objective=objective,
        bound=bound,
        kernel_nodes=search.kernel_nodes,
        kernel_edges=search.kernel_edges,
        steps=search.steps,
        time_s=time.monotonic() - begin_s,
        policy_time_s=search.policy_time_s,
        signal=interrupt.signal,
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
