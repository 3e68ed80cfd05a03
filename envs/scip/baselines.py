"""What acts in the environments on SCIP without learning: rules of branching, and SCIP as it comes."""

from __future__ import annotations

from typing import Any

import numpy as np

from coplug.contracts.node import COLUMN_FEATURES
from coplug.scip.observations import Pseudocosts, StrongBranchingScores

_SOLUTION_VALUE = COLUMN_FEATURES.index("solution_value")


def pseudocost(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the candidate of the best pseudocost score, the first of equal ones."""
    return _best(environment, Pseudocosts())


def strong_branching(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the candidate of the best strong-branching score, the first of equal ones."""
    return _best(environment, StrongBranchingScores())


def no_proposal(environment: Any, observation: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Return the action that proposes nothing: SCIP goes on alone."""
    space: Any = environment.action_space
    return {"select": np.zeros(space["select"].n, np.int8), "values": space["values"].low}


def lp_rounding(environment: Any, observation: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Return the proposal of all values of the LP solution that are not 0 when rounded; the others are left free."""
    action = no_proposal(environment, observation, rng)
    legal = environment.action_masks()
    if not legal.any():
        return action
    reader, space = environment.model.reader, environment.action_space["values"]
    values = np.zeros(len(legal))
    values[reader.column_variables()] = np.rint(reader.read().column_features[:, _SOLUTION_VALUE])
    values = np.clip(np.nan_to_num(values), space.low, space.high)
    return {"select": (legal & (values != 0)).astype(np.int8), "values": values}


def scip_defaults(environment: Any, observation: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Return SCIP's default value of each parameter, or the next to it that can be chosen."""
    action: dict[str, Any] = environment.parameters.defaults()
    return action


def _best(environment: Any, scores_of: Pseudocosts | StrongBranchingScores) -> int:
    assert environment.model is not None
    scores = scores_of.extract(environment.model)
    legal = environment.action_masks()
    if scores is None or not legal.any():
        return 0
    usable = np.where(legal[: len(scores)] & ~np.isnan(scores), scores, -np.inf)
    return int(usable.argmax()) if np.isfinite(usable.max()) else int(legal.argmax())
