"""The node that is being solved, and its place in the search tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyscipopt

from coplug.scip.session import Session
from coplug.scip.stage import Stage

_LP_SOLVED = pyscipopt.SCIP_LPSOLSTAT.OPTIMAL


@dataclass(frozen=True)
class FocusNodeObs:
    """The node that SCIP is solving, in SCIP's own terms.

    Bounds and estimate are those of the problem as SCIP solves it, one to be minimised. Source: the observation of
    this name in the fork of Ecole for tree Markov decision processes (Scavuzzo et al., Learning to Branch with Tree
    MDPs, NeurIPS 2022).

    Attributes
    ----------
    number : int
        SCIP's number of the node, counted from 0, which is the root; a restart begins anew.
    depth : int
        0 at the root.
    lowerbound : float
        Dual bound of the subtree.
    estimate : float
        Of the best solution in the subtree.
    n_added_conss : int
        Constraints that were added at this node.
    n_vars : int
        Variables of the presolved problem.
    nlpcands : int
        Integer variables that are fractional in the LP solution.
    npseudocands : int
        Integer variables that are not fixed.
    parent_number : int
        -1 at the root.
    parent_lowerbound : float
        The node's own at the root.
    """

    number: int
    depth: int
    lowerbound: float
    estimate: float
    n_added_conss: int
    n_vars: int
    nlpcands: int
    npseudocands: int
    parent_number: int
    parent_lowerbound: float


class FocusNode:
    """Extracts :class:`FocusNodeObs` while SCIP is solving, else None."""

    def before_reset(self, model: Session) -> None:
        """Do nothing."""

    def extract(self, model: Session, done: bool = False) -> FocusNodeObs | None:
        """Return the current node."""
        if model.stage != Stage.Solving:
            return None
        solver = model.solver
        node = solver.getCurrentNode()
        parent = node.getParent()
        return FocusNodeObs(
            number=_number(node),
            depth=node.getDepth(),
            lowerbound=node.getLowerbound(),
            estimate=node.getEstimate(),
            n_added_conss=node.getNAddedConss(),
            n_vars=solver.getNVars(transformed=True),
            nlpcands=solver.getNLPBranchCands() if solver.getLPSolstat() == _LP_SOLVED else 0,
            npseudocands=len(model.reader.candidates("pseudo")),
            parent_number=-1 if parent is None else _number(parent),
            parent_lowerbound=(node if parent is None else parent).getLowerbound(),
        )


def _number(node: Any) -> int:
    return int(node.getNumber()) - 1
