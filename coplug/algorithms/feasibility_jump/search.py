"""Feasibility jump: solutions of mixed-integer linear programs without solving an LP.

One variable after another jumps to the value at which the weighted sum of violations is least. Where no jump helps, the
weights of the violated rows grow. A solution that was found becomes a row: the next one has to be better.

Source: B. Luteberget and G. Sartor, Feasibility Jump: an LP-free Lagrangian MIP heuristic, Mathematical Programming
Computation 15 (2023), 365-388. The row of the objective, and jumps of general variables that are looked for only where
they are considered, are ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coplug.algorithms.feasibility_jump.kernels import State, look_again, search
from coplug.algorithms.feasibility_jump.program import Float, Program
from coplug.random_kernels import seeded

IMPROVEMENT = 1e-3
"""Share of the objective by which the next solution has to be better; at least half of its smallest coefficient."""

LEAST_STEP = 1e-6
"""The same, as a share of the norm of the objective's coefficients: above the tolerance of its row."""

SLICE = 1_000_000
"""Nonzeros between two looks at the clock, some hundredths of a second."""


def improving_points(
    program: Program, objective: Float, start: Float, seed: int, effort: int
) -> Iterator[Float | None]:
    """Yield points that satisfy all rows, each better than the one before; and None now and then.

    So whoever asks can look at the clock.

    Parameters
    ----------
    program : Program
        Its last bias is changed.
    objective : float64, shape (variables,)
        That of :func:`coplug.algorithms.feasibility_jump.program.make_program`.
    start : float64, shape (variables,)
        Where to begin; moved into the bounds.
    seed : int
        At least 0.
    effort : int
        Nonzeros that may be touched in all.
    """
    norm = float(np.linalg.norm(objective))
    least = 0.5 * float(np.min(np.abs(objective[objective != 0.0]), initial=np.inf))
    x = np.clip(np.where(program.integral, np.round(start), start), program.lower, program.upper)
    state = begin(program, x, seeded(seed))
    look_again(program, state)
    while state.effort[0] < effort:
        if not search(program, state, min(effort, int(state.effort[0]) + SLICE)):
            yield None
            continue
        yield state.x.copy()
        if norm == 0.0:
            return
        value = float(objective @ state.x)
        step = max(IMPROVEMENT * abs(value), least, LEAST_STEP * norm)
        program.biases[-1] = (value - step) / norm
        look_again(program, state)


def begin(program: Program, x: Float, seed: np.uint64) -> State:
    """Return a search at a point; the rest comes with :func:`coplug.algorithms.feasibility_jump.kernels.look_again`."""
    n_rows, n_variables = len(program.biases), len(x)
    return State(
        x=x,
        activity=np.zeros(n_rows),
        weights=np.ones(n_rows),
        jumps=np.zeros(n_variables),
        gains=np.zeros(n_variables),
        good=np.zeros(n_variables, np.int64),
        good_places=np.full(n_variables, -1, np.int64),
        violated=np.zeros(n_rows, np.int64),
        violated_places=np.full(n_rows, -1, np.int64),
        counts=np.zeros(2, np.int64),
        random=np.array([seed], np.uint64),
        effort=np.zeros(1, np.int64),
    )
