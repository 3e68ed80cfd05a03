"""What is known of the runs of a race, and the one report that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.errors import CoplugError, SolverError
from coplug.report import Progress, Report, Sense, Solution, relative_gap
from coplug.scip.options import SolveOptions
from coplug.scip.progress import Snapshot, finite
from coplug.scip.race.portfolio import Runner
from coplug.scip.solution import AUXILIARY, variable_name
from coplug.scip.stage import SETTLED

TOLERANCE = 1e-6
"""Relative, as SCIP's own for feasibility: by how much a bound may pass a solution and still agree with it."""


@dataclass
class Outcome:
    """What is known of one run.

    Attributes
    ----------
    number : int
        From 1.
    runner : Runner
    snapshots : list of Snapshot
        Where it stood over time, the last one only unless the history is kept.
    finds : list of (float, float)
        When it found a solution that was better than all others, in seconds of the race, and its objective.
    report : Report or None
        How it ended.
    failure : CoplugError or None
        Why it could not go on; also that its process died.
    fault : str
        Which of its outputs could not be written.
    """

    number: int
    runner: Runner
    snapshots: list[Snapshot] = field(default_factory=list)
    finds: list[tuple[float, float]] = field(default_factory=list)
    report: Report | None = None
    failure: CoplugError | None = None
    fault: str = ""

    @property
    def title(self) -> str:
        """Its number and name."""
        return f"run {self.number} ({self.runner.name})"

    @property
    def is_settled(self) -> bool:
        """Whether it has a proof."""
        return self.report is not None and self.report.status in SETTLED

    @property
    def bound(self) -> float | None:
        """The dual bound that it has proved."""
        if self.report is not None:
            return self.report.bound
        return finite(self.snapshots[-1].dual_bound) if self.snapshots else None

    @property
    def objective(self) -> float | None:
        """Of its best solution."""
        if self.report is not None:
            return self.report.objective
        return finite(self.snapshots[-1].primal_bound) if self.snapshots else None

    @property
    def nodes(self) -> int:
        """Branch-and-bound nodes so far."""
        if self.report is not None:
            return int(self.report.extra["nodes"])
        return self.snapshots[-1].nodes if self.snapshots else 0

    def document(self, is_winner: bool) -> dict[str, Any]:
        """Return its entry in the document of the race."""
        status = self.report.status if self.report is not None else "failed" if self.failure else "ended"
        return {
            "run": self.number,
            "settings": self.runner.name,
            "seed_shift": self.runner.seed_shift,
            "status": status,
            "objective": self.objective,
            "bound": self.bound,
            "nodes": self.nodes,
            "incumbents": len(self.finds),
            "winner": is_winner,
            "failure": str(self.failure) if self.failure else None,
        }


@dataclass
class Best:
    """The best solution of all runs.

    Attributes
    ----------
    sense : "min" or "max"
    objective : float or None
        None without a solution.
    finder : Outcome or None
        The run that found it.
    values : ndarray of float64 or None
        See :class:`coplug.scip.race.news.Incumbent`; None where the finder's report has them.
    """

    sense: Sense
    objective: float | None = None
    finder: Outcome | None = None
    values: NDArray[np.float64] | None = None

    def take(
        self, objective: float | None, values: NDArray[np.float64] | None, finder: Outcome, time_s: float
    ) -> bool:
        """Take a solution if it is better; return whether it is."""
        if objective is None or not self._improves(objective):
            return False
        self.objective, self.finder, self.values = objective, finder, values
        finder.finds.append((time_s, objective))
        return True

    def _improves(self, objective: float) -> bool:
        if self.objective is None:
            return True
        return objective < self.objective if self.sense == "min" else objective > self.objective

    def bound(self, outcomes: Iterable[Outcome]) -> float | None:
        """Return the best dual bound, None where nobody has one."""
        known = [outcome.bound for outcome in outcomes if outcome.bound is not None]
        return (max if self.sense == "min" else min)(known, default=None)

    def gap(self, outcomes: Iterable[Outcome]) -> float | None:
        """Return the relative gap between the best solution and the best bound, 0 where they meet; None if unknown."""
        bound = self.bound(outcomes)
        if self.objective is None or bound is None:
            return None
        ahead = self.objective - bound if self.sense == "min" else bound - self.objective
        return 0.0 if ahead <= 0.0 else relative_gap(self.objective, bound)

    def contradiction(self, outcomes: Sequence[Outcome]) -> str:
        """Return in a line which proof the best solution contradicts; empty if none."""
        if self.objective is None or self.finder is None:
            return ""
        for outcome in outcomes:
            claims = self._claim_against(outcome)
            if claims:
                return f"{self.finder.title} found {self.objective:.10g}, but {outcome.title} {claims}"
        return ""

    def _claim_against(self, outcome: Outcome) -> str:
        if outcome.report is not None and outcome.report.status == "infeasible":
            return "proved that there is no solution"
        if outcome.bound is None or self.objective is None:
            return ""
        beyond = outcome.bound - self.objective if self.sense == "min" else self.objective - outcome.bound
        if beyond <= TOLERANCE * max(1.0, abs(self.objective)):
            return ""
        return f"proved the bound {outcome.bound:.10g}"


