"""What families of contextual linear programs draw, and how ``coplug generate`` writes it."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import InstanceKind
from coplug.problems.contextual_lp.batches import solve_all
from coplug.problems.contextual_lp.data import COST
from coplug.problems.contextual_lp.program import LinearProgram
from coplug.problems.milp.files import render
from coplug.problems.milp.instance import MilpInstance

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DrawnProgram:
    """A program and observations.

    Attributes
    ----------
    program : LinearProgram
        Its objective is the mean of the costs.
    contexts : float64, shape (n, p)
    decisions, costs : float64, shape (n, n_columns)
    family : str
    """

    program: LinearProgram
    contexts: Float
    decisions: Float
    costs: Float
    family: str


def drawn(program: LinearProgram, contexts: Float, costs: Float, family: str) -> DrawnProgram:
    """Return the program with costs and the decisions that are best for them, by SciPy, alike everywhere."""
    decisions = solve_all(program, costs, "scipy").checked(f"family {family}")
    return DrawnProgram(replace(program, objective=costs.mean(axis=0)), contexts, decisions, costs, family)


def _model(instance: DrawnProgram, file_format: str) -> bytes:
    program = instance.program
    return render(
        MilpInstance(
            name=instance.family,
            family=instance.family,
            sense=program.sense,
            objective=program.objective,
            matrix=program.matrix,
            row_lhs=program.row_lhs,
            row_rhs=program.row_rhs,
            lower=program.lower,
            upper=program.upper,
            integral=program.integral,
            variable_names=program.variable_names,
            row_names=program.row_names,
        ),
        file_format,
    )


def _npz(instance: DrawnProgram) -> bytes:
    """Return an archive whose bytes depend on the arrays alone: numpy writes no time into it."""
    buffer = io.BytesIO()
    np.savez(buffer, contexts=instance.contexts, decisions=instance.decisions, costs=instance.costs)
    return buffer.getvalue()


def _csv(instance: DrawnProgram) -> bytes:
    names = instance.program.variable_names
    header = [
        *(f"z{k + 1}" for k in range(instance.contexts.shape[1])),
        *names,
        *(f"{COST}{name}" for name in names),
    ]
    rows = np.hstack([instance.contexts, instance.decisions, instance.costs]).tolist()
    return "".join(
        f"{','.join(line)}\n" for line in [header, *([repr(v) for v in row] for row in rows)]
    ).encode()


def _render(instance: DrawnProgram, file_format: str) -> bytes:
    if file_format == "npz":
        return _npz(instance)
    return _csv(instance) if file_format == "csv" else _model(instance, file_format)


CONTEXTUAL = InstanceKind[DrawnProgram](
    name="contextual programs",
    formats=("npz", "csv", "lp", "mps"),
    render=_render,
    summary=lambda instance: (
        f"{len(instance.contexts)} samples, {instance.contexts.shape[1]} contexts, "
        f"{len(instance.program.row_lhs)} rows, {instance.program.n_columns} columns"
    ),
)
"""Data in ``.npz`` or ``.csv``, and with another ``--format`` and the same seed the model that it is for."""


def check_counts(family: str, **counts: int) -> None:
    """See that counts are at least 1.

    Raises
    ------
    UsageError
        If one is not.
    """
    for name, count in counts.items():
        if count < 1:
            raise UsageError(f"{family} {name} {count} is out of range; take it >= 1")


def check_costs(family: str, degree: int, noise: float) -> None:
    """See that what costs are made of is in range.

    Raises
    ------
    UsageError
        If it is not.
    """
    if degree < 1:
        raise UsageError(f"{family} degree {degree} is out of range; take it >= 1")
    if not 0 <= noise <= 1:
        raise UsageError(f"{family} noise {noise} is out of range; take it in [0, 1]")


def draw_costs(
    n_samples: int, n_contexts: int, n_costs: int, degree: int, noise: float, rng: np.random.RandomState
) -> tuple[Float, Float]:
    """Return contexts, and costs ``(((B z)_j / sqrt(p) + 3)^degree + 1) / 3.5^degree u``.

    ``B`` has entries 0 and 1 with equal chances, contexts ``z`` are standard normal, and ``u`` is uniform in
    ``1 - noise .. 1 + noise``. The draws are those of ``pyepo.data.shortestpath.genData`` (PyEPO 2), in its order:
    a ``RandomState`` of the same seed gives the same numbers.

    Returns
    -------
    contexts : float64, shape (n_samples, n_contexts)
    costs : float64, shape (n_samples, n_costs)
    """
    mixing = rng.binomial(1, 0.5, (n_costs, n_contexts))
    contexts = rng.normal(0, 1, (n_samples, n_contexts))
    costs = ((contexts @ mixing.T / np.sqrt(n_contexts) + 3) ** degree + 1) / 3.5**degree
    return contexts, costs * rng.uniform(1 - noise, 1 + noise, (n_samples, n_costs))
