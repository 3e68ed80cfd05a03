"""One search for an independent set: reductions, components, local search, SCIP; with a best set at any time."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coplug.errors import in_one_line
from coplug.graphs.graph import Graph, from_edges
from coplug.graphs.operations import components, split, union
from coplug.problems.mis.bounds import edge_clique_cover
from coplug.problems.mis.options import DEFAULT_TIME_LIMIT_S, GraphOptions
from coplug.problems.mis.policies import LARGEST_EFFORT, SetPolicy, ask
from coplug.problems.mis.sampling import sample_sets
from coplug.problems.mis.tools import CountingTools, Reduction, Tools
from coplug.problems.mis.weighted.tools import WeighingTools
from coplug.report import Number, OnProgress, PolicyUse, Progress, Stop
from coplug.scip.independent_set import solve_cliques

logger = logging.getLogger(__name__)

TINY_NODES = 60
"""Components up to this size are solved by SCIP before the local search begins."""

FIRST_LOOK_S = 1.0
"""Local search before SCIP when everything is asked to be exact, at most a tenth of the time."""

NO_LIMIT = 2**62

TOLD_APART = 2**33
"""A part is done when its bound is above its set by no more than one in so many: SCIP's bounds say no more."""


def tools_for(graph: Graph) -> Tools:
    """Return the tools for a graph with or without weights of nodes."""
    return CountingTools() if graph.node_weights is None else WeighingTools()


@dataclass
class Part:
    """A component of the kernel: its graph, its nodes there, the best set, its value, and the bound on that."""

    graph: Graph
    nodes: NDArray[np.int64]
    chosen: NDArray[np.bool_]
    value: int
    bound: int

    @property
    def is_open(self) -> bool:
        """Whether a better set may exist."""
        return self.bound - self.value > self.value // TOLD_APART


