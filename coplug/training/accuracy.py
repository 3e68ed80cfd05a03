"""How often a shipped network ranks the expert's choice first, evaluated by the kernel that ``coplug solve`` runs."""

from __future__ import annotations

import numpy as np

from coplug.contracts.node import COLUMN_FEATURES, NodeState
from coplug.contracts.policy import CandidateKind
from coplug.errors import PolicyError
from coplug.inference.policy import Scorer
from coplug.training.sample import BranchingSample
from coplug.training.samples import SampleSet

TOP_K = (1, 3, 5, 10)
_FRACTION = COLUMN_FEATURES.index("solution_frac")


def state_of(sample: BranchingSample, structure: int) -> NodeState:
    """Return the node state that a sample keeps; ``structure`` must differ from that of other samples."""
    return NodeState(
        sample.column_features.astype(np.float64),
        sample.row_features.astype(np.float64),
        sample.row_ptr.astype(np.int64),
        sample.edge_columns,
        sample.edge_values.astype(np.float64),
        structure,
    )


def best_rank(
    network: Scorer, sample: BranchingSample, structure: int, kind: CandidateKind = "pseudo"
) -> int:
    """Return the rank, from 0, that the network gives to the highest ranked among the expert's best candidates.

    Candidates that the network scores alike rank in their order. With ``kind`` "lp", as for a policy that scores only
    these in a solve, all that are integral in the LP solution come last.

    Raises
    ------
    PolicyError
        If the network passes at this node.
    """
    scores = network.scores(state_of(sample, structure), sample.candidates)
    if scores is None:
        raise PolicyError("the network passes at a node; take one that always scores")
    if kind == "lp":
        integral = sample.column_features[sample.candidates, _FRACTION] == 0.0
        scores = np.where(integral, -np.inf, scores)
    order = np.argsort(-scores, kind="stable")
    best = sample.scores[order] == sample.scores.max()
    return int(np.argmax(best))


def accuracies(network: Scorer, samples: SampleSet, kind: CandidateKind = "pseudo") -> dict[str, float]:
    """Return ``acc@k`` over all samples: a candidate tied with the best strong-branching score counts as right."""
    ranks = np.array([best_rank(network, samples.sample(i), i, kind) for i in range(len(samples))])
    return {f"acc@{k}": float(np.mean(ranks < k)) for k in TOP_K}
