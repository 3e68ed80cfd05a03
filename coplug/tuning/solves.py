"""One solve of an instance by SCIP under some parameters, rows and columns permuted by its seed, on the CPU clock."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coplug.report import STATUS_PHRASES, Sense
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.progress import INFINITY, ProgressEvents, Snapshot, snapshot
from coplug.scip.settings import ParameterValue, apply_parameters, permuted
from coplug.scip.solve import open_model
from coplug.scip.stage import SETTLED
from coplug.scip.time_shares import TimeShares, watch_time

Step = tuple[float, float, float]
"""Seconds, and the primal and the dual bound since then; NaN where there is none."""


@dataclass(frozen=True)
class SolveTask:
    """What to solve.

    Attributes
    ----------
    path : str
        Of the instance.
    seed : int
    parameters : mapping
        Of SCIP, on top of its defaults.
    limit_s : float
        CPU seconds.
    with_steps : bool
        Whether the bounds over time are kept.
    """

    path: str
    seed: int
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    limit_s: float = math.inf
    with_steps: bool = False


@dataclass(frozen=True)
class Solve:
    """How it went.

    Attributes
    ----------
    instance : str
        The file's name.
    seed : int
    status : str
        SCIP's.
    sense : "min" or "max"
    objective, bound : float
        NaN where there is none.
    nodes : int
    time_s : float
        On SCIP's clock, in CPU seconds.
    cpu_s : float
        Of the whole process for it, reading included.
    limit_s : float
        The time that it was given.
    shares : TimeShares
        Where the time went.
    steps : tuple of Step
        Bounds over time, if they were asked for.
    """

    instance: str
    seed: int
    status: str
    sense: Sense
    objective: float
    bound: float
    nodes: int
    time_s: float
    cpu_s: float
    limit_s: float
    shares: TimeShares
    steps: tuple[Step, ...] = ()


def solve_once(task: SolveTask) -> Solve:
    """Solve.

    Raises
    ------
    KeyboardInterrupt
        With the signal's number, if one cut the solve short.
    InstanceError, ParameterError
        If the instance cannot be read, or SCIP refuses a parameter.
    """
    start_s = time.process_time()
    history: list[Snapshot] = []
    with open_model(Path(task.path)) as model:
        apply_parameters(model, {**task.parameters, **permuted(task.seed)})
        apply_parameters(model, {"limits/time": min(task.limit_s, INFINITY)})
        watch = watch_time(model)
        if task.with_steps:
            events = ProgressEvents(None, history)
            model.includeEventhdlr(events, "coplug-bounds", "bounds over time")
        if (signal := optimize_interruptibly(model)) is not None:
            raise KeyboardInterrupt(signal)
        end = snapshot(model, None)
        return Solve(
            instance=Path(task.path).name,
            seed=task.seed,
            status=str(model.getStatus()),
            sense="min" if model.getObjectiveSense() == "minimize" else "max",
            objective=_known(end.primal_bound) if model.getNSols() else math.nan,
            bound=_known(end.dual_bound),
            nodes=end.nodes,
            time_s=end.time_s,
            cpu_s=time.process_time() - start_s,
            limit_s=task.limit_s,
            shares=watch.shares(model),
            steps=tuple((s.time_s, _known(s.primal_bound), _known(s.dual_bound)) for s in (*history, end)),
        )


def status_lines(solves: Iterable[Solve]) -> list[str]:
    """Return a line for each instance that has no optimum: it counts with the time to that proof."""
    without = {solve.instance: solve.status for solve in solves if solve.status in SETTLED - {"optimal"}}
    return [
        f"{instance} is {STATUS_PHRASES.get(status, status)}: the time to that proof counts as its solution"
        for instance, status in sorted(without.items())
    ]


def _known(value: float) -> float:
    return value if abs(value) < INFINITY else math.nan
