"""Branching policies of coplug as agents in Ecole's environments: this package's, or the original's."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.contracts.policy import BranchingPolicy, PolicySelector
from coplug.ecole.default import Default
from coplug.errors import PolicyError
from coplug.problems.milp.policies import load_policy
from coplug.problems.milp.warm_up import warm_up
from coplug.scip.traits import is_selector


class Matrix(Protocol):
    """Ecole's sparse matrix: ``values`` of shape (n,), ``indices`` of shape (2, n), ``shape``."""

    values: Any
    indices: Any
    shape: Any


class Observation(Protocol):
    """What Ecole's ``NodeBipartite`` observes."""

    variable_features: Any
    row_features: Any
    edge_features: Matrix


class PolicyAgent:
    """Chooses actions in a ``Branching`` environment whose observation function is ``NodeBipartite``.

    Call it with the observation and the action set of each state. It reads nothing but these two, so it works on
    coplug's objects and on those of the original Ecole 0.8.1 alike.

    Parameters
    ----------
    policy : str, BranchingPolicy or PolicySelector
        As :func:`coplug.problems.milp.policies.load_policy` takes it, or the object.
    default : object
        What is returned where the policy leaves a node to SCIP: the ``Default`` of the package that the environment
        comes from.

    Raises
    ------
    PolicyError
        If there is no such policy, or it cannot be loaded.
    """

    def __init__(self, policy: str | BranchingPolicy | PolicySelector, default: Any = Default) -> None:
        self._given = load_policy(policy) if isinstance(policy, str) else policy
        warm_up(self._given)  # no episode's clock runs yet
        self._default = default
        self._structure = 0
        self._policy: BranchingPolicy | None = None
        self._chosen = False

    def reset(self) -> None:
        """Start an episode: a policy that is chosen by the instance is chosen anew."""
        self._chosen = False

    def __call__(self, observation: Observation, action_set: NDArray[Any]) -> Any:
        """Return the member of ``action_set`` that the policy scores best, or the default.

        Raises
        ------
        PolicyError
            If the observation is not of ``NodeBipartite``'s shape, or the scores are not finite.
        """
        self._structure += 1
        state = node_state(observation, self._structure)
        if not self._chosen:
            self._choose(state)
        if self._policy is None:
            return self._default
        scores = self._policy.scores(state, np.asarray(action_set).astype(np.int32))
        if scores is None:
            return self._default
        best = int(np.argmax(scores))
        if np.shape(scores) != np.shape(action_set) or not np.isfinite(scores[best]):
            raise PolicyError(
                f"policy {self._policy.name} gave no finite score for each of {len(action_set)} actions"
            )
        return action_set[best]

    def _choose(self, root: NodeState) -> None:
        given: Any = self._given
        self._policy = given.select(root).policy if is_selector(given) else given
        self._chosen = True


def node_state(observation: Observation, structure: int = 0) -> NodeState:
    """Return the node state that an observation of Ecole's ``NodeBipartite`` describes.

    Parameters
    ----------
    observation : Observation
        Columns are the problem's variables, so positions in action sets are positions of columns.
    structure : int
        See :class:`coplug.contracts.node.NodeState`; another number for each observation.

    Raises
    ------
    PolicyError
        If an array has another shape than ``NodeBipartite``'s.
    """
    columns = np.ascontiguousarray(observation.variable_features, dtype=np.float64)
    rows = np.ascontiguousarray(observation.row_features, dtype=np.float64)
    indices = np.asarray(observation.edge_features.indices).astype(np.int64)
    values = np.asarray(observation.edge_features.values, dtype=np.float64)
    shapes = (columns.shape[1:], rows.shape[1:], indices.shape)
    if shapes != ((N_COLUMN_FEATURES,), (N_ROW_FEATURES,), (2, len(values))):
        raise PolicyError(
            f"the observation has features of shapes {columns.shape} and {rows.shape} and edges {indices.shape}; a "
            "policy needs Ecole's NodeBipartite, with 19 and 5 features"
        )
    order = np.argsort(indices[0], kind="stable")
    row_ptr = np.concatenate(([0], np.cumsum(np.bincount(indices[0], minlength=len(rows)))))
    return NodeState(columns, rows, row_ptr, indices[1][order].astype(np.int32), values[order], structure)
