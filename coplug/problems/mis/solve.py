"""Solving independent set, vertex cover and clique on a graph, with a check of the set that is returned."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.graphs.graph import Graph
from coplug.graphs.operations import complement, complement_bytes
from coplug.problems.mis.anytime import AnytimeSearch
from coplug.problems.mis.bounds import clique_cover_bound
from coplug.problems.mis.options import DEFAULT_TIME_LIMIT_S, GraphOptions
from coplug.problems.mis.sampling import SEARCH_SHARE, sample_sets
from coplug.problems.mis.verify import verify
from coplug.problems.mis.weighing import Weighed, weigh
from coplug.report import Number, OnProgress, PolicyUse, Progress, Sense, Stop

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
        ``optimal`` with a proof; ``gaplimit`` with one up to SCIP's tolerance, for weights of very large sums; else
        ``timelimit``, ``userinterrupt``, or ``unknown`` where a heuristic ended.
    sense : "min" or "max"
        Of the objective.
    objective : int or float
        Size of the set, or its weight.
    bound : int or float
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
    sets : bool, shape (n_sets, n_nodes), or None
        All sets, verified and different, the best first; None unless several were asked for.
    time_s : float
        Seconds.
    """

    chosen: NDArray[np.bool_]
    status: str
    sense: Sense
    objective: Number
    bound: Number
    kernel_nodes: int
    kernel_edges: int
    steps: int
    policy: PolicyUse
    failure: str
    time_s: float
    sets: NDArray[np.bool_] | None = None


def solve_graph(
    problem: str,
    graph: Graph,
    options: GraphOptions,
    progress: OnProgress | None = None,
    stop: Stop = bool,
) -> GraphResult:
    """Solve a problem on a graph.

    With weights of nodes, and unless the options say to ignore them, the objective is the weight of the set. Whole
    numbers that add up to 2**53 at most, and decimal fractions of up to six digits that are no more than 2**33 when
    written without the point, are added and compared exactly; other weights are rounded to about 1e-10 of their sum.

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
        If the problem is unknown, or a policy is asked to solve a graph with weights.
    InstanceError
        If the complement, for cliques, does not fit the memory, or the weights add up to no finite number.
    """
    if problem not in SENSES:
        raise UsageError(f"problem {problem!r} is unknown; choose one of: {', '.join(SENSES)}")
    begin_s = time.monotonic()
    weighed = weigh(replace(graph, node_weights=None) if options.unweighted else graph)
    if weighed.graph.node_weights is not None and not options.method:
        raise UsageError(
            f"policy {options.policy_name} is for graphs without weights of nodes; take --policy none, or --unweighted"
        )
    searched = _complement(weighed.graph, options) if problem == "clique" else weighed.graph
    objective = weighed.weight_without if problem == "vertex-cover" else weighed.weight
    if options.samples is not None:
        return _sample(problem, graph, weighed, searched, options, progress, stop, begin_s)
    search = AnytimeSearch(searched, options, stop, begin_s, progress, objective)
    inside = weighed.expand(search.run())
    chosen = ~inside if problem == "vertex-cover" else inside
    verify(problem, graph, chosen)
    return GraphResult(
        chosen=chosen,
        status=search.status(),
        sense=SENSES[problem],
        objective=objective(search.value),
        bound=objective(search.bound),
        kernel_nodes=search.kernel_nodes,
        kernel_edges=search.kernel_edges,
        steps=search.steps,
        policy=search.policy_use(),
        failure=search.failure,
        time_s=time.monotonic() - begin_s,
    )


def _sample(
    problem: str,
    graph: Graph,
    weighed: Weighed,
    searched: Graph,
    options: GraphOptions,
    progress: OnProgress | None,
    stop: Stop,
    begin_s: float,
) -> GraphResult:
    """Find several sets; the best of them is the set."""
    if weighed.graph.node_weights is not None:
        raise UsageError("--samples is for graphs without weights of nodes; take --unweighted")
    assert options.samples is not None
    limit_s = DEFAULT_TIME_LIMIT_S if options.time_limit_s is None else options.time_limit_s
    bound = clique_cover_bound(searched)
    interrupted = False

    def elapsed_s() -> float:
        return time.monotonic() - begin_s

    def over() -> bool:
        nonlocal interrupted
        if progress is not None:
            progress(Progress(time_s=elapsed_s(), detail="restarts of the local search"))
        interrupted = interrupted or stop()
        return interrupted or elapsed_s() >= limit_s

    found = sample_sets(
        searched,
        options.samples,
        options.seed,
        lambda: elapsed_s() / max(limit_s, 1e-9),
        over,
        diverse=options.diverse,
        max_steps=2**62 if options.max_steps is None else options.max_steps,
    )
    inside = np.array([weighed.expand(chosen) for chosen in found.sets])
    sets = ~inside if problem == "vertex-cover" else inside
    for chosen in sets:
        verify(problem, graph, chosen)
    objective = weighed.weight_without if problem == "vertex-cover" else weighed.weight
    size = int(found.sets[0].sum())
    return GraphResult(
        chosen=sets[0],
        status="userinterrupt"
        if interrupted
        else "timelimit"
        if elapsed_s() >= SEARCH_SHARE * limit_s
        else "unknown",
        sense=SENSES[problem],
        objective=objective(size),
        bound=objective(bound),
        kernel_nodes=searched.n_nodes,
        kernel_edges=searched.n_edges,
        steps=found.steps,
        policy=PolicyUse(),
        failure="",
        time_s=elapsed_s(),
        sets=sets,
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
