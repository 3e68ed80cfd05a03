"""Functions whose data an environment returns as the reward; they add, multiply and compare like numbers."""

from coplug.scip.rewards import (
    Arithmetic,
    Constant,
    Cumulative,
    DualIntegral,
    IsDone,
    LpIterations,
    NNodes,
    PrimalDualIntegral,
    PrimalIntegral,
    RewardArithmetic,
    SolvingTime,
)

__all__ = [
    "Arithmetic",
    "Constant",
    "Cumulative",
    "DualIntegral",
    "IsDone",
    "LpIterations",
    "NNodes",
    "PrimalDualIntegral",
    "PrimalIntegral",
    "RewardArithmetic",
    "SolvingTime",
]
