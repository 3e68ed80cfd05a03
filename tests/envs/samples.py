"""Small problems and environments for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pyscipopt

import coplug.envs  # noqa: F401 # registers
from coplug.envs.scip.default import SETTINGS
from coplug.problems.milp.instance import MilpInstance

IDS = sorted(
    name
    for name, spec in gymnasium.registry.items()
    if str(spec.entry_point).startswith("coplug.envs.scip.") and "version" not in spec.kwargs
)
"""The environments on SCIP, each in its newest version."""

INSTANCES = Path(__file__).parent.parent.parent / "instances"

BRANCHING, CONFIGURING, PRIMAL_SEARCH = (
    "coplug/Branching-v1",
    "coplug/Configuring-v1",
    "coplug/PrimalSearch-v2",
)

NO_HEURISTICS = {
    name: -1
    for name in pyscipopt.Model().getParams()
    if name.startswith("heuristics/") and name.endswith("/freq")
}
ROOT_IS_OPEN = SETTINGS | NO_HEURISTICS


def triangle() -> MilpInstance:
    """Three binaries, of which at most one of each pair is 1: the LP has 1.5, the problem 1."""
    return _packing("triangle", [[1, 1, 0], [0, 1, 1], [1, 0, 1]])


def trivial() -> MilpInstance:
    """A problem that no decision is needed for."""
    return _packing("trivial", [[1, 1, 1]])


def make(name: str, **arguments: Any) -> gymnasium.Env:
    """Return the environment without Gymnasium's wrappers."""
    return gymnasium.make(name, **arguments).unwrapped


def play(env: gymnasium.Env, steps: int = 10, seed: int = 0, **options: Any) -> list[tuple]:
    """Return what reset and the steps of a random agent give, up to the end of the episode."""
    env.action_space.seed(seed)
    transitions: list[tuple] = [env.reset(seed=seed, options=options or None)]
    for _ in range(steps):
        transitions.append(env.step(env.action_space.sample()))
        if transitions[-1][2] or transitions[-1][3]:
            break
    return transitions


def _packing(name: str, rows: list[list[int]]) -> MilpInstance:
    n = len(rows[0])
    return MilpInstance(
        name=name,
        family="packing",
        sense="max",
        objective=np.ones(n),
        matrix=np.array(rows, float),
        row_lhs=np.full(len(rows), -np.inf),
        row_rhs=np.ones(len(rows)),
        lower=np.zeros(n),
        upper=np.ones(n),
        integral=np.ones(n, bool),
        variable_names=tuple(f"x{j + 1}" for j in range(n)),
        row_names=tuple(f"r{i + 1}" for i in range(len(rows))),
    )
