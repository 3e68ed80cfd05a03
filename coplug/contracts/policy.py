"""What chooses the variable to branch on, and what picks a policy for an instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import NodeState

CandidateKind = Literal["lp", "pseudo"]
"""``lp``: integer variables fractional in the LP solution; ``pseudo``: all that are not fixed."""


class BranchingPolicy(Protocol):
    """Chooses the variable to branch on by scoring candidates.

    Optional are the other traits, see :class:`coplug.scip.traits.PolicyTraits`; all are read once, when the policy is
    included. A method ``warm_up()`` is optional too: called before any clock starts, it loads or compiles what
    ``scores`` needs.

    A policy is handed arrays, and no model: whatever its scores are, SCIP finds the same optimum. One that comes by the
    model in another way must leave it as it is. A constraint, a bound, a probing, or a solve inside ``scores`` may
    change the optimum or end the process; that is the author's risk, and nobody checks it.

    ``scores`` should return soon. While it runs, SCIP cannot look at its limits; see
    :class:`coplug.scip.guest.Guest` for what is done about one that does not return.

    Attributes
    ----------
    name : str
        Shown in summaries.
    candidate_kind : "lp" or "pseudo"
        Which candidates the policy scores, see :data:`CandidateKind`.
    """

    @property
    def name(self) -> str:
        """Shown in summaries."""
        ...

    @property
    def candidate_kind(self) -> CandidateKind:
        """Which candidates the policy scores."""
        ...

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.floating[Any]] | None:
        """Score candidates; the highest finite score is branched on.

        Parameters
        ----------
        state : NodeState
            The node; its arrays are reused after the call.
        candidates : int32, shape (n,)
            LP columns of the candidates.

        Returns
        -------
        floating, shape (n,), or None
            ``None`` leaves this node to SCIP's own rule without counting a fallback.
        """
        ...


class Watch(Protocol):
    """Watches one policy in one solve, such as :class:`coplug.scip.withdrawal.Withdrawal`."""

    def verdict(self, scores: NDArray[np.floating[Any]], policy_s: float, elapsed_s: float) -> str | None:
        """Return why the policy should go, or None; asked after each decision.

        Parameters
        ----------
        scores : floating, shape (n,)
            The policy's at this node.
        policy_s : float
            CPU seconds spent in the policy since the end of the first decision, which may have had things to load.
        elapsed_s : float
            CPU seconds of SCIP's thread since then, the policy's included.
        """
        ...


@dataclass(frozen=True)
class Selection:
    """What a selector decided.

    Attributes
    ----------
    policy : BranchingPolicy or None
        ``None`` leaves the whole solve to SCIP's own rule.
    reason : str
        One line for the user.
    withdrawal : Watch or None
        Decides during the solve whether the policy should go again; ``None`` lets it stay.
    drift : str
        How the instance has left what a policy was made for that would have been taken otherwise; empty if it has not.
    """

    policy: BranchingPolicy | None
    reason: str
    withdrawal: Watch | None = None
    drift: str = ""


class PolicySelector(Protocol):
    """Picks a policy, or none, when it sees the presolved instance's first LP.

    A method ``select_early(look)`` is optional: called before SCIP begins, with a function that returns
    :func:`coplug.scip.problem_structure.problem_metrics`, it returns a :class:`Selection`, or None to wait for
    :meth:`select`.
    """

    @property
    def name(self) -> str:
        """Shown in summaries."""
        ...

    def select(self, root: NodeState) -> Selection:
        """Decide from the LP relaxation before any cutting plane, see :class:`coplug.scip.first_lp.FirstLP`."""
        ...
