"""The rewards that have names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coplug.errors import UsageError
from coplug.scip.data import RewardFunction
from coplug.scip.rewards import (
    DualIntegral,
    IsDone,
    LpIterations,
    NNodes,
    PrimalDualIntegral,
    PrimalGap,
    PrimalIntegral,
    SolvingTime,
)

REWARDS: dict[str, Callable[[], Any]] = {
    "nodes": lambda: -NNodes(),
    "lp-iterations": lambda: -LpIterations(),
    "time": lambda: -SolvingTime(),
    "primal-gap": lambda: -PrimalGap(),
    "primal-integral": lambda: -PrimalIntegral(),
    "dual-integral": lambda: -DualIntegral(),
    "primal-dual-integral": lambda: -PrimalDualIntegral(),
    "done": IsDone,
}
"""Costs since the last decision, negated; ``primal-gap``, the incumbent's gap after it, negated; and ``done``, 1 at the
end and 0 before. Times are CPU seconds of the whole process. See :mod:`coplug.scip.rewards`, whose classes take
options."""


def make_reward(reward: str | RewardFunction) -> RewardFunction:
    """Return the reward function that a name stands for, or the object itself.

    Raises
    ------
    UsageError
        If the name is unknown, or the object is no reward function.
    """
    if isinstance(reward, str):
        if reward not in REWARDS:
            raise UsageError(f"reward {reward!r} is unknown; choose one of: {', '.join(REWARDS)}")
        named: RewardFunction = REWARDS[reward]()
        return named
    if not (hasattr(reward, "before_reset") and hasattr(reward, "extract")):
        raise UsageError(f"reward {reward!r} has no before_reset and extract; see coplug.scip.rewards")
    return reward
