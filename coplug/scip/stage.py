"""Where SCIP stands in a solve."""

from __future__ import annotations

import enum


class Stage(enum.IntEnum):
    """SCIP's stages, with SCIP's own numbers."""

    Init = 0
    Problem = 1
    Transforming = 2
    Transformed = 3
    InitPresolve = 4
    Presolving = 5
    ExitPresolve = 6
    Presolved = 7
    InitSolve = 8
    Solving = 9
    Solved = 10
    ExitSolve = 11
    FreeTrans = 12
    Free = 13


BOUNDS_KNOWN = frozenset(
    {
        Stage.Transformed,
        Stage.InitPresolve,
        Stage.Presolving,
        Stage.ExitPresolve,
        Stage.Presolved,
        Stage.InitSolve,
        Stage.Solving,
        Stage.Solved,
    }
)
"""Stages in which SCIP has bounds on the optimal objective."""

SETTLED = frozenset({"optimal", "infeasible", "unbounded", "inforunbd"})
"""SCIP's statuses with which a problem is settled; all others are limits or interrupts."""
