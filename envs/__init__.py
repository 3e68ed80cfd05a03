"""Gymnasium environments; importing this registers their ids and nothing more."""

from gymnasium.envs.registration import register

register("coplug/Branching-v0", entry_point="coplug.envs.scip.branching:BranchingEnv")
register("coplug/Configuring-v0", entry_point="coplug.envs.scip.configuring:ConfiguringEnv")
register("coplug/ExtremalGraph-v0", entry_point="coplug.envs.extremal.environment:ExtremalGraphEnv")
register("coplug/IndependentSet-v0", entry_point="coplug.envs.independent_set.environment:IndependentSetEnv")
register("coplug/PrimalSearch-v0", entry_point="coplug.envs.scip.primal_search:PrimalSearchEnv")
