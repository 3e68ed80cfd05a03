"""Branching samples merged into batches: one disconnected graph, as the networks take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.training.samples import BranchingSample, pointer


@dataclass(slots=True, eq=False)
class Batch:
    """Samples merged as one disconnected graph; positions count over the whole batch.

    Attributes
    ----------
    column_features : float32, shape (n_columns, 19)
    row_features : float32, shape (n_rows, 5)
    edge_rows, edge_columns : int64, shape (n_edges,)
        Ends of each edge.
    edge_values : float32, shape (n_edges,)
    candidates : int64, shape (n_candidates,)
        Columns that can be branched on.
    candidate_ptr : int64, shape (n_samples + 1,)
        The candidates of sample ``i`` are ``candidate_ptr[i]:candidate_ptr[i + 1]``.
    scores : float64, shape (n_candidates,)
        Strong-branching scores.
    chosen : int64, shape (n_samples,)
        The expert's choices, as positions in ``candidates``.
    """

    column_features: NDArray[np.float32]
    row_features: NDArray[np.float32]
    edge_rows: NDArray[np.int64]
    edge_columns: NDArray[np.int64]
    edge_values: NDArray[np.float32]
    candidates: NDArray[np.int64]
    candidate_ptr: NDArray[np.int64]
    scores: NDArray[np.float64]
    chosen: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.chosen)


def collate(samples: Sequence[BranchingSample]) -> Batch:
    """Merge one or more samples into a :class:`Batch`."""
    columns = pointer([len(s.column_features) for s in samples])
    edges = [len(s.edge_columns) for s in samples]
    n_candidates = [len(s.candidates) for s in samples]
    candidate_ptr = pointer(n_candidates)
    row_lengths = np.concatenate([np.diff(s.row_ptr) for s in samples])
    return Batch(
        column_features=np.concatenate([s.column_features for s in samples]),
        row_features=np.concatenate([s.row_features for s in samples]),
        edge_rows=np.repeat(np.arange(len(row_lengths)), row_lengths),
        edge_columns=np.concatenate([s.edge_columns for s in samples]) + np.repeat(columns[:-1], edges),
        edge_values=np.concatenate([s.edge_values for s in samples]),
        candidates=np.concatenate([s.candidates for s in samples]) + np.repeat(columns[:-1], n_candidates),
        candidate_ptr=candidate_ptr,
        scores=np.concatenate([s.scores for s in samples]),
        chosen=candidate_ptr[:-1] + np.array([s.chosen for s in samples], dtype=np.int64),
    )
