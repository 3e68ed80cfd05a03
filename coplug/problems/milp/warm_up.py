"""Compiling every kernel that a policy needs before SCIP's clock starts, or loading it from the cache."""

from __future__ import annotations

from contextlib import suppress

from coplug.contracts.policy import BranchingPolicy, PolicySelector
from coplug.scip.warm_up import warm_up_scip


def warm_up(policy: BranchingPolicy | PolicySelector | None) -> None:
    """Make the kernels ready that ``policy`` needs; SCIP's own branching needs none.

    A policy may have a method ``warm_up()`` for code of its own. One that fails there fails again where it counts.
    """
    if policy is None:
        return
    warm_up_scip()
    with suppress(Exception, SystemExit):
        getattr(policy, "warm_up", lambda: None)()
