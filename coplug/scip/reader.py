"""What reads the node state, the candidates and expert scores: one interface of a compiled and a portable reader."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import NodeState
from coplug.contracts.policy import CandidateKind

NO_ITERATION_LIMIT = 2**31 - 1


class StateReader(Protocol):
    """What a branching callback asks of SCIP at a node whose LP was solved to optimality.

    ``candidates`` must be called before ``keep``, ``branch``, ``candidate_variables``, ``strong_branching`` and
    ``pseudocosts``, which refer to its positions ``0..n-1``.
    """

    name: str

    def read(self) -> NodeState:
        """Return the state of the current node; its arrays are reused by the next call."""
        ...

    def candidates(self, kind: CandidateKind) -> NDArray[np.int32]:
        """Return the LP positions of the branching candidates, shape (n,), -1 for one that is not in the LP."""
        ...

    def keep(self, positions: NDArray[np.int64]) -> NDArray[np.int32]:
        """Go on with these candidates alone, at different positions, ascending; returns their LP positions."""
        ...

    def column_variables(self) -> NDArray[np.int64]:
        """Return the position of each LP column's variable among the problem's variables, shape (n_columns,)."""
        ...

    def candidate_variables(self) -> NDArray[np.int64]:
        """Return the position of each candidate among the problem's variables, shape (n,)."""
        ...

    def strong_branching(self, iteration_limit: int = NO_ITERATION_LIMIT) -> NDArray[np.float64]:
        """Return the strong-branching score of each candidate, shape (n,); negative where SCIP stopped early."""
        ...

    def pseudocosts(self) -> NDArray[np.float64]:
        """Return SCIP's pseudocost score of each candidate, shape (n,)."""
        ...

    def branch(self, position: int) -> None:
        """Create the children for the candidate at ``position``."""
        ...
