"""What a solve costs or earns from one state to the next; these add, multiply and compare like numbers."""

from coplug.scip.rewards.arithmetic import Arithmetic, Constant, Cumulative, RewardArithmetic
from coplug.scip.rewards.counters import IsDone, LpIterations, NNodes, SolvingTime
from coplug.scip.rewards.gap import PrimalGap
from coplug.scip.rewards.integrals import DualIntegral, PrimalDualIntegral, PrimalIntegral

__all__ = [
    "Arithmetic",
    "Constant",
    "Cumulative",
    "DualIntegral",
    "IsDone",
    "LpIterations",
    "NNodes",
    "PrimalDualIntegral",
    "PrimalGap",
    "PrimalIntegral",
    "RewardArithmetic",
    "SolvingTime",
]
