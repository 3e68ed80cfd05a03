"""The strong-branching expert: explores with SCIP's pseudocosts, and now and then asks, records and follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.node import NodeState
from coplug.contracts.policy import BranchingPolicy, CandidateKind
from coplug.errors import PolicyError, in_one_line
from coplug.scip.active_weights import column_weights
from coplug.scip.answers import checked_scores
from coplug.scip.branching import PRIORITY
from coplug.scip.first_lp import has_lp_optimum
from coplug.scip.make_reader import make_reader
from coplug.scip.reader import NO_ITERATION_LIMIT, StateReader
from coplug.scip.settings import apply_parameters

Record = Callable[[NodeState, NDArray[np.int32], NDArray[np.float64], int], None]
"""Called with the state, the candidates' LP columns, their scores and the position of the best."""

Ties = Literal["record", "skip", "weight"]
"""What becomes of a node whose candidates all have the same score, see :class:`ExpertBranching`."""

TIE = 1e-9
"""Scores that differ by less than this share of the best are the same."""

UNRANKED_SHARE = 0.25
"""The share of the candidates beside those of a ranking that is drawn evenly, so that all kinds of them are seen."""


class ExpertBranching(pyscipopt.Branchrule):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Explore with pseudocost branching and, with some probability, run, record and follow strong branching.

    Source: Gasse et al. 2019, supplement 1. A node is dropped, though still followed, when any score is negative:
    strong branching was then stopped early. Gasse et al. score all unfixed integer variables; ``kind`` "lp" leaves
    out those that are integral in the LP solution, which are hardly ever best. Where there are more candidates than
    ``max_candidates``, only that many are scored and recorded: drawn evenly, or, with a policy as ``ranking``, three
    quarters of them those that it ranks first. Strong branching then costs little and still finds the best candidate
    nearly always, where a policy from fewer samples has it among its first ten.

    A trial of a candidate ends after ``trial_iterations`` simplex iterations, with the bound that it has by then.

    With a policy as ``expert``, its scores are asked instead of strong branching, at next to no cost.

    Where all candidates have the same score, strong branching has nothing to say. With ``ties`` "skip" such a node is
    neither recorded nor branched by the expert; "record" records the equal scores and takes the first. With "weight"
    the candidates are then scored by their weights in the active rows, see
    :func:`~.active_weights.column_weights`, and where only some tie for the best the one of largest weight is taken:
    strong branching looks one step ahead, and on a plateau of the dual bound only several steps move it, the fewer
    the more each takes from what those rows leave.
    """

    def __init__(
        self,
        record: Record,
        probability: float,
        rng: np.random.Generator,
        kind: CandidateKind = "pseudo",
        max_candidates: int | None = None,
        ties: Ties = "record",
        ranking: BranchingPolicy | None = None,
        expert: BranchingPolicy | None = None,
        trial_iterations: int = NO_ITERATION_LIMIT,
    ) -> None:
        self._record = record
        self._probability = probability
        self._rng = rng
        self._kind: CandidateKind = kind
        self._max_candidates = max_candidates
        self._ties = ties
        self._ranking = ranking
        self._expert = expert
        self._trial_iterations = trial_iterations
        self._reader: StateReader | None = None
        self.dropped = 0
        self.failure: Exception | None = None

    def branchinitsol(self) -> None:
        """Start with a fresh reader: a restart rebuilds SCIP's rows and columns."""
        self._reader = None

    def branchexeclp(self, allowaddcons: bool) -> dict[str, Any]:
        """Explore or ask the expert; called by SCIP at a node with a fractional LP solution."""
        drawn = self._rng.random() < self._probability
        if self.failure is not None or not drawn or not has_lp_optimum(self.model):
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        try:
            branched = self._ask_expert()
        except Exception as error:  # SCIP would turn it into "unspecified error"
            self.failure = error
            self.model.interruptSolve()
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        result = pyscipopt.SCIP_RESULT
        return {"result": result.BRANCHED if branched else result.DIDNOTRUN}

    def _ask_expert(self) -> bool:
        """Score, record and branch; returns whether it branched."""
        if self._reader is None:
            self._reader = make_reader(self.model)
        state = self._reader.read().copy()
        candidates = self._reader.candidates(self._kind)
        if self._max_candidates is not None and len(candidates) > self._max_candidates:
            candidates = self._reader.keep(self._drawn(state, candidates, self._max_candidates))
        if self._expert is None:
            scores = self._reader.strong_branching(self._trial_iterations)
        else:
            scores = scores_of(self._expert, state, candidates)
        tied = scores >= scores.max() - TIE * abs(scores.max())
        best = int(np.argmax(scores))
        if self._ties == "skip" and tied.all():
            return False
        if self._ties == "weight":
            weights = column_weights(state)[candidates]
            best = int(np.argmax(np.where(tied, weights, -1.0)))
            scores = weights if tied.all() else scores
        if scores.min() >= 0.0 and candidates.min() >= 0:
            self._record(state, candidates, scores, best)
        else:
            self.dropped += 1
        self._reader.branch(best)
        return True

    def _drawn(self, state: NodeState, candidates: NDArray[np.int32], most: int) -> NDArray[np.int64]:
        """Return the positions of the candidates to score, ascending, shape (most,)."""
        n_ranked = 0 if self._ranking is None else most - int(UNRANKED_SHARE * most)
        order = np.arange(len(candidates))
        if self._ranking is not None:
            order = np.argsort(-scores_of(self._ranking, state, candidates), kind="stable")
        rest = self._rng.choice(order[n_ranked:], most - n_ranked, replace=False)
        return np.sort(np.concatenate([order[:n_ranked], rest]))


def scores_of(
    policy: BranchingPolicy, state: NodeState, candidates: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return a policy's scores, shape (n_candidates,).

    Raises
    ------
    PolicyError
        If it passes at this node, or fails.
    """
    try:
        given = policy.scores(state, candidates)
        scores = None if given is None else checked_scores(given, len(candidates))
    except BaseException as error:  # a policy may raise anything, SystemExit too
        raise PolicyError(f"policy {policy.name} failed: {in_one_line(error)}") from error
    if scores is None:
        raise PolicyError(f"{policy.name} passes at a node; take a policy that always scores")
    return scores.astype(np.float64)


def include_expert(
    model: pyscipopt.Model,
    record: Record,
    *,
    probability: float,
    rng: np.random.Generator,
    exploration: str = "pscost",
    kind: CandidateKind = "pseudo",
    max_candidates: int | None = None,
    ties: Ties = "record",
    ranking: BranchingPolicy | None = None,
    expert: BranchingPolicy | None = None,
    trial_iterations: int = NO_ITERATION_LIMIT,
) -> ExpertBranching:
    """Include the expert in ``model``, with SCIP's rule ``exploration`` next in line for all other nodes."""
    rule = ExpertBranching(
        record, probability, rng, kind, max_candidates, ties, ranking, expert, trial_iterations
    )
    model.includeBranchrule(rule, "coplug-expert", "strong-branching expert", PRIORITY, -1, 1.0)
    apply_parameters(model, {f"branching/{exploration}/priority": PRIORITY - 1})
    return rule
