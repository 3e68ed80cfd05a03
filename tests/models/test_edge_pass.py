"""The compiled edge pass against plain torch."""

from __future__ import annotations

import pytest
import torch

from coplug.models.edge_pass import edge_sum, edge_sum_torch


def inputs(width=5, n_rows=6, n_columns=4, n_edges=25, dtype=torch.float64):
    generator = torch.Generator().manual_seed(width)
    draw = {"generator": generator, "dtype": dtype}
    left, right, weight = (
        torch.randn(*shape, **draw) for shape in ((n_rows, width), (n_columns, width), (width,))
    )
    rows = torch.randint(n_rows, (n_edges,), generator=generator)
    columns = torch.randint(n_columns, (n_edges,), generator=generator)
    nodes = [tensor.requires_grad_() for tensor in (left, right, weight)]
    return nodes, (rows, columns, torch.randn(n_edges, 1, **draw))


@pytest.mark.parametrize("to_rows", [True, False])
def test_gradcheck(to_rows):
    nodes, edges = inputs()
    assert torch.autograd.gradcheck(lambda *nodes: edge_sum(*nodes, *edges, to_rows), nodes)


@pytest.mark.parametrize("to_rows", [True, False])
@pytest.mark.parametrize("width", [1, 8, 64])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_plain_torch(to_rows, width, dtype):
    nodes, edges = inputs(width, dtype=dtype)
    ours, plain = edge_sum(*nodes, *edges, to_rows), edge_sum_torch(*nodes, *edges, to_rows)
    torch.testing.assert_close(ours, plain)
    upstream = torch.randn_like(ours)
    for a, b in zip(
        torch.autograd.grad(ours, nodes, upstream), torch.autograd.grad(plain, nodes, upstream), strict=True
    ):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("to_rows", [True, False])
def test_tensors_that_are_not_contiguous(to_rows):
    nodes, edges = inputs(8, n_rows=8, n_columns=8)
    nodes = [nodes[0].T, nodes[1].T, nodes[2].expand(8)]
    upstream = torch.ones(1, dtype=torch.float64).expand(8, 8)
    ours = edge_sum(*nodes, *edges, to_rows)
    ours.backward(upstream)
    torch.testing.assert_close(ours, edge_sum_torch(*nodes, *edges, to_rows))


def test_no_edges():
    nodes, edges = inputs(n_edges=0)
    assert (edge_sum(*nodes, *edges, True) == 0).all()


@pytest.mark.parametrize(("end", "value"), [(0, 6), (0, -1), (1, 4), (1, -1)])
def test_an_edge_outside_the_graph_is_refused(end, value):
    nodes, edges = inputs()
    edges[end][3] = value
    with pytest.raises(IndexError, match="outside"):
        edge_sum(*nodes, *edges, True)
