"""Which decisions are handed over in a solve, and what SCIP does with them."""

from coplug.scip.dynamics.branching import BranchingDynamics
from coplug.scip.dynamics.configuring import ConfiguringDynamics
from coplug.scip.dynamics.primal_search import PrimalSearchDynamics, Proposal

__all__ = ["BranchingDynamics", "ConfiguringDynamics", "PrimalSearchDynamics", "Proposal"]
