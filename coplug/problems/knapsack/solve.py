"""Solving a knapsack: which method runs for how long, and a front at any time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np

from coplug.contracts.front_sampler import FRONT_SAMPLERS, FrontSampler
from coplug.errors import SolverError, UsageError
from coplug.extras import install_command
from coplug.problems.knapsack import dynamic
from coplug.problems.knapsack.archive import Archive, contents, empty_archive, offered
from coplug.problems.knapsack.epsilon import Asking, epsilon_constraint
from coplug.problems.knapsack.instance import BoolArray, IntArray, Knapsack
from coplug.problems.knapsack.local_search import LocalSearch
from coplug.problems.knapsack.nsga2 import Nsga2
from coplug.problems.knapsack.options import KnapsackOptions
from coplug.report import OnProgress, Progress, Stop

FIRST_LOOK_S = 0.5
"""Local search before an exact method, at most a fifth of the time."""

LOOK_STEPS = 300
"""What it takes an item at most then."""

DYNAMIC_SHARE = 0.5
"""Of the time that is left, what ``auto`` gives to dynamic programming."""

MOST_ITEMS = 3000
"""Of which ``auto`` tries dynamic programming."""

NO_LIMIT = 2**62
BYTES_A_MB = 1 << 20


@dataclass(frozen=True)
class Front:
    """What was found.

    Attributes
    ----------
    chosen : bool, shape (n_points, n_items)
        None is dominated by another; by the first objective from the best down.
    values : int64, shape (n_points, n_objectives)
    complete : bool
        Whether no other point is on the front.
    bound : int or None
        Of a single objective, if it is known.
    methods : tuple of str
        Those that ran; if the front is complete, the one with the proof is the last.
    steps : int
        Of the local search, or generations.
    status : str
    time_s : float
    notes : tuple of str
        What a user should know of how it went.
    """

    chosen: BoolArray
    values: IntArray
    complete: bool
    bound: int | None
    methods: tuple[str, ...]
    steps: int
    status: str
    time_s: float
    notes: tuple[str, ...] = ()


def solve_knapsack(
    knapsack: Knapsack, options: KnapsackOptions, progress: OnProgress | None = None, stop: Stop = bool
) -> Front:
    """Find choices of a knapsack that nothing dominates.

    Parameters
    ----------
    knapsack : Knapsack
    options : KnapsackOptions
    progress : callable, optional
        Called some times a second.
    stop : callable
        Asked as often whether to end with what was found.

    Raises
    ------
    UsageError
        If a method cannot be used.
    SolverError
        If a choice fails the check: a defect.
    """
    items = knapsack.useful()
    run = Run(knapsack.of_items(items), options, progress, stop)
    run.start()
    chosen, values = contents(run.archive)
    whole = np.zeros((len(chosen), knapsack.n_items), np.bool_)
    whole[:, items] = chosen
    if not (knapsack.fits(whole).all() and np.array_equal(knapsack.values(whole), values)):
        raise SolverError(
            "a choice does not keep to the capacities, or is not worth what it was counted; please report this"
        )
    return Front(
        chosen=whole,
        values=values,
        complete=run.complete,
        bound=run.bound,
        methods=tuple(run.methods),
        steps=run.steps,
        status=run.status(),
        time_s=run.elapsed_s(),
        notes=tuple(run.notes),
    )


@dataclass
class Run:
    """A solve that is started once.

    Attributes
    ----------
    knapsack : Knapsack
        All of whose items fit alone.
    options, progress, stop
        As in :func:`solve_knapsack`.
    archive : Archive
        What was found.
    """

    knapsack: Knapsack
    options: KnapsackOptions
    progress: OnProgress | None
    stop: Stop
    methods: list[str] = field(default_factory=list)
    complete: bool = False
    out_of_memory: bool = False
    interrupted: bool = False
    bound: int | None = None
    steps: int = 0
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin_s = time.monotonic()
        # Nothing at all is a choice too, so that there is one at any time.
        nothing = np.zeros((1, self.knapsack.n_items), np.bool_)
        self.archive: Archive = offered(empty_archive(self.knapsack), self.knapsack, nothing)

    def start(self) -> None:
        """Run the method that was asked for."""
        methods: dict[str, Callable[[], None]] = {
            "auto": self._auto,
            "dynamic-programming": self._dynamic_after_a_look,
            "epsilon-constraint": self._epsilon_after_a_look,
            "local-search": lambda: self._search_locally(float("inf")),
            "nsga2": self._evolve,
            "sampler": self._sample,
        }
        methods[self.options.method]()

    def elapsed_s(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self.begin_s

    def left_s(self) -> float:
        """Return the seconds that are left, perhaps infinite."""
        return max(0.0, self.options.limit_s - self.elapsed_s())

    def stopped(self) -> bool:
        """Tell whether to end, and report."""
        if self.progress is not None:
            n = int(self.archive.size[0])
            best = int(self.archive.values[:n, 0].max()) if self.knapsack.n_objectives == 1 else None
            points = "" if best is not None else f", {n} points"
            self.progress(
                Progress(
                    time_s=self.elapsed_s(),
                    detail=f"{self.methods[-1] if self.methods else ''}{points}",
                    objective=best,
                    bound=self.bound,
                )
            )
        self.interrupted = self.interrupted or self.stop()
        return self.interrupted or self.left_s() <= 0.0

    def status(self) -> str:
        """Return the status of a solve that has ended."""
        if self.complete:
            return "optimal"
        if self.interrupted:
            return "userinterrupt"
        if self.out_of_memory:
            return "memlimit"
        return "timelimit" if self.left_s() <= 0.0 else "unknown"

    def _auto(self) -> None:
        self._look()
        if dynamic.can_solve(self.knapsack) and self.knapsack.n_items <= MOST_ITEMS:
            self._dynamic(DYNAMIC_SHARE * self.left_s())
        if not self.complete and not self.stopped():
            self._epsilon(in_turns=True)

    def _dynamic_after_a_look(self) -> None:
        dynamic.check(self.knapsack)
        self._look()
        self._dynamic(self.left_s())

    def _epsilon_after_a_look(self) -> None:
        self._look()
        self._epsilon(in_turns=False)

    def _look(self) -> None:
        self._search_locally(min(FIRST_LOOK_S, 0.2 * self.left_s()), LOOK_STEPS * self.knapsack.n_items)

    def _search_locally(self, seconds: float, most_steps: int = NO_LIMIT) -> None:
        self._note("local-search")
        search = LocalSearch(self.knapsack, self.archive, self.options.seed)
        end_s = self.elapsed_s() + seconds
        last = min(most_steps, self._last_step())
        while not self.stopped() and self.elapsed_s() < end_s and search.steps < last:
            search.advance(last)
            self.archive = search.archive
        self.steps = search.steps

    def _last_step(self) -> int:
        return NO_LIMIT if self.options.max_steps is None else self.options.max_steps

    def _dynamic(self, seconds: float) -> None:
        self._note("dynamic-programming")
        end_s = self.elapsed_s() + seconds
        limit_mb = self.options.memory_limit_mb
        most_bytes = dynamic.MOST_BYTES if limit_mb is None else int(limit_mb * BYTES_A_MB)
        _, known = contents(self.archive)
        found = dynamic.complete_front(
            self.knapsack, known, lambda: self.stopped() or self.elapsed_s() >= end_s, most_bytes
        )
        if found is None:
            self.out_of_memory = self.elapsed_s() < end_s and not self.interrupted
            return
        self.archive = offered(self.archive, self.knapsack, found)
        self._finish()

    def _epsilon(self, in_turns: bool) -> None:
        """Ask SCIP for point after point, as long as its answers hold; what was found before stays."""
        self._note("epsilon-constraint")
        try:
            self._ask_scip(in_turns)
        except SolverError as error:
            self.notes.append(str(error))

    def _ask_scip(self, in_turns: bool) -> None:
        """Ask for point after point; in turns, the local search takes as much time as SCIP does.

        Raises
        ------
        SolverError
            If an answer breaks a constraint.
        """
        asking = Asking(
            self.knapsack, self.left_s, self.stopped, self.options.seed, self.options.memory_limit_mb
        )
        if self.knapsack.n_objectives == 1:
            self._best_of_one(asking)
            return
        search = LocalSearch(self.knapsack, self.archive, self.options.seed + 1)
        begin_s, local_s = self.elapsed_s(), 0.0
        for chosen in epsilon_constraint(asking, self._known):
            if chosen is None:
                return
            self.archive = offered(self.archive, self.knapsack, chosen[None])
            search.archive = self.archive
            while in_turns and not self.stopped() and 2.0 * local_s < self.elapsed_s() - begin_s:
                turn_s = self.elapsed_s()
                search.advance()
                self.archive = search.archive
                local_s += self.elapsed_s() - turn_s
            if self.stopped():
                return
        self._finish()

    def _best_of_one(self, asking: Asking) -> None:
        nothing = np.zeros(0, np.int64)
        found = asking.best(self.knapsack.profits[0], [], nothing, self._known(np.zeros(1, np.int64)))
        if found.chosen is not None:
            self.archive = offered(self.archive, self.knapsack, found.chosen[None])
        self.bound = found.bound
        if found.proven:
            self._finish()

    def _known(self, least: IntArray) -> BoolArray | None:
        """Return a choice of the archive that has so much of each objective, the one with most of the first."""
        chosen, values = contents(self.archive)
        enough = np.flatnonzero((values >= least).all(axis=1))
        return chosen[enough[0]] if len(enough) else None

    def _evolve(self) -> None:
        self._note("nsga2")
        search = Nsga2(self.knapsack, self.archive, self.options.seed)
        self.archive = search.archive
        while not self.stopped() and search.steps < self._last_step():
            search.advance()
            self.archive = search.archive
        self.steps = search.steps

    def _sample(self) -> None:
        from coplug.problems.knapsack.preferences import PreferenceDag

        self._note("sampler")
        dag = PreferenceDag(self.knapsack)
        for states in _front_sampler()(dag, self.options.seed, self.stopped):
            self.archive = offered(self.archive, self.knapsack, dag.choices(states))

    def _note(self, method: str) -> None:
        if method not in self.methods:
            self.methods.append(method)

    def _finish(self) -> None:
        self.complete = True
        self.out_of_memory = False
        if self.knapsack.n_objectives == 1:
            n = int(self.archive.size[0])
            self.bound = int(self.archive.values[:n, 0].max())


def warm_up(options: KnapsackOptions) -> None:
    """Import, and run on a small knapsack, what a method needs, before a clock starts."""
    profits = np.array([[3, 1, 2, 4], [1, 4, 2, 3]])
    knapsack = Knapsack(profits, np.array([[2, 3, 1, 4]]), np.array([6]))
    archive = empty_archive(knapsack)
    search = LocalSearch(knapsack, archive, 0)
    search.advance(200)
    if options.method in ("auto", "dynamic-programming"):
        dynamic.complete_front(knapsack, np.zeros((1, 2), np.int64), bool)
    if options.method == "nsga2":
        Nsga2(knapsack, archive, 0, size=4).advance()
    if options.method == "sampler":
        _front_sampler()


def _front_sampler() -> FrontSampler:
    if find_spec("torch") is None:
        raise UsageError(f"the sampler needs torch: {install_command('train')}")
    return FRONT_SAMPLERS.load("gflownet")
