from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coplug.contracts.node import COLUMN_FEATURES, ROW_FEATURES, NodeState
from coplug.problems.milp.policies import load_policy
from coplug.scip.active_weights import DUAL_VALUE, ActiveWeights, column_weights


def state_of(matrix, duals):
    rows = np.zeros((len(matrix), len(ROW_FEATURES)), dtype=np.float32)
    rows[:, DUAL_VALUE] = duals
    filled = matrix != 0.0
    row_ptr = np.concatenate([[0], np.cumsum(filled.sum(axis=1))]).astype(np.int64)
    columns = np.nonzero(filled)[1].astype(np.int32)
    features = np.zeros((matrix.shape[1], len(COLUMN_FEATURES)), dtype=np.float32)
    return NodeState(features, rows, row_ptr, columns, matrix[filled].astype(np.float32), 1)


def test_rows_without_a_dual_value_do_not_count():
    matrix = np.array([[1.0, -2.0, 0.0], [4.0, 0.0, 8.0], [0.5, 0.5, 0.5]])
    state = state_of(matrix, [0.3, 0.0, -0.1])
    assert column_weights(state).tolist() == [1.5, 2.5, 0.5]
    assert ActiveWeights().scores(state, np.array([2, 0], dtype=np.int32)).tolist() == [0.5, 1.5]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6))
def test_weights_are_those_of_the_dense_matrix(seed, n_rows, n_columns):
    rng = np.random.default_rng(seed)
    matrix = np.round(rng.normal(size=(n_rows, n_columns)), 2) * (rng.random((n_rows, n_columns)) < 0.5)
    duals = np.round(rng.normal(size=n_rows)) / 4
    expected = np.abs(matrix[duals != 0.0]).sum(axis=0)
    np.testing.assert_allclose(column_weights(state_of(matrix, duals)), expected, rtol=1e-6, atol=1e-7)


def test_the_rule_is_known_by_name():
    assert load_policy("active-weights").name == "active-weights"
