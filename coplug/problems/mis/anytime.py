"""One search for an independent set: reductions, components, local search, SCIP; with a best set at any time."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph, from_edges
from coplug.graphs.operations import components, split, union
from coplug.problems.mis import local_search
from coplug.problems.mis.bounds import clique_cover_bound, edge_clique_cover
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.options import DEFAULT_TIME_LIMIT_S, GraphOptions
from coplug.problems.mis.policies import LARGEST_EFFORT, SetPolicy, ask
from coplug.problems.mis.reduction_graph import DEGREE_TWO
from coplug.problems.mis.reductions import Reduced, reduce_graph
from coplug.report import OnProgress, PolicyUse, Progress, Stop
from coplug.scip.independent_set import solve_cliques

logger = logging.getLogger(__name__)

TINY_NODES = 60
"""Components up to this size are solved by SCIP before the local search begins."""

SCIP_NODES = 400
"""Components up to this size get half of the time for a proof by SCIP."""

FIRST_LOOK_S = 1.0
"""Local search before SCIP when everything is asked to be exact, at most a tenth of the time."""

WORK_A_CALL = 5_000_000
"""List entries that the local search reads between two looks at the clock: some hundredths of a second."""

NO_TARGET = 2**62


@dataclass
class Part:
    """A component of the kernel: its graph, its nodes there, the best set, and the bound on sets."""

    graph: Graph
    nodes: NDArray[np.int64]
    chosen: NDArray[np.bool_]
    bound: int

    @property
    def size(self) -> int:
        """Size of the best set."""
        return int(np.count_nonzero(self.chosen))

    @property
    def is_open(self) -> bool:
        """Whether a larger set may exist."""
        return self.size < self.bound


@dataclass
class AnytimeSearch:
    """A search that is run once.

    Attributes
    ----------
    problem, graph, options, stop, begin_s, progress
        As in :func:`coplug.problems.mis.solve.solve_graph`; ``begin_s`` is the monotonic clock at its beginning.
    size, bound : int
        Of the best independent set of the whole graph, kept up to date.
    """

    problem: str
    graph: Graph
    options: GraphOptions
    stop: Stop
    begin_s: float
    progress: OnProgress | None
    phase: str = "reductions"
    policy_time_s: float = 0.0
    calls: int = 0
    fallbacks: int = 0
    failure: str = ""
    size: int = 0
    bound: int = 0
    steps: int = 0
    kernel_nodes: int = 0
    kernel_edges: int = 0
    timed_out: bool = False
    interrupted: bool = False
    offset: int = 0
    parts: list[Part] = field(default_factory=list)

    def run(self) -> NDArray[np.bool_]:
        """Search until there is a proof or something stops it; return the best set, bool, shape (n_nodes,)."""
        self.bound = self.kernel_nodes = self.graph.n_nodes
        self.kernel_edges = self.graph.n_edges
        if self.options.method == "greedy":
            return self._greedy()
        reduced = reduce_graph(self.graph, stop=self.stopped)
        self.kernel_nodes, self.kernel_edges = reduced.kernel.n_nodes, reduced.kernel.n_edges
        self.offset = reduced.offset
        self.parts = self._parts(reduced.kernel)
        self._report()
        if not self.options.method:
            self._search_by(self.options.policy)
        elif self.options.method == "exact":
            self._search_locally(min(FIRST_LOOK_S, 0.1 * self._left_s()))
            self._prove(math.inf)
        else:
            self._prove(TINY_NODES)
            provable = any(part.is_open and len(part.nodes) <= SCIP_NODES for part in self.parts)
            self._search_locally(self._left_s() * (0.5 if provable else 1.0))
            self._prove(SCIP_NODES)
            self._search_locally(self._left_s())
        return self._expand(reduced)

    def status(self) -> str:
        """Return the status of a search that has ended."""
        if self.size == self.bound:
            return "optimal"
        if self.interrupted:
            return "userinterrupt"
        return "timelimit" if self.timed_out else "unknown"

    def translated(self) -> tuple[int, int]:
        """Return size and bound of the problem asked for."""
        n = self.graph.n_nodes
        return (n - self.size, n - self.bound) if self.problem == "vertex-cover" else (self.size, self.bound)

    def stopped(self) -> bool:
        """Tell whether to stop, and report."""
        if self.progress is not None:
            objective, bound = self.translated()
            elapsed_s = time.monotonic() - self.begin_s
            self.progress(Progress(time_s=elapsed_s, detail=self.phase, objective=objective, bound=bound))
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
        """Bring size and bound up to date."""
        self.size = self.offset + sum(part.size for part in self.parts)
        self.bound = self.offset + sum(part.bound for part in self.parts)

    def _greedy(self) -> NDArray[np.bool_]:
        chosen = min_degree_greedy(self.graph)
        self.size = int(np.count_nonzero(chosen))
        self.bound = max(self.size, clique_cover_bound(self.graph))
        return chosen

    def _parts(self, kernel: Graph) -> list[Part]:
        """Split the kernel into components, each with a first set and a bound."""
        self.phase = "first set"
        if self.stopped():
            chosen = min_degree_greedy(kernel)
            return [Part(kernel, np.arange(kernel.n_nodes), chosen, kernel.n_nodes)]
        peeled = reduce_graph(kernel, DEGREE_TWO, peel=True, stop=self.stopped)
        rest = min_degree_greedy(peeled.kernel)
        first = peeled.expand(rest)
        groups = components(kernel)
        parts = [
            Part(graph, nodes, first[nodes], clique_cover_bound(graph))
            for graph, nodes in zip(split(kernel, groups), groups, strict=True)
        ]
        for part in parts:
            part.bound = max(part.bound, part.size)
        return parts

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
        state = local_search.start(whole, np.concatenate([part.chosen for part in parts]), seed)
        settled = self.size - sum(part.size for part in parts)
        target = sum(part.bound for part in parts)
        last = NO_TARGET if self.options.max_steps is None else self.options.max_steps - self.steps
        while not self.stopped() and time.monotonic() < deadline:
            local_search.run(state, WORK_A_CALL, last - int(state.counts[local_search.STEP]), target)
            best = int(state.counts[local_search.BEST])
            self.size = settled + best
            if best >= target or state.counts[local_search.STEP] >= last:
                break
        self.steps += int(state.counts[local_search.STEP])
        for part, chosen in zip(parts, np.split(local_search.best_set(state), ends[:-1]), strict=True):
            part.chosen = chosen
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
        except Exception as error:  # a policy may raise anything, and no solve may break on it
            self.fallbacks, self.failure = 1, f"{type(error).__name__}: {error}"
            logger.warning("policy %s failed (%s); the local search goes on", policy.name, self.failure)
        self.policy_time_s = time.monotonic() - begin_s
        if self.fallbacks:
            self._search_locally(self._left_s())

    def _improve(self, part: Part, policy: SetPolicy, effort: int, seeds: np.random.SeedSequence) -> None:
        seed = int(seeds.spawn(1)[0].generate_state(1, np.uint64)[0])
        found = ask(policy, part.graph, effort, seed, self._is_done)
        self.calls += found.n_estimates
        self.steps += found.n_estimates
        part.chosen = max(part.chosen, found.chosen, key=np.count_nonzero)
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

    def _prove(self, largest: float) -> None:
        """Solve open parts of up to so many nodes by SCIP, the small ones first."""
        parts = [part for part in self.parts if part.is_open and len(part.nodes) <= largest]
        for number, part in enumerate(parts):
            if self.stopped():
                return
            self.phase = "exact search"
            found = solve_cliques(
                len(part.nodes),
                edge_clique_cover(part.graph),
                part.chosen,
                time_limit_s=self._left_s() / (len(parts) - number),
                seed=self.options.seed,
                memory_limit_mb=self.options.memory_limit_mb,
                stop=self.stopped,
            )
            part.chosen = found.chosen
            part.bound = max(part.size, min(part.bound, found.bound))
            self.interrupted = self.interrupted or found.signal is not None
            self._report()

    def _expand(self, reduced: Reduced) -> NDArray[np.bool_]:
        """Return the set of the whole graph."""
        chosen = np.zeros(reduced.kernel.n_nodes, dtype=np.bool_)
        for part in self.parts:
            chosen[part.nodes] = part.chosen
        return reduced.expand(chosen)


def warm_up() -> None:
    """Run every kernel once, on the Petersen graph, which no rule reduces, and a path."""
    spokes = [(node, node + 5) for node in range(5)]
    rims = [(node, (node + 1) % 5) for node in range(5)] + [
        (5 + node, 5 + (node + 2) % 5) for node in range(5)
    ]
    path = [(10, 11), (11, 12), (12, 13)]
    graph = from_edges(14, np.array([*spokes, *rims, *path]))
    reduce_graph(graph, peel=True)
    state = local_search.start(graph, min_degree_greedy(graph), 0)
    local_search.run(state, WORK_A_CALL, 10, NO_TARGET)
    clique_cover_bound(graph)
    edge_clique_cover(graph)
