"""What acts in a Gymnasium environment without learning, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Rule = Callable[[Any, Any, np.random.Generator], Any]
"""Chooses an action of an environment, which it may look into, for an observation; draws from the generator alone."""


def at_random(environment: Any, observation: Any, rng: np.random.Generator) -> Any:
    """Return a legal action, each as likely as any other; a :data:`Rule`."""
    environment.action_space.seed(int(rng.integers(2**31)))
    return environment.action_space.sample()


def named_rules(environment: Any) -> dict[str, Rule]:
    """Return the rules of the environment's attribute ``baselines``, by name."""
    named: Mapping[str, Rule] = getattr(environment.unwrapped, "baselines", {})
    return dict(named)


def return_by(environment: Any, rule: Rule, seed: int) -> float:
    """Return the undiscounted return of a rule in the episode of a seed."""
    rng = np.random.default_rng(seed)
    observation, _ = environment.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        action = rule(environment.unwrapped, observation, rng)
        observation, reward, terminated, truncated, _ = environment.step(action)
        total += float(reward)
        over = terminated or truncated
    return total
