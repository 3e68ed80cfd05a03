"""The part of a branching sample that its candidates' scores depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coplug.graphs import pointer
from coplug.training.sample import BranchingSample


def receptive_field(sample: BranchingSample) -> BranchingSample:
    """Leave out what two half convolutions cannot carry to a candidate.

    A candidate hears from its rows, and these from their columns: other rows and columns never change its score
    (Gasse et al. 2019, equation 4). Where few columns can be branched on, little of the LP remains: of the
    18,000 rows and columns of a facility location problem a few hundred.

    Returns
    -------
    BranchingSample
        The rows that contain a candidate, the columns of these rows, and the candidates, all in their order.
        Equal to ``sample`` where that is everything.
    """
    n_columns, lengths = len(sample.column_features), np.diff(sample.row_ptr)
    is_candidate = np.zeros(n_columns, dtype=np.bool_)
    is_candidate[sample.candidates] = True
    rows = np.repeat(np.arange(len(lengths)), lengths)
    kept_rows = np.zeros(len(lengths), dtype=np.bool_)
    kept_rows[rows[is_candidate[sample.edge_columns]]] = True
    kept_edges = np.repeat(kept_rows, lengths)
    kept_columns = is_candidate
    kept_columns[sample.edge_columns[kept_edges]] = True
    position = np.cumsum(kept_columns, dtype=np.int32) - np.int32(1)
    return replace(
        sample,
        column_features=sample.column_features[kept_columns],
        row_features=sample.row_features[kept_rows],
        row_ptr=pointer(lengths[kept_rows]).astype(sample.row_ptr.dtype),
        edge_columns=position[sample.edge_columns[kept_edges]],
        edge_values=sample.edge_values[kept_edges],
        candidates=position[sample.candidates],
    )
