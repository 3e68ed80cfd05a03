"""Decisions for contexts, as a report."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.files import write_atomically
from coplug.problems.contextual_lp.batches import Solved, solve_all
from coplug.problems.contextual_lp.data import COST
from coplug.problems.contextual_lp.instance import ContextualInstance
from coplug.problems.contextual_lp.options import ContextualOptions
from coplug.problems.contextual_lp.regret import Evaluation, judged
from coplug.problems.contextual_lp.solvers import solver_name
from coplug.report import Number, OnProgress, Progress, Report, Stop

Float = NDArray[np.float64]

SHOWN = 20
"""Decisions of so many contexts stand in the report; all are in the file of ``--decisions``."""


def solve_contextual(
    instance: ContextualInstance,
    options: ContextualOptions,
    progress: OnProgress | None = None,
    stop: Stop = bool,
) -> Report:
    """Solve the program for each context.

    A context whose program has no optimum, or that was not reached in time, has no decision; the report counts them.

    Raises
    ------
    OutputError
        If the decisions cannot be written.
    """
    begin_s, program = time.monotonic(), instance.program
    limit = options.time_limit_s

    def over() -> bool:
        return stop() or (limit is not None and time.monotonic() - begin_s >= limit)

    if progress is not None:
        progress(Progress(time_s=0.0, detail=f"{len(instance.costs)} programs"))
    solved = solve_all(program, instance.costs, options.solver, jobs=options.jobs, stop=over)
    if options.decisions is not None:
        write_atomically(options.decisions, _table(instance, solved))
    return _report(instance, options, solved, stop(), time.monotonic() - begin_s)


def _report(
    instance: ContextualInstance, options: ContextualOptions, solved: Solved, stopped: bool, time_s: float
) -> Report:
    program, done = instance.program, np.array([status == "optimal" for status in solved.statuses])
    failed = {status: solved.statuses.count(status) for status in sorted(set(solved.statuses) - {"optimal"})}
    decisions, costs = solved.decisions[done], instance.costs[done]
    found = judge(instance, options, decisions, done)
    objective = float(program.value(costs, decisions).mean()) if done.any() else None
    details = {"contexts": f"{len(done)}, {int(done.sum())} decided by {solver_name(options.solver)}"}
    if found is not None and found.normalised is not None:
        details["regret"] = f"{100 * found.normalised:.3f} % of the best objectives"
    if found is not None and found.reproduced is not None:
        details["observed"] = f"{100 * found.reproduced:.1f} % of the decisions reproduced"
    return Report(
        problem="contextual-lp",
        instance=program.name,
        status=_status(failed, stopped),
        sense=program.sense,
        objective=objective,
        bound=objective if not failed else None,
        gap=0.0 if objective is not None and not failed else None,
        time_s=time_s,
        seed=options.seed,
        solution=_solution(instance, solved),
        measure="objective" if len(done) == 1 else "mean",
        extra={
            "predictor": instance.predictor,
            "solver": solver_name(options.solver),
            "contexts": len(done),
            "failed": failed,
            "objectives": [_number(value) for value in program.value(instance.costs, solved.decisions)],
            "regrets": None if found is None or found.regret is None else found.regret.tolist(),
            **({} if found is None else found.document),
        },
        details=details | ({"predictor": instance.predictor} if instance.data is not None else {}),
        remarks=tuple(f"{count} contexts without a decision: {status}" for status, count in failed.items()),
        notes=instance.notes,
    )


def judge(
    instance: ContextualInstance, options: ContextualOptions, decisions: Float, done: NDArray[np.bool_]
) -> Evaluation | None:
    """Judge decisions by what the file of contexts knows; None where it knows nothing."""
    if instance.data is None or not done.any():
        return None
    data = instance.data.part(np.flatnonzero(done))
    return judged(instance.program, decisions, data, options.solver, options.jobs)


def _status(failed: dict[str, int], stopped: bool) -> str:
    if stopped:
        return "userinterrupt"
    if "skipped" in failed:
        return "timelimit"
    return next(iter(failed), "optimal")


def _solution(instance: ContextualInstance, solved: Solved) -> dict[str, Number] | None:
    """Return the nonzero values of one decision by name, of several by context and name, the first ones."""
    names = instance.program.variable_names
    found: dict[str, Number] = {}
    for row, status in enumerate(solved.statuses[:SHOWN]):
        if status != "optimal":
            continue
        prefix = "" if len(solved.statuses) == 1 else f"{row}:"
        values = solved.decisions[row]
        found |= {f"{prefix}{names[j]}": float(values[j]) for j in np.flatnonzero(np.abs(values) > 1e-12)}
    return found if "optimal" in solved.statuses else None


def _table(instance: ContextualInstance, solved: Solved) -> bytes:
    text, names = io.StringIO(), instance.program.variable_names
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["status", *names, *(f"{COST}{name}" for name in names)])
    for status, decision, costs in zip(solved.statuses, solved.decisions, instance.costs, strict=True):
        values: list[Any] = [repr(float(value)) if np.isfinite(value) else "" for value in decision]
        writer.writerow([status, *values, *(repr(float(cost)) for cost in costs)])
    return text.getvalue().encode()


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