@dataclass
class AnytimeSearch:
    """A search that is run once.

    Attributes
    ----------
    graph : Graph
        Its node weights, if any, are whole numbers.
    options, stop, progress
        As in :func:`coplug.problems.mis.solve.solve_graph`.
    begin_s : float
        The monotonic clock at its beginning.
    objective : callable
        What the value of an independent set is in the problem asked for.
    value, bound : int
        Of the best independent set of the whole graph, kept up to date: its size, or its weight.
    """

    graph: Graph
    options: GraphOptions
    stop: Stop
    begin_s: float
    progress: OnProgress | None
    objective: Callable[[int], Number]
    phase: str = "reductions"
    policy_time_s: float = 0.0
    calls: int = 0
    fallbacks: int = 0
    failure: str = ""
    value: int = 0
    bound: int = 0
    steps: int = 0
    kernel_nodes: int = 0
    kernel_edges: int = 0
    timed_out: bool = False
    interrupted: bool = False
    offset: int = 0
    parts: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tools = tools_for(self.graph)

    def run(self) -> NDArray[np.bool_]:
        """Search until there is a proof or something stops it; return the best set, bool, shape (n_nodes,)."""
        self.bound = self._total(self.graph)
        self.kernel_nodes, self.kernel_edges = self.graph.n_nodes, self.graph.n_edges
        if self.options.method == "greedy":
            return self._greedy()
        reduced = self.tools.reduce(self.graph, self.stopped)
        self.kernel_nodes, self.kernel_edges = reduced.kernel.n_nodes, reduced.kernel.n_edges
        self.offset = reduced.offset
        self.parts = self._parts(reduced.kernel)
        self._report()
        if not self.options.method:
            self._search_by(self.options.policy)
        elif self.options.method == "exact":
            self._search_locally(min(FIRST_LOOK_S, 0.1 * self._left_s()))
            self._prove(lambda graph: True, self._left_s())
        else:
            self._prove(lambda graph: graph.n_nodes <= TINY_NODES, self._left_s())
            provable = any(part.is_open and self.tools.is_provable(part.graph) for part in self.parts)
            self._search_locally(self._left_s() * (self.tools.first_share if provable else 1.0))
            self._prove(self.tools.is_provable, self._left_s() * self.tools.proof_share)
            self._search_locally(self._left_s())
        return self._expand(reduced)

    def status(self) -> str:
        """Return the status of a search that has ended."""
        if self.value == self.bound:
            return "optimal"
        if not any(part.is_open for part in self.parts) and self.parts:
            return "gaplimit"
        if self.interrupted:
            return "userinterrupt"
        return "timelimit" if self.timed_out else "unknown"

    def stopped(self) -> bool:
        """Tell whether to stop, and report."""
        if self.progress is not None:
            self.progress(
                Progress(
                    time_s=time.monotonic() - self.begin_s,
                    detail=self.phase,
                    objective=self.objective(self.value),
                    bound=self.objective(self.bound),
                )
            )
        self.timed_out = self.timed_out or self._left_s() <= 0
        self.interrupted = self.interrupted or self.stop()
        return self.timed_out or self.interrupted

    def _left_s(self) -> float:
        """Return the seconds that are left."""
        limit = self.options.time_limit_s
        if limit is None:
            limit = math.inf if self.options.method == "exact" else DEFAULT_TIME_LIMIT_S
        return max(0.0, self.begin_s + limit - time.monotonic())

    def _report(self) -> None:
        """Bring value and bound up to date."""
        self.value = self.offset + sum(part.value for part in self.parts)
        self.bound = self.offset + sum(part.bound for part in self.parts)

    def _greedy(self) -> NDArray[np.bool_]:
        chosen = self.tools.greedy(self.graph)
        self.value = self.tools.value(self.graph, chosen)
        self.bound = max(self.value, self.tools.bound(self.graph))
        return chosen

    def _parts(self, kernel: Graph) -> list[Part]:
        """Split the kernel into components, each with a first set and a bound."""
        self.phase = "first set"
        if self.stopped():
            chosen = self.tools.greedy(kernel)
            value, bound = self.tools.value(kernel, chosen), self._total(kernel)
            return [Part(kernel, np.arange(kernel.n_nodes), chosen, value, bound)]
        first = self.tools.first_set(kernel, self.stopped)
        groups = components(kernel)
        return [
            self._part(graph, nodes, first[nodes])
            for graph, nodes in zip(split(kernel, groups), groups, strict=True)
        ]

    def _total(self, graph: Graph) -> int:
        return self.tools.value(graph, np.ones(graph.n_nodes, dtype=np.bool_))

    def _part(self, graph: Graph, nodes: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Part:
        value = self.tools.value(graph, chosen)
        return Part(graph, nodes, chosen, value, max(value, self.tools.bound(graph)))

    def _keep(self, part: Part, chosen: NDArray[np.bool_]) -> None:
        """Take over what was found for a part, if it is better."""
        value = self.tools.value(part.graph, chosen)
        if value > part.value:
            part.chosen, part.value = chosen, value

    def _search_locally(self, seconds: float) -> None:
        """Improve the sets of all parts that may be improved, together."""
        parts = [part for part in self.parts if part.is_open]
        if not parts or self.stopped():
            return
        self.phase = "local search"
        deadline = time.monotonic() + seconds
        whole = union([part.graph for part in parts])
        ends = np.cumsum([len(part.nodes) for part in parts])
        seed = int(np.random.SeedSequence([self.options.seed, self.steps]).generate_state(1, np.uint64)[0])
        search = self.tools.local_search(whole, np.concatenate([part.chosen for part in parts]), seed)
        settled = self.value - sum(part.value for part in parts)
        target = sum(part.bound for part in parts)
        last = NO_LIMIT if self.options.max_steps is None else self.options.max_steps - self.steps
        while not self.stopped() and time.monotonic() < deadline:
            search.advance(last, target)
            self.value = settled + search.best
            if search.best >= target or search.steps >= last:
                break
        self.steps += search.steps
        for part, chosen in zip(parts, np.split(search.chosen, ends[:-1]), strict=True):
            self._keep(part, chosen)
        self._report()

    def _search_by(self, policy: SetPolicy) -> None:
        """Let a policy search all open parts with twice the effort each time; if it fails, search locally."""
        self.phase = "policy"
        begin_s = time.monotonic()
        seeds = np.random.SeedSequence(self.options.seed).spawn(1)[0]
        effort = 1
        try:
            while any(part.is_open for part in self.parts) and not self._is_done():
                for part in self.parts:
                    if part.is_open and not self._is_done():
                        self._improve(part, policy, effort, seeds)
                effort = min(2 * effort, LARGEST_EFFORT)
        except BaseException as error:  # a policy may raise anything, and no solve may break on it
            self.fallbacks, self.failure = 1, in_one_line(error)
            logger.warning("policy %s failed (%s); the local search goes on", policy.name, self.failure)
        self.policy_time_s = time.monotonic() - begin_s
        if self.fallbacks:
            self._search_locally(self._left_s())

    def _improve(self, part: Part, policy: SetPolicy, effort: int, seeds: np.random.SeedSequence) -> None:
        seed = int(seeds.spawn(1)[0].generate_state(1, np.uint64)[0])
        found = ask(policy, part.graph, effort, seed, self._is_done)
        self.calls += found.n_estimates
        self.steps += found.n_estimates
        self._keep(part, found.chosen)
        self._report()

    def policy_use(self) -> PolicyUse:
        """Return what the policy did, if one searched."""
        if self.options.method:
            return PolicyUse(name=self.options.policy_name)
        return PolicyUse(
            name=self.options.policy_name,
            calls=self.calls,
            time_s=self.policy_time_s,
            fallbacks=self.fallbacks,
        )

    def _is_done(self) -> bool:
        """Tell whether the time or the steps are used up."""
        limit = self.options.max_steps
        return self.stopped() or (limit is not None and self.steps >= limit)

    def _prove(self, is_worth_it: Callable[[Graph], bool], seconds: float) -> None:
        """Solve some of the open parts by SCIP, the small ones first, in so much time for all together."""
        deadline = time.monotonic() + seconds
        parts = [part for part in self.parts if part.is_open and is_worth_it(part.graph)]
        for number, part in enumerate(parts):
            if self.stopped():
                return
            self.phase = "exact search"
            found = solve_cliques(
                len(part.nodes),
                edge_clique_cover(part.graph),
                part.chosen,
                time_limit_s=max(0.0, deadline - time.monotonic()) / (len(parts) - number),
                weights=part.graph.node_weights,
                seed=self.options.seed,
                memory_limit_mb=self.options.memory_limit_mb,
                stop=self.stopped,
            )
            self._keep(part, found.chosen)
            part.bound = max(part.value, min(part.bound, found.bound))
            self.interrupted = self.interrupted or found.signal is not None
            self._report()

    def _expand(self, reduced: Reduction) -> NDArray[np.bool_]:
        """Return the set of the whole graph."""
        chosen = np.zeros(reduced.kernel.n_nodes, dtype=np.bool_)
        for part in self.parts:
            chosen[part.nodes] = part.chosen
        return reduced.expand(chosen)


def warm_up(*, weighted: bool = False, sampling: bool = False) -> None:
    """Run every kernel once, for graphs with or without weights of nodes, on the Petersen graph and a path."""
    spokes = [(node, node + 5) for node in range(5)]
    rims = [(node, (node + 1) % 5) for node in range(5)] + [
        (5 + node, 5 + (node + 2) % 5) for node in range(5)
    ]
    path = [(10, 11), (11, 12), (12, 13)]
    weights = np.arange(20, 34) if weighted else None
    graph = from_edges(14, np.array([*spokes, *rims, *path]), node_weights=weights)
    tools = tools_for(graph)
    reduced = tools.reduce(graph, bool)
    reduced.expand(np.zeros(reduced.kernel.n_nodes, dtype=np.bool_))
    tools.bound(graph)
    search = tools.local_search(graph, tools.first_set(graph, bool), 0)
    search.advance(10, NO_LIMIT)
    edge_clique_cover(graph)
    if sampling:
        sample_sets(graph, 2, 0, lambda: 1.0, bool, diverse=True, max_steps=20)
