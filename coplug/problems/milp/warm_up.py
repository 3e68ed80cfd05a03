"""Compiling every kernel that a policy needs before SCIP's clock starts, or loading it from the cache."""

from __future__ import annotations

from coplug.contracts.policy import BranchingPolicy, PolicySelector
from coplug.inference.policy import KernelPolicy
from coplug.problems.milp.policies import AutoPolicy
from coplug.scip.warm_up import warm_up_scip


def warm_up(policy: BranchingPolicy | PolicySelector | None) -> None:
    """Make the kernels ready that ``policy`` needs; SCIP's own branching needs none.

    A policy object of a third party brings its own code, so only SCIP's kernels are made ready for it.
    """
    if policy is None:
        return
    warm_up_scip()
    if isinstance(policy, (KernelPolicy, AutoPolicy)):
        policy.warm_up()
