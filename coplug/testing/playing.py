"""Playing whole episodes at random among the legal actions, and noting what breaks the contract on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from coplug.testing.rows import same
from coplug.testing.violations import Violations

MASK = "action_mask"


@dataclass
class Episode:
    """What happened, to be compared with another episode of the same seed.

    Attributes
    ----------
    steps : list of dict
        Of each moment the observation, reward, ends and mask.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)

    def difference(self, other: Episode) -> str:
        """Return in words where two episodes part, empty if they do not."""
        for number, (a, b) in enumerate(zip(self.steps, other.steps, strict=False)):
            for key in a:
                if not same(a[key], b[key]):
                    return f"{key} after {number} steps"
        if len(self.steps) != len(other.steps):
            return f"length, {len(self.steps) - 1} and {len(other.steps) - 1} steps"
        return ""


def play(env: gymnasium.Env[Any, Any], seed: int, max_steps: int, violations: Violations) -> Episode:
    """Play one episode; ``seed`` decides the actions too."""
    rng = np.random.default_rng(seed)
    env.action_space.seed(seed)
    observation, info = env.reset(seed=seed)
    mask = checked_mask(env, info, violations)
    episode = Episode([{"observation": snapshot(observation), "mask": mask}])
    for _ in range(max_steps):
        _check_observation(env, observation, violations)
        observation, reward, terminated, truncated, info = env.step(legal_action(env, mask, rng))
        ended = _check_outcome(reward, terminated, truncated, info, violations)
        if mask is not None and not mask.any():
            violations.require(ended, "an empty action mask, but the next step does not end the episode")
        before, mask = mask, checked_mask(env, info, violations)
        violations.require(
            _length(mask) == _length(before), f"info[{MASK!r}] changes its length, or comes and goes"
        )
        episode.steps.append(
            {
                "observation": snapshot(observation),
                "reward": reward,
                "terminated": terminated,
                "truncated": truncated,
                "mask": mask,
            }
        )
        if ended:
            _check_observation(env, observation, violations)
            return episode
    violations.require(False, f"an episode of random legal actions has no end within {max_steps} steps")
    return episode


def legal_action(
    env: gymnasium.Env[Any, Any], mask: NDArray[np.int8] | None, rng: np.random.Generator
) -> Any:
    """Draw among the legal actions; other spaces than discrete ones must follow the mask themselves."""
    space = env.action_space
    if mask is None or not isinstance(space, gymnasium.spaces.Discrete):
        return space.sample()
    legal = np.flatnonzero(mask)
    return space.start + np.int64(rng.choice(legal) if legal.size else 0)


def checked_mask(env: gymnasium.Env[Any, Any], info: Any, violations: Violations) -> NDArray[np.int8] | None:
    """Return a copy of the mask in ``info``, or None if there is none or it cannot be used."""
    method = getattr(env.unwrapped, "action_masks", None)
    in_info = isinstance(info, dict) and MASK in info
    if method is None and not in_info:
        return None
    if not violations.require(
        method is not None, f"info has {MASK!r}, but there is no method action_masks()"
    ):
        return None
    if not violations.require(in_info, f"there is a method action_masks(), but info has no {MASK!r}"):
        return None
    mask = info[MASK]
    is_mask = isinstance(mask, np.ndarray) and mask.dtype == np.int8 and mask.ndim == 1
    kind = f"{mask.dtype} of shape {mask.shape}" if isinstance(mask, np.ndarray) else type(mask).__name__
    if not violations.require(is_mask, f"info[{MASK!r}] is {kind}; expected int8 of one dimension"):
        return None
    violations.require(bool(np.isin(mask, (0, 1)).all()), f"info[{MASK!r}] has values besides 0 and 1")
    assert method is not None
    violations.require(
        np.array_equal(np.asarray(method()), mask.astype(np.bool_)), f"action_masks() is not info[{MASK!r}]"
    )
    length = getattr(env.action_space, "n", None)
    fits = violations.require(
        not isinstance(length, int | np.integer) or len(mask) == length,
        f"info[{MASK!r}] has {len(mask)} entries for {length} actions; its length must be fixed",
    )
    return mask.copy() if fits else None


def _check_observation(env: gymnasium.Env[Any, Any], observation: Any, violations: Violations) -> None:
    inside = env.observation_space.contains(observation)
    violations.require(inside, "an observation is not in the observation space")


def _check_outcome(reward: Any, terminated: Any, truncated: Any, info: Any, violations: Violations) -> bool:
    """Check what a step returns besides the observation; return whether the episode has ended."""
    number = isinstance(reward, float | int | np.floating | np.integer) and not isinstance(reward, bool)
    if violations.require(
        number, f"a reward is {reward!r} of type {type(reward).__name__}; expected a number"
    ):
        violations.require(bool(np.isfinite(reward)), f"a reward is {reward}; expected a finite number")
    for name, value in (("terminated", terminated), ("truncated", truncated)):
        violations.require(isinstance(value, bool | np.bool_), f"{name} is {value!r}; expected True or False")
    violations.require(isinstance(info, dict), f"info is a {type(info).__name__}; expected a dict")
    return bool(terminated or truncated)


def _length(mask: NDArray[np.int8] | None) -> int | None:
    return None if mask is None else len(mask)


def snapshot(value: Any) -> Any:
    """Return a copy of an observation of any space."""
    if isinstance(value, dict):
        return {key: snapshot(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return tuple(snapshot(part) for part in value)
    return np.array(value) if isinstance(value, np.ndarray) else value
