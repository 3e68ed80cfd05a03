"""When a policy that was chosen automatically should leave the solve to SCIP again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Withdrawal:
    """Watches one policy in one solve.

    A policy goes if its scores hardly tell candidates apart, or if it takes too much of the time; each is judged once
    there is enough to judge by.

    Attributes
    ----------
    flat_nodes : int
        Scores are judged after so many decisions among two candidates or more,
    flat : float
        and are too flat if the entropy of their softmax is on average above this share of the largest possible, in
        [0, 1].
    costly_s : float
        Time is judged when the policy has taken so many seconds,
    share : float
        and is too much above this share of the time since the first decision, in [0, 1].
    """

    flat_nodes: int = 50
    flat: float = 0.99
    costly_s: float = 1.0
    share: float = 0.2
    _n: int = field(default=0, init=False)
    _evenness: float = field(default=0.0, init=False)

    def verdict(self, scores: NDArray[np.floating[Any]], policy_s: float, elapsed_s: float) -> str | None:
        """Return why the policy should go, or None; asked after each decision.

        Parameters
        ----------
        scores : floating, shape (n,)
            The policy's at this node.
        policy_s, elapsed_s : float
            Spent in the policy, its selection included, and in all since the first decision.
        """
        if policy_s >= self.costly_s and policy_s > self.share * elapsed_s:
            return (
                f"it took {100 * policy_s / elapsed_s:.0f} % of the time, more than {100 * self.share:.0f} %"
            )
        if self._n >= self.flat_nodes or len(scores) < 2:
            return None
        self._n += 1
        self._evenness += evenness(scores)
        mean = self._evenness / self._n
        if self._n == self.flat_nodes and mean > self.flat:
            return f"its scores hardly tell candidates apart (evenness {mean:.3f}, more than {self.flat:g})"
        return None


def evenness(scores: NDArray[np.floating[Any]]) -> float:
    """Return the entropy of the scores' softmax over that of the uniform distribution, in [0, 1]; of two or more."""
    shifted = np.asarray(scores, np.float64) - np.max(scores)
    weights = np.exp(shifted)
    probabilities = weights / weights.sum()
    positive = probabilities[probabilities > 0.0]
    return float(-(positive * np.log(positive)).sum() / np.log(len(weights)))
