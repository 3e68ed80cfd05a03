"""The jumps, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.feasibility_jump.program import TOLERANCE, Float, Int, Program
from coplug.jit import kernel
from coplug.random_kernels import uniform

SAMPLE = 25
"""Variables among which the best jump is taken, as in the paper."""

LEAST_GAIN = 1e-9

_GOOD, _VIOLATED = 0, 1


class State(NamedTuple):
    """Where the search stands.

    Attributes
    ----------
    x : float64, shape (variables,)
    activity : float64, shape (rows,)
        ``A x``.
    weights : float64, shape (rows,)
    jumps : float64, shape (variables,)
        The value that each variable would jump to.
    gains : float64, shape (variables,)
        By how much that would lower the weighted violation.
    good, violated : int64, shape (variables,), (rows,)
        Variables whose jump gains, and rows that are violated; the first ``counts`` of each count.
    good_places, violated_places : int64
        Where each is among them, -1 for those that are not.
    counts : int64, shape (2,)
        How many variables are good, and rows violated.
    random : uint64, shape (1,)
    effort : int64, shape (1,)
        Nonzeros that were touched.
    """

    x: Float
    activity: Float
    weights: Float
    jumps: Float
    gains: Float
    good: Int
    good_places: Int
    violated: Int
    violated_places: Int
    counts: Int
    random: NDArray[np.uint64]
    effort: Int


@kernel
def search(program: Program, state: State, effort: int) -> bool:
    """Jump until no row is violated; False if the effort is spent first."""
    while state.effort[0] < effort:
        if state.counts[_VIOLATED] == 0:
            return True
        j = best_good(program, state)
        if j < 0:
            grow_weights(program, state)
            j = best_in_row(program, state)
        if j >= 0:
            move(program, state, j)
    return False


@kernel
def look_again(program: Program, state: State) -> None:
    """Compute everything from the point and the weights."""
    state.counts[:] = 0
    state.good_places[:] = -1
    state.violated_places[:] = -1
    for i in range(program.biases.shape[0]):
        total = 0.0
        for k in range(program.row_starts[i], program.row_starts[i + 1]):
            total += program.row_values[k] * state.x[program.columns[k]]
        state.activity[i] = total
        _note_row(program, state, i)
    for j in range(state.x.shape[0]):
        _aim(program, state, j)
    state.effort[0] += program.columns.shape[0]


@kernel
def best_good(program: Program, state: State) -> int:
    """Return the best of some variables whose jumps gain, -1 if there is none."""
    count = state.counts[_GOOD]
    best, best_gain = -1, 0.0
    for k in range(min(count, SAMPLE)):
        place = k if count <= SAMPLE else int(uniform(state.random) * count)
        j = state.good[place]
        if state.gains[j] > best_gain:
            best, best_gain = j, state.gains[j]
    state.effort[0] += SAMPLE
    return best


@kernel
def best_in_row(program: Program, state: State) -> int:
    """Return the variable of a violated row whose jump gains most, or loses least."""
    i = state.violated[int(uniform(state.random) * state.counts[_VIOLATED])]
    first, length = program.row_starts[i], program.row_starts[i + 1] - program.row_starts[i]
    best, best_gain = -1, -np.inf
    for k in range(min(length, SAMPLE)):
        position = k if length <= SAMPLE else int(uniform(state.random) * length)
        j = program.columns[first + position]
        if not _is_binary(program, j):
            _aim(program, state, j)
        if state.jumps[j] != state.x[j] and state.gains[j] > best_gain:
            best, best_gain = j, state.gains[j]
    return best


@kernel
def _is_binary(program: Program, j: int) -> bool:
    return bool(program.integral[j]) and program.upper[j] - program.lower[j] == 1.0


@kernel
def grow_weights(program: Program, state: State) -> None:
    """Add one to the weight of each violated row."""
    for place in range(state.counts[_VIOLATED]):
        i = state.violated[place]
        state.weights[i] += 1.0
        now = state.activity[i] - program.biases[i]
        for k in range(program.row_starts[i], program.row_starts[i + 1]):
            j = program.columns[k]
            then = now + program.row_values[k] * (state.jumps[j] - state.x[j])
            state.gains[j] += max(now, 0.0) - max(then, 0.0)
            _note_gain(state, j)
        state.effort[0] += program.row_starts[i + 1] - program.row_starts[i]


@kernel
def move(program: Program, state: State, j: int) -> None:
    """Have a variable jump, and mend activities and gains."""
    change = state.jumps[j] - state.x[j]
    for k in range(program.column_starts[j], program.column_starts[j + 1]):
        i = program.rows[k]
        before = state.activity[i] - program.biases[i]
        state.activity[i] += program.column_values[k] * change
        after = state.activity[i] - program.biases[i]
        _note_row(program, state, i)
        # Where a row stays on one side whatever one variable does, gains are what they were.
        if max(before, after) + program.reach[i] <= 0.0 or min(before, after) - program.reach[i] >= 0.0:
            continue
        _mend_gains(program, state, i, before, after, j)
    state.x[j] = state.jumps[j]
    _aim(program, state, j)


@kernel
def _mend_gains(program: Program, state: State, i: int, before: float, after: float, moved: int) -> None:
    """Change the gains of a row's variables for a change of its activity."""
    weight = state.weights[i]
    level = max(after, 0.0) - max(before, 0.0)
    for k in range(program.row_starts[i], program.row_starts[i + 1]):
        j = program.columns[k]
        if j == moved:
            continue
        step = program.row_values[k] * (state.jumps[j] - state.x[j])
        change = level - (max(after + step, 0.0) - max(before + step, 0.0))
        if change != 0.0:
            state.gains[j] += weight * change
            _note_gain(state, j)
    state.effort[0] += program.row_starts[i + 1] - program.row_starts[i]


