"""Tabu search: always the best action, except those taken lately.

Source: F. Glover, Tabu search - part I, ORSA Journal on Computing 1 (1989), 190-206. Banning actions rather than
states, and starting again from good states, serve extremal graphs in A. Mehrabian et al., Finding increasingly
large extremal graphs with AlphaZero and tabu search, IJCAI 2024.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.reversible import ReversibleProblem
from coplug.errors import UsageError
from coplug.jit import kernel
from coplug.random_kernels import uniform

OnImprovement = Callable[[float, NDArray[Any]], None]
"""Called with each new best score, and a copy of its state."""

NO_ACTION = -1


@dataclass(frozen=True, kw_only=True)
class Tabu:
    """Settings of a tabu search.

    Attributes
    ----------
    ban : int
        Steps for which an action is banned after it was taken, at least 0. Mehrabian et al. take 5.
    patience : int or None
        Steps without a new best since the last restart, after which to restart; None never does. At least 1.
    max_steps : int or None
        Steps of this call, at least 0.
    max_seconds : float or None
        Of wall-clock time; makes the outcome depend on the machine.
    target : float or None
        Score at which to stop.

    Raises
    ------
    UsageError
        If a setting is out of range, or nothing ends the search.
    """

    ban: int = 5
    patience: int | None = None
    max_steps: int | None = None
    max_seconds: float | None = None
    target: float | None = None

    def __post_init__(self) -> None:
        if self.ban < 0:
            raise UsageError(f"ban {self.ban} is out of range; take it >= 0")
        if self.patience is not None and self.patience < 1:
            raise UsageError(f"patience {self.patience} is out of range; take it >= 1, or None")
        if self.max_steps is None and self.max_seconds is None and self.target is None:
            raise UsageError("nothing ends this tabu search; set max_steps, max_seconds or target")


@dataclass
class TabuState:
    """Where a tabu search stands: numbers and arrays, enough to go on as if never interrupted.

    Attributes
    ----------
    current : ndarray
        The problem's state.
    best : ndarray
        The best state so far.
    best_score : float
        Of ``best``.
    walk_best : float
        Best score since the last restart.
    step : int
        Steps so far.
    last_gain : int
        The step of ``walk_best``.
    free_from : int64, shape (n_actions,)
        The step from which each action may be taken again.
    random : uint64, shape (1,)
        State of the generator.
    """

    current: NDArray[Any]
    best: NDArray[Any]
    best_score: float
    walk_best: float
    step: int
    last_gain: int
    free_from: NDArray[np.int64]
    random: NDArray[np.uint64]


def start(problem: ReversibleProblem, seed: int) -> TabuState:
    """Return a search that starts where ``problem`` stands.

    Parameters
    ----------
    problem : ReversibleProblem
    seed : int
        In 0..2**64 - 1.
    """
    score = float(problem.score)
    return TabuState(
        current=problem.state(),
        best=problem.state(),
        best_score=score,
        walk_best=score,
        step=0,
        last_gain=0,
        free_from=np.zeros(problem.n_actions, dtype=np.int64),
        random=np.array([seed], dtype=np.uint64),
    )


def search(
    problem: ReversibleProblem,
    state: TabuState,
    settings: Tabu,
    pool: Sequence[NDArray[Any]] = (),
    on_improvement: OnImprovement | None = None,
) -> None:
    """Go on with a search, changing ``state``.

    Each step takes the action of largest delta, a random one of equals. Banned actions count only if they beat the
    best score ever (aspiration). If no action is left, the search restarts as if out of patience.

    Parameters
    ----------
    problem : ReversibleProblem
        Brought to ``state.current`` first. Its state may be anything when an exception is raised.
    state : TabuState
        A search of ``n`` steps and then ``m`` more is that of ``n + m`` if deltas are exact.
    settings : Tabu
    pool : sequence of states
        Restarts take a random one, and lift all bans; ``on_improvement`` may add to it. Empty: restarts are from
        ``state.best``.
    on_improvement : callable or None
    """
    problem.reset_to(state.current)
    deadline = math.inf if settings.max_seconds is None else time.monotonic() + settings.max_seconds
    end = math.inf if settings.max_steps is None else state.step + settings.max_steps
    target = math.inf if settings.target is None else settings.target
    patience = math.inf if settings.patience is None else settings.patience
    while state.step < end and state.best_score < target and time.monotonic() < deadline:
        action = NO_ACTION
        if state.step - state.last_gain < patience:
            action = choose(
                problem.deltas(),
                state.free_from,
                state.step,
                float(problem.score),
                state.best_score,
                state.random,
            )
        if action == NO_ACTION:
            _restart(problem, state, pool)
        else:
            problem.apply(action)
            state.free_from[action] = state.step + settings.ban + 1
        state.step += 1
        _note(problem, state, restarted=action == NO_ACTION, on_improvement=on_improvement)
    state.current = problem.state()


def _restart(problem: ReversibleProblem, state: TabuState, pool: Sequence[NDArray[Any]]) -> None:
    """Go to a state of the pool and lift all bans."""
    problem.reset_to(pool[int(uniform(state.random) * len(pool))] if len(pool) else state.best)
    state.free_from[:] = 0


def _note(
    problem: ReversibleProblem, state: TabuState, restarted: bool, on_improvement: OnImprovement | None
) -> None:
    """Keep the score of the state just reached, if it is a best one."""
    score = float(problem.score)
    if restarted or score > state.walk_best:
        state.walk_best, state.last_gain = score, state.step
    if score <= state.best_score:
        return
    state.best_score, state.best = score, problem.state()
    if on_improvement is not None:
        on_improvement(score, problem.state())


@kernel
def choose(
    deltas: NDArray[np.float64],
    free_from: NDArray[np.int64],
    step: int,
    score: float,
    best_score: float,
    random: NDArray[np.uint64],
) -> int:
    """Return the admissible action of largest delta, a random one of equals, or NO_ACTION.

    Parameters
    ----------
    deltas : float64, shape (n_actions,)
        Minus infinity or NaN forbids an action.
    free_from : int64, shape (n_actions,)
        An action is admissible from this step on, or if it would beat ``best_score``.
    step : int
    score, best_score : float
    random : uint64, shape (1,)
        Advanced where there are equals.
    """
    chosen, largest, n_equal = NO_ACTION, -math.inf, 0
    for action in range(len(deltas)):
        delta = deltas[action]
        if not delta >= largest or delta == -math.inf:
            continue
        if step < free_from[action] and score + delta <= best_score:
            continue
        if delta > largest:
            chosen, largest, n_equal = action, delta, 1
            continue
        n_equal += 1
        if uniform(random) * n_equal < 1:
            chosen = action
    return chosen