def progress_of(outcomes: Sequence[Outcome], best: Best, time_s: float) -> Progress:
    """Return where a race stands."""
    running = sum(outcome.report is None and outcome.failure is None for outcome in outcomes)
    nodes = sum(outcome.nodes for outcome in outcomes)
    return Progress(
        time_s=time_s,
        detail=f"{running} runs  {nodes} nodes",
        objective=best.objective,
        bound=best.bound(outcomes),
    )


def report_of(
    outcomes: Sequence[Outcome], best: Best, model: pyscipopt.Model, options: SolveOptions, time_s: float
) -> Report:
    """Return the report of a race: the winner's, or what all runs know together.

    Parameters
    ----------
    outcomes : sequence of Outcome
        All have ended, one way or another.
    best : Best
    model : pyscipopt.Model
        The instance.
    options : SolveOptions
        Of the whole race.
    time_s : float
        Wall seconds of the race.

    Raises
    ------
    CoplugError
        If no run came to anything.
    """
    ended = [outcome for outcome in outcomes if outcome.report is not None]
    winner = next((outcome for outcome in ended if outcome.is_settled), None)
    shown = winner or best.finder or next(iter(ended), None)
    if shown is None and all(outcome.failure is not None for outcome in outcomes):
        raise _failure(outcomes)
    contradiction = best.contradiction(outcomes)
    if winner is not None and winner.report is not None and not contradiction:
        report = winner.report
    else:
        known = (shown and shown.report) or _nothing(best.sense)
        bound = None if contradiction else best.bound(outcomes)
        status = "unknown" if contradiction else _status(ended, best.gap(outcomes), options, time_s)
        gap = relative_gap(best.objective, bound)
        report = replace(known, status=status, objective=best.objective, bound=bound, gap=gap)
        report = replace(report, solution=_solution(best, model))
    return replace(
        report,
        seed=options.seed,
        time_s=time_s,
        extra={**report.extra, "race": [outcome.document(outcome is winner) for outcome in outcomes]},
        details={**report.details, "race": _summary(outcomes, winner, best)},
        remarks=(*report.remarks, *_remarks(outcomes, contradiction)),
    )


def _nothing(sense: Sense) -> Report:
    """Return the report of a run that was ended before it could make one."""
    empty: dict[str, Any] = {"objective": None, "bound": None, "gap": None, "time_s": 0.0, "seed": 0}
    return Report(problem="milp", instance="", status="unknown", sense=sense, extra={"nodes": 0}, **empty)


def _status(ended: Sequence[Outcome], gap: float | None, options: SolveOptions, time_s: float) -> str:
    """Return the status of a race without a single proof."""
    if gap == 0.0:
        return "optimal"
    if gap is not None and options.gap is not None and gap <= options.gap:
        return "gaplimit"
    statuses = [outcome.report.status for outcome in ended if outcome.report is not None]
    if statuses:
        return statuses[0]
    limit_s = options.time_limit_s
    return "timelimit" if limit_s is not None and time_s >= limit_s else "unknown"


def _summary(outcomes: Sequence[Outcome], winner: Outcome | None, best: Best) -> str:
    if winner is not None:
        return f"{len(outcomes)} runs; {winner.title} won"
    if best.finder is not None:
        return f"{len(outcomes)} runs; {best.finder.title} found the best solution"
    return f"{len(outcomes)} runs"


def _remarks(outcomes: Sequence[Outcome], contradiction: str) -> Iterator[str]:
    if contradiction:
        yield f"runs contradict each other, so nothing counts as proved: {contradiction}"
    for outcome in outcomes:
        if outcome.failure is not None:
            yield f"{outcome.title} failed: {outcome.failure}"


def _failure(outcomes: Sequence[Outcome]) -> CoplugError:
    """Return the one error of a race in which nobody came to anything."""
    first = outcomes[0].failure
    if first is not None and len({str(outcome.failure) for outcome in outcomes}) == 1:
        return first
    return SolverError("; ".join(f"{outcome.title}: {outcome.failure}" for outcome in outcomes))


def _solution(best: Best, model: pyscipopt.Model) -> Solution:
    """Return the nonzero values of the best solution by name, without auxiliary variables."""
    if best.values is None:
        return best.finder.report.solution if best.finder and best.finder.report else None
    variables = model.getVars()
    chosen = ((variable_name(variables[k]), float(best.values[k])) for k in np.flatnonzero(best.values))
    return {name: value for name, value in chosen if not AUXILIARY.fullmatch(name)}
