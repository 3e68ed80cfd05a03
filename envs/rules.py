"""What acts in a Gymnasium environment without learning, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

Rule = Callable[[Any, Any, np.random.Generator], Any]
"""Chooses an action of an environment, which it may look into, for an observation; draws from the generator alone."""


def at_random(environment: Any, info: Mapping[str, Any], rng: np.random.Generator) -> Any:
    """Return a legal action, each as likely as any other.

    Where actions are numbers, legal are those of ``info["action_mask"]``, if it is there.
    """
    space = environment.action_space
    space.seed(int(rng.integers(2**31)))
    if isinstance(space, Discrete) and "action_mask" in info:
        return space.sample(np.asarray(info["action_mask"]).astype(np.int8))
    return space.sample()


def named_rules(environment: Any) -> dict[str, Rule]:
    """Return the rules of the environment's attribute ``baselines``, by name."""
    named: Mapping[str, Rule] = getattr(environment.unwrapped, "baselines", {})
    return dict(named)


def return_by(environment: Any, rule: Rule | None, seed: int) -> float:
    """Return the undiscounted return of a rule, or of random legal actions, in the episode of a seed."""
    rng = np.random.default_rng(seed)
    observation, info = environment.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        core = environment.unwrapped
        action = rule(core, observation, rng) if rule else at_random(core, info, rng)
        observation, reward, terminated, truncated, info = environment.step(action)
        total += float(reward)
        over = terminated or truncated
    return total
