"""What acts in :class:`~.environment.BuildingEnv` without learning."""

from __future__ import annotations

from typing import Any

import numpy as np

N_WALKS = 4
"""Random walks that each action is tried by."""


def roll_outs(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the action from which the best of a few random walks ends best; the first of equal ones."""
    actions = np.flatnonzero(environment.action_masks())
    if len(actions) == 1:
        return int(actions[0])
    dag, stop = environment.dag, environment.dag.n_actions - 1
    tried = np.repeat(actions, N_WALKS)
    states = np.repeat(environment.state[None], len(tried), axis=0)
    walking = np.flatnonzero(tried != stop)
    chosen = tried[walking]
    while walking.size:
        states[walking] = dag.step(states[walking], chosen)
        weights = rng.random((len(walking), dag.n_actions)) * dag.forward_mask(states[walking])
        chosen = weights.argmax(axis=1)
        walking, chosen = walking[chosen != stop], chosen[chosen != stop]
    best = environment.worth(states).reshape(len(actions), N_WALKS).max(axis=1)
    return int(actions[best.argmax()])
