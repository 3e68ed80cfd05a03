"""The compiled GCNN against torch, on random weights and graphs, and at its edges."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.inference.gcnn import GCNNKernel
from coplug.models.gcnn import GCNN, pretrain


def random_state(n_rows, n_columns, n_edges, seed=0, nan=True):
    rng = np.random.default_rng(seed)
    n_edges = n_edges if n_rows and n_columns else 0
    rows = np.sort(rng.integers(0, max(n_rows, 1), n_edges))
    columns = rng.standard_normal((n_columns, N_COLUMN_FEATURES)) * 2 + 1
    if nan:
        columns[:, 13:15] = np.nan
    return NodeState(
        columns,
        rng.standard_normal((n_rows, N_ROW_FEATURES)),
        np.searchsorted(rows, np.arange(n_rows + 1)).astype(np.int64),
        rng.integers(0, max(n_columns, 1), n_edges).astype(np.int32),
        rng.standard_normal(n_edges),
        seed,
    )


def batch_of(state):
    rows = np.repeat(np.arange(state.n_rows), np.diff(state.row_ptr))
    features = (state.column_features, state.row_features, state.edge_values)
    columns, row_features, values = (torch.from_numpy(a.astype(np.float32)) for a in features)
    return [
        columns,
        row_features,
        torch.from_numpy(rows),
        torch.from_numpy(state.edge_columns.astype(np.int64)),
        values,
    ]


def random_model(width, seed=0):
    torch.manual_seed(seed)
    model = GCNN(width)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("bias") or name.endswith("shift"):
                tensor.normal_(std=0.3)
            elif name.endswith("scale"):
                tensor.uniform_(0.5, 1.5)
    return model


def kernel_of(model):
    return GCNNKernel(
        {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}, model.width
    )


@torch.no_grad()
def torch_scores(model, state):
    """Scores, and the size of the terms that they are sums of: what rounding errors are relative to.

    Where these cancelled to less than 0.1, errors are relative to the states before, which are about 1.
    """
    terms = []
    handle = model.output[2].register_forward_hook(
        lambda layer, inputs, _: terms.append(inputs[0].abs() @ layer.weight.abs().T)
    )
    scores = model(*batch_of(state)).numpy()
    handle.remove()
    return scores, max(terms[0].max().item(), 0.1) if scores.size else 1.0


@pytest.mark.parametrize("width", [1, 8, 16, 33, 64])
@pytest.mark.parametrize("size", [(256, 525, 10_341), (500, 1000, 25_000)])
def test_equals_torch_on_states_of_real_size(width, size):
    state, model = random_state(*size), random_model(width)
    pretrain(model, [batch_of(state)])
    scores = kernel_of(model).scores(state, np.arange(state.n_columns))
    expected, _ = torch_scores(model, state)
    assert np.abs(scores - expected).max() <= 1e-5 * np.abs(expected).max()
    assert scores.argmax() == expected.argmax()


@settings(max_examples=150, deadline=None)
@given(
    width=st.sampled_from([1, 2, 8, 16, 31, 32, 33, 64]),
    n_rows=st.integers(0, 10),
    n_columns=st.integers(0, 10),
    n_edges=st.integers(0, 60),
    seed=st.integers(0, 2**20),
    nan=st.booleans(),
)
def test_equals_torch_on_any_graph(width, n_rows, n_columns, n_edges, seed, nan):
    state, model = random_state(n_rows, n_columns, n_edges, seed, nan), random_model(width, seed)
    scores = kernel_of(model).scores(state, np.arange(n_columns))
    expected, scale = torch_scores(model, state)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5 * scale)
    if n_columns:
        assert expected[scores.argmax()] >= expected.max() - 1e-5 * scale


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8])
def test_candidates_score_the_same_in_any_selection(dtype):
    state, kernel = random_state(40, 60, 300), kernel_of(random_model(16))
    everything = kernel.scores(state, np.arange(60))
    some = np.array([59, 3, 3, 0, 17], dtype)
    np.testing.assert_array_equal(kernel.scores(state, some), everything[some])


def test_buffers_are_used_again_and_grow():
    kernel, model = kernel_of(random_model(16)), random_model(16)
    big, small = random_state(50, 80, 400, 1), random_state(3, 5, 9, 2)
    kernel.scores(big, np.arange(80))
    nodes = (kernel._rows, kernel._columns, kernel._chosen)
    before = [
        array
        for group in nodes
        for array in (group.inputs, group.hidden, group.states, group.side, group.sums)
    ]
    for state in (small, big, random_state(50, 80, 200, 3)):
        scores = kernel.scores(state, np.arange(state.n_columns))
        expected, scale = torch_scores(model, state)
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5 * scale)
    after = [
        array
        for group in nodes
        for array in (group.inputs, group.hidden, group.states, group.side, group.sums)
    ]
    assert all(a is b for a, b in zip(before, after, strict=True))
    larger = random_state(200, 300, 1000, 4)
    expected, scale = torch_scores(model, larger)
    np.testing.assert_allclose(kernel.scores(larger, np.arange(300)), expected, rtol=0, atol=1e-5 * scale)


def test_result_is_not_overwritten_by_the_next_call():
    state, kernel = random_state(4, 6, 12), kernel_of(random_model(8))
    first = kernel.scores(state, np.arange(6))
    kept = first.copy()
    kernel.scores(random_state(4, 6, 12, seed=1), np.arange(6))
    np.testing.assert_array_equal(first, kept)


def test_matrix_is_read_again_when_the_structure_changes():
    state, kernel, model = random_state(10, 12, 40), kernel_of(random_model(8)), random_model(8)
    kernel.scores(state, np.arange(12))
    state.edge_values[:] = -state.edge_values
    state.edge_columns[:] = (state.edge_columns + 1) % 12
    state.structure += 1
    expected, scale = torch_scores(model, state)
    np.testing.assert_allclose(kernel.scores(state, np.arange(12)), expected, rtol=0, atol=1e-5 * scale)


def test_matrix_is_not_derived_again_while_the_structure_stays():
    state, kernel = random_state(10, 12, 40), kernel_of(random_model(8))
    kernel.scores(state, np.arange(12))
    edges = kernel._matrix.by_column
    state.column_features[:] += 1
    views = NodeState(
        state.column_features[:],
        state.row_features[:],
        state.row_ptr[:],
        state.edge_columns[:],
        state.edge_values[:],
        state.structure,
    )
    kernel.scores(views, np.arange(12))
    assert kernel._matrix.by_column is edges


def test_equal_structure_numbers_of_two_solves_are_told_apart():
    kernel, model = kernel_of(random_model(8)), random_model(8)
    for seed in range(4):
        state = random_state(10, 12, 40, seed)
        state.structure = 1
        expected, scale = torch_scores(model, state)
        np.testing.assert_allclose(kernel.scores(state, np.arange(12)), expected, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("size", [(0, 0, 0), (0, 5, 0), (5, 0, 0), (3, 4, 0), (1, 1, 1), (2, 9, 1)])
def test_degenerate_states(size):
    state, model = random_state(*size), random_model(8)
    expected, scale = torch_scores(model, state)
    kernel = kernel_of(model)
    np.testing.assert_allclose(kernel.scores(state, np.arange(size[1])), expected, rtol=0, atol=1e-5 * scale)
    assert kernel.scores(state, np.empty(0, np.int32)).shape == (0,)


def test_arrays_of_other_layouts_are_taken():
    state, kernel = random_state(10, 12, 40), kernel_of(random_model(8))
    expected = kernel.scores(state, np.arange(12))
    state.column_features = np.asfortranarray(state.column_features)
    state.row_features = state.row_features.copy()
    state.row_features.flags.writeable = False
    np.testing.assert_array_equal(kernel.scores(state, list(range(12))), expected)


def test_an_infinite_feature_is_not_hidden():
    state, kernel = random_state(10, 12, 40), kernel_of(random_model(8))
    state.column_features[3, 0] = np.inf
    assert not np.isfinite(kernel.scores(state, np.arange(12))).all()


@pytest.mark.parametrize("candidate", [-1, 12])
def test_a_candidate_outside_the_state_is_refused(candidate):
    with pytest.raises(ValueError, match=r"0\.\.11"):
        kernel_of(random_model(8)).scores(random_state(10, 12, 40), np.array([0, candidate]))


@pytest.mark.parametrize(
    ("array", "position", "value"),
    [
        ("edge_columns", 7, 12),
        ("edge_columns", 7, -1),
        ("row_ptr", 0, 1),
        ("row_ptr", 10, 41),
        ("row_ptr", 5, 39),
    ],
)
def test_a_matrix_outside_the_state_is_refused(array, position, value):
    state = random_state(10, 12, 40)
    getattr(state, array)[position] = value
    with pytest.raises(ValueError, match="row_ptr"):
        kernel_of(random_model(8)).scores(state, np.arange(12))


@pytest.mark.parametrize("array", ["column_features", "row_features", "row_ptr", "edge_values"])
def test_arrays_of_wrong_shape_are_refused(array):
    state = random_state(10, 12, 40)
    value = getattr(state, array)
    setattr(state, array, value[:, :-1] if value.ndim == 2 else value[:-1])
    with pytest.raises(ValueError, match=r"found|but"):
        kernel_of(random_model(8)).scores(state, np.arange(12))


def test_inference_does_not_import_torch():
    code = (
        "import sys; from coplug.policy import load_policy; load_policy('setcover-gcnn').warm_up();"
        "load_policy('auto').warm_up(); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))
