"""Branching samples merged into a graph batch, as the networks take it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coplug.graphs import Array, EdgeSet, GraphBatch, Graphs, Ragged, Reference, pointer
from coplug.training.sample import BranchingSample


def collate(samples: Sequence[BranchingSample]) -> Graphs:
    """Merge one or more samples.

    Returns
    -------
    GraphBatch
        Nodes ``column``, float32 of shape (n_columns, 19), and ``row``, float32 of shape (n_rows, 5). Edges
        ``coefficient`` from row to column, sorted by row, with features of float32 and shape (n_edges,).
        References ``candidates``, the columns that can be branched on. Extras ``scores``, float64, one a
        candidate, and ``chosen``, int64, one a graph: the expert's choice as a position among its candidates.
    """
    columns = Ragged.of([s.column_features for s in samples])
    candidates = Ragged.of([s.candidates for s in samples])
    positions = candidates.values + np.repeat(columns.starts, candidates.lengths)
    return GraphBatch(
        nodes={"column": columns, "row": Ragged.of([s.row_features for s in samples])},
        edges={"coefficient": _merged_edges(samples, columns)},
        extras={
            "scores": Ragged.of([s.scores for s in samples]),
            "chosen": Ragged.one_each(np.array([s.chosen for s in samples], dtype=np.int64)),
        },
        references={"candidates": Reference("column", Ragged(positions, candidates.ptr))},
    )


def _merged_edges(samples: Sequence[BranchingSample], columns: Ragged[Array]) -> EdgeSet[Array]:
    row_lengths = np.concatenate([np.diff(s.row_ptr) for s in samples])
    ptr = pointer(len(s.edge_columns) for s in samples)
    index = np.empty((2, ptr[-1]), dtype=np.int64)
    index[0] = np.repeat(np.arange(len(row_lengths)), row_lengths)
    np.concatenate([s.edge_columns for s in samples], out=index[1])
    index[1] += np.repeat(columns.starts, np.diff(ptr))
    return EdgeSet("row", "column", index, ptr, np.concatenate([s.edge_values for s in samples]))
