"""Episodes side by side in compiled code: whose action counts, what an illegal one costs, and how an episode ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from coplug.envs.illegal import MAX_ILLEGAL, PENALTY
from coplug.jit import kernel

NO_LIMIT = 2**62
"""Steps of an episode that nothing truncates."""

NEXT_STEP, SAME_STEP, DISABLED = 0, 1, 2
MODES = {
    AutoresetMode.NEXT_STEP: NEXT_STEP,
    AutoresetMode.SAME_STEP: SAME_STEP,
    AutoresetMode.DISABLED: DISABLED,
}
"""When an episode that has ended is followed by another; see Gymnasium."""

FINE, NO_ACTION, ILLEGAL, NOT_RUNNING, EXHAUSTED = 0, 1, 2, 3, 4
"""What a step says: all went well; an action is outside the space; it is not legal; no episode waits for it; no graph
of use was found for a new one. The first three faults change nothing."""


class Conduct(NamedTuple):
    """What is the same for all episodes.

    Attributes
    ----------
    mode : int
        One of :data:`MODES`.
    penalises : bool
        Whether an illegal action costs a reward, and is no error.
    max_steps : int
        Steps after which an episode is truncated.
    """

    mode: int
    penalises: bool
    max_steps: int


class Turns(NamedTuple):
    """How n episodes stand.

    Attributes
    ----------
    over : bool, shape (n,)
        No action is waited for: the episode has ended, or none has begun.
    fresh : bool, shape (n,)
        The last call started the episode.
    n_legal : int64, shape (n,)
        Actions that are legal now.
    n_steps, n_illegal : int64, shape (n,)
        Of the episode so far.
    last_illegal : int64, shape (n,)
        ``n_illegal`` after the last step, whether another episode has begun since or not.
    rewards : float64, shape (n,)
    terminated, truncated : bool, shape (n,)
        Of the last step.
    random : uint64, shape (n, 1)
        A generator each, see :mod:`coplug.random_kernels`.
    """

    over: NDArray[np.bool_]
    fresh: NDArray[np.bool_]
    n_legal: NDArray[np.int64]
    n_steps: NDArray[np.int64]
    n_illegal: NDArray[np.int64]
    last_illegal: NDArray[np.int64]
    rewards: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    random: NDArray[np.uint64]


def no_turns(n: int) -> Turns:
    """Return n episodes that have not begun."""
    return Turns(
        over=np.ones(n, np.bool_),
        fresh=np.zeros(n, np.bool_),
        n_legal=np.zeros(n, np.int64),
        n_steps=np.zeros(n, np.int64),
        n_illegal=np.zeros(n, np.int64),
        last_illegal=np.zeros(n, np.int64),
        rewards=np.zeros(n, np.float64),
        terminated=np.zeros(n, np.bool_),
        truncated=np.zeros(n, np.bool_),
        random=np.zeros((n, 1), np.uint64),
    )


@kernel
def fault_of(
    turns: Turns, conduct: Conduct, masks: NDArray[np.int8], actions: NDArray[np.int64]
) -> tuple[int, int]:
    """Return what is wrong with a batch of actions, and in which episode; :data:`FINE` if nothing is."""
    for i in range(len(actions)):
        if turns.over[i]:
            if conduct.mode != NEXT_STEP:
                return NOT_RUNNING, i
        elif turns.n_legal[i] > 0:
            if not 0 <= actions[i] < masks.shape[1]:
                return NO_ACTION, i
            if not conduct.penalises and not masks[i, actions[i]]:
                return ILLEGAL, i
    return FINE, 0


@kernel
def begin_episode(turns: Turns, i: int) -> None:
    """Take note that an episode starts; what the last step gave stays."""
    turns.over[i] = False
    turns.fresh[i] = True
    turns.n_steps[i] = turns.n_illegal[i] = 0


@kernel
def begin_episodes(turns: Turns, which: NDArray[np.bool_]) -> None:
    """Take note of which episodes start."""
    for i in range(len(which)):
        if which[i]:
            begin_episode(turns, i)


@kernel
def count_illegal(turns: Turns, i: int) -> float:
    """Take note of an illegal action; return its reward."""
    turns.n_illegal[i] += 1
    return -PENALTY


@kernel
def end_step(
    turns: Turns, conduct: Conduct, i: int, reward: float, terminated: bool, truncated: bool
) -> None:
    """Take note of what a step gave, and whether the episode ends with it."""
    turns.n_steps[i] += 1
    turns.last_illegal[i] = turns.n_illegal[i]
    turns.rewards[i] = reward
    turns.terminated[i] = terminated
    turns.truncated[i] = (
        truncated or turns.n_steps[i] >= conduct.max_steps or turns.n_illegal[i] >= MAX_ILLEGAL
    )
    turns.over[i] = turns.terminated[i] or turns.truncated[i]


@kernel
def no_step(turns: Turns, i: int) -> None:
    """Take note that an episode is started instead of a step."""
    turns.rewards[i] = 0.0
    turns.terminated[i] = turns.truncated[i] = False


@kernel
def end_steps(
    turns: Turns,
    conduct: Conduct,
    legal: NDArray[np.bool_],
    rewards: NDArray[np.float64],
    terminated: NDArray[np.bool_],
) -> None:
    """Take note of what a step gave in every episode, of those that are over that they are started instead.

    Parameters
    ----------
    turns : Turns
    conduct : Conduct
    legal : bool, shape (n,)
        Where a legal action was taken.
    rewards : float64, shape (n,)
    terminated : bool, shape (n,)
    """
    for i in range(len(legal)):
        turns.fresh[i] = False
        if turns.over[i]:
            no_step(turns, i)
        elif legal[i]:
            end_step(turns, conduct, i, rewards[i], terminated[i], False)
        else:
            end_step(turns, conduct, i, count_illegal(turns, i), False, False)
