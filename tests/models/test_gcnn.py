"""The GCNN in torch: sizes, formulation, symmetry, pre-training and what it writes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from coplug.errors import WeightsError
from coplug.inference.architectures.gcnn import gcnn_shapes
from coplug.inference.weights import load_weights
from coplug.models.gcnn import GCNN, HalfConvolution, export, pretrain
from coplug.models.prenorm import PreNorm


def random_batch(n_rows=12, n_columns=15, n_edges=60, seed=0, dtype=torch.float32, n_column_features=19):
    generator = torch.Generator().manual_seed(seed)
    draw = {"generator": generator, "dtype": dtype}
    return [
        torch.randn(n_columns, n_column_features, **draw) * 3 + 1,
        torch.randn(n_rows, 5, **draw) * 2 - 1,
        torch.randint(n_rows, (n_edges,), generator=generator).sort().values,
        torch.randint(n_columns, (n_edges,), generator=generator),
        torch.randn(n_edges, **draw) + 0.5,
    ]


def random_model(width, seed=0, **options):
    """A model with biases and norms that are not at their initial values, where errors could hide."""
    torch.manual_seed(seed)
    model = GCNN(width, **options)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("bias") or name.endswith("shift"):
                tensor.normal_(std=0.3)
            elif name.endswith("scale"):
                tensor.uniform_(0.5, 1.5)
    return model


def naive_convolution(layer: HalfConvolution, h_rows, h_columns, edge_rows, edge_columns, edges):
    """Edge by edge, as the paper writes it."""
    target = torch.zeros_like(h_rows if layer.to_rows else h_columns)
    for i, j, e in zip(edge_rows.tolist(), edge_columns.tolist(), edges, strict=True):
        before = layer.left(h_rows[i]) + layer.edge(e) + layer.right(h_columns[j])
        message = layer.final(torch.relu(before * layer.message_norm.scale))
        target[i if layer.to_rows else j] += message
    previous = h_rows if layer.to_rows else h_columns
    return torch.relu(layer.output(torch.cat([target * layer.sum_norm.scale, previous], dim=1)))


def naive_scores(model: GCNN, columns, rows, edge_rows, edge_columns, values):
    h_rows = model.row_embedding((rows + model.row_norm.shift) * model.row_norm.scale)
    h_columns = model.column_embedding((columns + model.column_norm.shift) * model.column_norm.scale)
    edges = (values[:, None] + model.edge_norm.shift) * model.edge_norm.scale
    h_rows = naive_convolution(model.to_rows, h_rows, h_columns, edge_rows, edge_columns, edges)
    h_columns = naive_convolution(model.to_columns, h_rows, h_columns, edge_rows, edge_columns, edges)
    return model.output(h_columns)[:, 0]


@pytest.mark.parametrize(
    ("width", "n_column_features", "expected"), [(64, 19, 64_000), (64, 17, 63_872), (8, 17, 1_264)]
)
def test_parameter_counts_are_the_published_ones(width, n_column_features, expected):
    model = GCNN(width, n_column_features=n_column_features)
    assert sum(parameter.numel() for parameter in model.parameters()) == expected


@pytest.mark.parametrize("width", [1, 8, 24])
def test_scores_equal_the_edge_by_edge_formulation(width):
    model, batch = random_model(width).double(), random_batch(dtype=torch.float64)
    torch.testing.assert_close(model(*batch), naive_scores(model, *batch))


def test_gradients_equal_those_of_the_edge_by_edge_formulation():
    model, batch = random_model(8).double(), random_batch(dtype=torch.float64)
    weights = list(model.parameters())
    compiled = torch.autograd.grad(model(*batch).square().sum(), weights)
    edge_by_edge = torch.autograd.grad(naive_scores(model, *batch).square().sum(), weights)
    for ours, naive in zip(compiled, edge_by_edge, strict=True):
        torch.testing.assert_close(ours, naive)


def test_gradcheck():
    model = random_model(3).double()
    columns, rows, *edges = random_batch(4, 5, 12, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda c, r: model(c, r, *edges), (columns.requires_grad_(), rows.requires_grad_())
    )


def test_weights_are_orthogonal_and_biases_zero():
    model = GCNN(16)
    weight = model.to_rows.left.weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(16), atol=1e-5, rtol=0)
    assert all((p == 0).all() for name, p in model.named_parameters() if name.endswith("bias"))


def test_permuting_rows_and_columns_permutes_the_scores():
    model, (columns, rows, edge_rows, edge_columns, values) = random_model(16), random_batch()
    scores = model(columns, rows, edge_rows, edge_columns, values)
    generator = torch.Generator().manual_seed(5)
    row_order, column_order = (torch.randperm(x.shape[0], generator=generator) for x in (rows, columns))
    edge_order = torch.randperm(values.shape[0], generator=generator)
    permuted = model(
        columns[column_order],
        rows[row_order],
        row_order.argsort()[edge_rows][edge_order],
        column_order.argsort()[edge_columns][edge_order],
        values[edge_order],
    )
    torch.testing.assert_close(permuted, scores[column_order], atol=1e-5, rtol=1e-5)


def test_a_merged_batch_scores_like_its_graphs():
    model, first, second = random_model(16), random_batch(seed=1), random_batch(7, 9, 30, seed=2)
    merged = [torch.cat(pair) for pair in zip(first, second, strict=True)]
    merged[2][60:] += 12
    merged[3][60:] += 15
    alone = torch.cat([model(*first), model(*second)])
    torch.testing.assert_close(model(*merged), alone, atol=1e-5, rtol=1e-5)


def test_nan_is_taken_as_zero_and_infinity_is_not_hidden():
    model, batch = random_model(8), random_batch()
    batch[0][3, 13:15] = torch.nan
    with_zero = [batch[0].nan_to_num(), *batch[1:]]
    torch.testing.assert_close(model(*batch), model(*with_zero))
    batch[0][3, 0] = torch.inf
    assert not torch.isfinite(model(*batch)).all()


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "n_edges"), [(0, 0, 0), (3, 0, 0), (0, 4, 0), (3, 4, 0), (1, 1, 1)]
)
def test_degenerate_graphs(n_rows, n_columns, n_edges):
    batch = random_batch(max(n_rows, 1), max(n_columns, 1), n_edges)
    scores = random_model(8)(batch[0][:n_columns], batch[1][:n_rows], *batch[2:])
    assert scores.shape == (n_columns,)
    assert torch.isfinite(scores).all()


def test_pretraining_normalises_what_each_layer_sees():
    model = GCNN(8)
    batches = [random_batch(n_edges=60 + 40 * seed, seed=seed) for seed in range(3)]
    for batch in batches:
        batch[0][:, 4] = 7.0  # a constant feature
    pretrain(model, batches)
    columns, rows, values = (torch.cat([batch[i] for batch in batches]).double().numpy() for i in (0, 1, 4))
    variances = columns.var(axis=0)
    variances[4] = 1
    np.testing.assert_allclose(model.column_norm.shift, -columns.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(model.column_norm.scale, variances**-0.5, rtol=1e-5)
    np.testing.assert_allclose(model.row_norm.scale, rows.var(axis=0) ** -0.5, rtol=1e-5)
    np.testing.assert_allclose(model.edge_norm.scale, [values.var() ** -0.5], rtol=1e-5)

    for conv in (model.to_rows, model.to_columns):
        seen = []
        handle = conv.sum_norm.register_forward_hook(lambda _, __, out, seen=seen: seen.append(out.detach()))
        for batch in batches:
            model(*batch)
        handle.remove()
        assert torch.cat(seen).var(correction=0).item() == pytest.approx(1, rel=1e-4)


def test_pretraining_measures_messages_before_they_are_summed():
    model, batch = GCNN(8), random_batch()
    pretrain(model, [batch])
    rows = model.row_embedding(model.row_norm(batch[1]))
    columns = model.column_embedding(model.column_norm(batch[0]))
    layer = model.to_rows
    edges = layer.edge(model.edge_norm(batch[4][:, None]))
    before = layer.left(rows)[batch[2]] + edges + layer.right(columns)[batch[3]]
    expected = before.detach().numpy().var() ** -0.5
    assert layer.message_norm.scale.item() == pytest.approx(expected, rel=1e-5)


def test_prenorm_is_frozen_and_not_trained():
    model = GCNN(8)
    pretrain(model, [random_batch()])
    assert not any(layer.is_measuring for layer in model.prenorm_layers())
    names = {name for name, _ in model.named_parameters()}
    assert not any("norm" in name for name in names)
    assert len(model.prenorm_layers()) == sum(isinstance(module, PreNorm) for module in model.modules())


def test_pretraining_without_data_is_refused():
    with pytest.raises(ValueError, match="at least one batch"):
        pretrain(GCNN(8), [])


@pytest.mark.parametrize("width", [1, 8, 40])
def test_state_dict_has_the_names_and_shapes_of_the_weights_format(width):
    assert {name: tuple(t.shape) for name, t in GCNN(width).state_dict().items()} == gcnn_shapes(
        {"width": width}
    )


def test_export_can_be_loaded_again(tmp_path):
    model = random_model(8)
    export(model, tmp_path / "weights", {"seed": 3})
    tensors, config = load_weights(tmp_path / "weights")
    assert config["width"] == 8
    assert config["training"] == {"seed": 3}
    for name, tensor in model.state_dict().items():
        np.testing.assert_array_equal(tensors[name], tensor)


def test_export_refuses_a_model_of_other_features(tmp_path):
    with pytest.raises(WeightsError, match=r"column_norm.shift has shape \(17,\), expected \(19,\)"):
        export(GCNN(8, n_column_features=17), tmp_path, {})
