"""Functions whose data an environment returns as the reward; they add, multiply and compare like numbers."""

from coplug.ecole.reward.arithmetic import Arithmetic, Constant, Cumulative, RewardArithmetic
from coplug.ecole.reward.counters import IsDone, LpIterations, NNodes, SolvingTime
from coplug.ecole.reward.integrals import DualIntegral, PrimalDualIntegral, PrimalIntegral

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
