"""When a policy that was chosen automatically should leave the solve to SCIP again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Withdrawal:
    """Watches one policy in one solve.

    A policy goes if its scores hardly tell candidates apart, or if it takes too much of the time; each is judged once
    there is enough to judge by. Time is that of the processor, so that other work on the machine changes nothing.

    Attributes
    ----------
    flat_nodes : int
        Scores are judged after so many decisions among two candidates or more,
    flat : float
        and are too flat if the entropy of their softmax is on average above this share of the largest possible, in
        [0, 1].
    costly_nodes : int
        Time is judged after so many decisions,
    costly_s : float
        when the policy has taken so many seconds,
    share : float
        and is too much above this share of all since the first decision, in [0, 1].
    """

    flat_nodes: int = 50
    flat: float = 0.99
    costly_nodes: int = 10
    costly_s: float = 1.0
    share: float = 0.2
    _decisions: int = field(default=0, init=False)
    _n: int = field(default=0, init=False)
    _evenness: float = field(default=0.0, init=False)

    def verdict(self, scores: NDArray[np.floating[Any]], policy_s: float, elapsed_s: float) -> str | None:
        """Return why the policy should go, or None; asked after each decision.

        Parameters
        ----------
        scores : floating, shape (n,)
            The policy's at this node.
        policy_s, elapsed_s : float
            CPU seconds in the policy, and in all, since the first decision; see :class:`CpuTime`.
        """
        self._decisions += 1
        judged = self._decisions >= self.costly_nodes and policy_s >= self.costly_s
        if judged and policy_s > self.share * elapsed_s:
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


class CpuTime:
    """CPU seconds of the thread that SCIP runs in: in a policy, and in all, since the end of the first decision.

    The first is left out, in which a policy may read or compile what it needs for all.

    Attributes
    ----------
    policy_s, elapsed_s : float
        As of the last :meth:`leave`.
    """

    def __init__(self) -> None:
        self.policy_s = self.elapsed_s = 0.0
        self._thread: int | None = None
        self._begin_s = self._entered_s = 0.0

    def enter(self) -> None:
        """Begin a decision."""
        self._entered_s = time.thread_time()

    def leave(self) -> None:
        """End a decision."""
        now_s = time.thread_time()
        if self._thread != threading.get_ident():  # the first, also of a solve that goes on in another thread
            self._thread, self._begin_s, self.policy_s = threading.get_ident(), now_s, 0.0
        else:
            self.policy_s += now_s - self._entered_s
        self.elapsed_s = now_s - self._begin_s


def evenness(scores: NDArray[np.floating[Any]]) -> float:
    """Return the entropy of the scores' softmax over that of the uniform distribution, in [0, 1]; of two or more."""
    shifted = np.asarray(scores, np.float64) - np.max(scores)
    weights = np.exp(shifted)
    probabilities = weights / weights.sum()
    positive = probabilities[probabilities > 0.0]
    return float(-(positive * np.log(positive)).sum() / np.log(len(weights)))