@kernel
def _aim(program: Program, state: State, j: int) -> None:
    """Choose where a variable would jump to, and what it would gain."""
    state.jumps[j] = _jump(program, state, j)
    gain = 0.0
    for k in range(program.column_starts[j], program.column_starts[j + 1]):
        i = program.rows[k]
        now = state.activity[i] - program.biases[i]
        then = now + program.column_values[k] * (state.jumps[j] - state.x[j])
        gain += state.weights[i] * (max(now, 0.0) - max(then, 0.0))
    state.gains[j] = gain
    state.effort[0] += program.column_starts[j + 1] - program.column_starts[j]
    _note_gain(state, j)


@kernel
def _jump(program: Program, state: State, j: int) -> float:
    """Return the value, other than its own, at which a variable makes the weighted violation least."""
    low, high, x = program.lower[j], program.upper[j], state.x[j]
    if low == high:
        return float(x)
    if _is_binary(program, j):
        return float(low + high - x)
    best = _least_violation(program, state, j)
    if program.integral[j]:
        below, above = np.floor(best), np.ceil(best)
        best = below if violation(program, state, j, below) <= violation(program, state, j, above) else above
    best = min(max(best, low), high)
    if best != x:
        return float(best)
    step = 1.0 if program.integral[j] else max(1.0, abs(x)) * 0.1
    down, up = max(low, x - step), min(high, x + step)
    if down == x:
        return float(up)
    if up == x:
        return float(down)
    return float(down if violation(program, state, j, down) <= violation(program, state, j, up) else up)


@kernel
def _least_violation(program: Program, state: State, j: int) -> float:
    """Return the value at which the weighted violation, convex and piecewise linear in it, is least.

    Of several, the one that is nearest to the variable's value.
    """
    first, last = program.column_starts[j], program.column_starts[j + 1]
    x = state.x[j]
    points = np.empty(last - first)
    rises = np.empty(last - first)
    slope = 0.0  # far below all points
    count = 0
    for k in range(first, last):
        i, value = program.rows[k], program.column_values[k]
        if not np.isfinite(program.biases[i]):
            continue
        points[count] = x + (program.biases[i] - state.activity[i]) / value
        rises[count] = state.weights[i] * abs(value)
        slope += min(state.weights[i] * value, 0.0)
        count += 1
    left, right = -np.inf, np.inf
    is_falling = slope < -LEAST_GAIN
    for k in np.argsort(points[:count]):
        slope += rises[k]
        if is_falling and slope >= -LEAST_GAIN:
            is_falling, left = False, points[k]
        if slope > LEAST_GAIN:
            right = points[k]
            break
    return float(min(max(x, left), right))


@kernel
def violation(program: Program, state: State, j: int, value: float) -> float:
    """Return the weighted violation of a variable's rows at a value."""
    total = 0.0
    for k in range(program.column_starts[j], program.column_starts[j + 1]):
        i = program.rows[k]
        then = state.activity[i] - program.biases[i] + program.column_values[k] * (value - state.x[j])
        total += state.weights[i] * max(then, 0.0)
    return total


@kernel
def _note_gain(state: State, j: int) -> None:
    _keep(state.good, state.good_places, state.counts, _GOOD, j, state.gains[j] > LEAST_GAIN)


@kernel
def _note_row(program: Program, state: State, i: int) -> None:
    is_violated = state.activity[i] - program.biases[i] > TOLERANCE
    _keep(state.violated, state.violated_places, state.counts, _VIOLATED, i, is_violated)


@kernel
def _keep(members: Int, places: Int, counts: Int, which: int, one: int, belongs: bool) -> None:
    """Put one into a set, or out of it."""
    if belongs == (places[one] >= 0):
        return
    if belongs:
        places[one] = counts[which]
        members[counts[which]] = one
        counts[which] += 1
        return
    counts[which] -= 1
    last = members[counts[which]]
    members[places[one]] = last
    places[last] = places[one]
    places[one] = -1
