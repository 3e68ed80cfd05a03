"""A branching sample: what the expert saw and chose at a node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import NodeState
from coplug.errors import SamplesError


@dataclass(slots=True, eq=False)
class BranchingSample:
    """One node at which the expert branched.

    Attributes
    ----------
    column_features : float32, shape (n_columns, 19)
        See :class:`coplug.contracts.node.NodeState`; NaN where there is no incumbent.
    row_features : float32, shape (n_rows, 5)
        Features of the one-sided rows.
    row_ptr : int32, shape (n_rows + 1,)
        The edges of row ``i`` are ``row_ptr[i]:row_ptr[i + 1]``.
    edge_columns : int32, shape (n_edges,)
        The column of each edge.
    edge_values : float32, shape (n_edges,)
        The coefficient of each edge divided by its row's norm.
    candidates : int32, shape (n_candidates,)
        LP columns that could be branched on.
    scores : float64, shape (n_candidates,)
        Strong-branching scores, finite and at least 0; float64, to tie only where the expert's tied.
    chosen : int
        The expert's choice, a position in ``candidates``.
    instance : str
        Name of the instance.
    seed : int
        SCIP's seed.
    episode : int
        Number of the episode.
    node : int
        SCIP's number of the node.
    depth : int
        Of the node, 0 at the root.
    """

    column_features: NDArray[np.float32]
    row_features: NDArray[np.float32]
    row_ptr: NDArray[np.int32]
    edge_columns: NDArray[np.int32]
    edge_values: NDArray[np.float32]
    candidates: NDArray[np.int32]
    scores: NDArray[np.float64]
    chosen: int
    instance: str = ""
    seed: int = 0
    episode: int = 0
    node: int = 0
    depth: int = 0

    @classmethod
    def from_state(
        cls,
        state: NodeState,
        candidates: NDArray[np.integer[Any]],
        scores: NDArray[np.floating[Any]],
        chosen: int,
        *,
        instance: str = "",
        seed: int = 0,
        episode: int = 0,
        node: int = 0,
        depth: int = 0,
    ) -> BranchingSample:
        """Copy a node's state, whose buffers the next callback overwrites, and the expert's answer.

        Raises
        ------
        SamplesError
            If the answer cannot be learned from: no candidate, a negative or non-finite score, ``chosen`` or
            a candidate out of range.
        """
        n_candidates = len(candidates)
        if n_candidates == 0 or len(scores) != n_candidates or not 0 <= chosen < n_candidates:
            raise SamplesError(
                f"{n_candidates} candidates, {len(scores)} scores, choice {chosen}: drop this node"
            )
        if candidates.min() < 0 or candidates.max() >= state.n_columns:
            raise SamplesError(f"a candidate is not one of the {state.n_columns} LP columns: drop this node")
        if not (np.isfinite(scores).all() and scores.min() >= 0.0):
            raise SamplesError("a strong-branching score is negative or not finite: drop this node")
        return cls(
            column_features=state.column_features.astype(np.float32),
            row_features=state.row_features.astype(np.float32),
            row_ptr=state.row_ptr.astype(np.int32),
            edge_columns=state.edge_columns.astype(np.int32),
            edge_values=state.edge_values.astype(np.float32),
            candidates=candidates.astype(np.int32),
            scores=scores.astype(np.float64),
            chosen=int(chosen),
            instance=instance,
            seed=seed,
            episode=episode,
            node=node,
            depth=depth,
        )
