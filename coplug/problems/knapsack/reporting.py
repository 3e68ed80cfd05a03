"""The report of a solved knapsack."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from coplug.algorithms.fronts.hypervolume import comparisons, has_moocore, hypervolume
from coplug.algorithms.fronts.spread import far_apart
from coplug.extras import install_command
from coplug.problems.knapsack.instance import IntArray, KnapsackInstance
from coplug.problems.knapsack.options import KnapsackOptions
from coplug.problems.knapsack.solve import Front
from coplug.report import Number, Report, relative_gap

MOST_WORK = 10**9
"""Comparisons that a hypervolume may take; it is left out beyond that."""


def report_of(instance: KnapsackInstance, options: KnapsackOptions, front: Front) -> Report:
    """Return the report.

    The objective is that of the best choice, or of several objectives the hypervolume above 0; it is the bound too if
    the front is complete. The solution is the choice whose objectives, each as a share of its best, add up to most.
    """
    shown = _shown(front.values, options.points)
    alone = len(instance.objectives) == 1
    objective = instance.numbers(front.values[0])[0] if alone else _volume(instance, front.values)
    notes = (*instance.notes, *front.notes)
    if objective is None:
        notes = (*notes, _no_volume(front.values))
    bound: Number | None = objective if front.complete else None
    if alone and front.bound is not None:
        bound = instance.numbers(np.array([front.bound]))[0]
    best = front.values.max(axis=0)
    middle = int((front.values / np.maximum(best, 1)).sum(axis=1).argmax())
    method = front.methods[-1] if front.complete else "+".join(front.methods)
    points = f"{len(front.values)} points, {'complete' if front.complete else 'not known to be complete'}"
    return Report(
        problem="knapsack",
        instance=instance.label,
        status=front.status,
        sense="max",
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        time_s=front.time_s,
        seed=options.seed,
        solution=_items(instance, front, middle),
        extra={
            "n_items": instance.knapsack.n_items,
            "n_constraints": instance.knapsack.n_constraints,
            "objectives": list(instance.objectives),
            "method": method,
            "methods": list(front.methods),
            "complete": front.complete,
            "n_points": len(front.values),
            "front": [
                {"objectives": instance.numbers(front.values[k]), "items": _items(instance, front, k)}
                for k in shown
            ],
            "steps": front.steps,
            "notes": list(notes),
        },
        measure="objective" if alone else "volume",
        details=({} if alone else {"front": points}) | {"method": method},
        notes=notes,
    )


def _shown(values: IntArray, most: int | None) -> list[int]:
    """Return which points are reported, in their order."""
    if most is None or most >= len(values):
        return list(range(len(values)))
    low, high = values.min(axis=0), values.max(axis=0)
    return sorted(far_apart((values - low) / np.maximum(high - low, 1), most).tolist())


def _items(instance: KnapsackInstance, front: Front, k: int) -> list[Any]:
    return [instance.items[item] for item in np.flatnonzero(front.chosen[k]).tolist()]


def _volume(instance: KnapsackInstance, values: IntArray) -> Number | None:
    """Return the hypervolume as the file counts, or None where it takes too long."""
    if comparisons(*values.shape) > MOST_WORK:
        return None
    volume = hypervolume(values) * math.prod(map(float, instance.units))
    return int(volume) if volume.is_integer() and volume < 2**53 else volume


def _no_volume(values: IntArray) -> str:
    help_by = "" if has_moocore() else f"; moocore is faster: {install_command('fronts')}"
    return f"the hypervolume of {len(values)} points is left out, as it would take too long{help_by}"
