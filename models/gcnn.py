"""The graph convolutional network of Gasse et al. 2019: scores of an LP's columns, for branching."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES
from coplug.inference.zoo import shipped

from .edge_pass import edge_sum
from .prenorm import PreNorm, pretrain
from .weights_directory import export_network, load_module

__all__ = ["GCNN", "HalfConvolution", "export", "pretrain"]

_MEASURED_EDGES = 4096  # pre-activations are measured in parts of this many edges, which stay in the cache


class HalfConvolution(nn.Module):
    """One direction of message passing over the bipartite graph.

    The message of edge ``(i, j)`` with value ``e`` is ``final(relu(message_norm(left(h_i) + edge(e) +
    right(h_j))))``; messages are summed at their target, normalised by ``sum_norm`` and, together with the
    target's previous embedding, mapped by ``output`` and a last ReLU. Since ``final`` is affine it commutes
    with the sum: it is applied once for each node, its bias times the node's degree. Source: Gasse et al.
    2019, section 4.2, equation 4, and the supplement.

    Parameters
    ----------
    width : int
        Size of the embeddings.
    to_rows : bool
        Whether messages go from columns to rows, or from rows to columns. ``left`` is the side of the rows in
        both cases.
    """

    def __init__(self, width: int, to_rows: bool) -> None:
        super().__init__()
        self.to_rows = to_rows
        self.left = nn.Linear(width, width)
        self.edge = nn.Linear(1, width, bias=False)
        self.right = nn.Linear(width, width, bias=False)
        self.message_norm = PreNorm(1, with_shift=False)
        self.final = nn.Linear(width, width)
        self.sum_norm = PreNorm(1, with_shift=False)
        self.output = nn.Sequential(
            nn.Linear(2 * width, width), nn.ReLU(inplace=True), nn.Linear(width, width)
        )

    def forward(
        self, h_rows: Tensor, h_columns: Tensor, edge_rows: Tensor, edge_columns: Tensor, edge_values: Tensor
    ) -> Tensor:
        """Return the new embedding of the target side.

        Parameters
        ----------
        h_rows : float, shape (n_rows, width)
        h_columns : float, shape (n_columns, width)
        edge_rows, edge_columns : int64, shape (n_edges,)
        edge_values : float, shape (n_edges, 1)
            Normalised edge features.

        Returns
        -------
        float, shape (n_rows, width) or (n_columns, width)
        """
        left, right, weight = self.left(h_rows), self.right(h_columns), self.edge.weight[:, 0]
        if self.message_norm.is_measuring:
            self.message_norm.measure(_in_parts(left, right, weight, edge_rows, edge_columns, edge_values))
        # relu(scale * x) is scale * relu(x) because a scale is positive.
        total = self.message_norm(
            edge_sum(left, right, weight, edge_rows, edge_columns, edge_values, self.to_rows)
        )
        target, previous = (edge_rows, h_rows) if self.to_rows else (edge_columns, h_columns)
        degree = torch.bincount(target, minlength=previous.shape[0]).to(total.dtype)
        convolved = nn.functional.linear(total, self.final.weight) + degree[:, None] * self.final.bias
        hidden: Tensor = self.output(torch.cat([self.sum_norm(convolved), previous], dim=1))
        return hidden.relu_()


def _in_parts(
    left: Tensor, right: Tensor, weight: Tensor, rows: Tensor, columns: Tensor, values: Tensor
) -> Iterator[Tensor]:
    """Yield the pre-activations of the messages, some edges at a time."""
    for start in range(0, rows.shape[0], _MEASURED_EDGES):
        part = slice(start, start + _MEASURED_EDGES)
        yield left[rows[part]] + right[columns[part]] + values[part] * weight


class GCNN(nn.Module):
    """Bipartite graph convolution over the rows and columns of an LP; one score a column.

    Both sides are normalised and embedded, rows hear from columns, columns from rows, and a small network
    maps each column to its score. A softmax over the candidates' scores is the branching policy. NaN in a
    feature is taken as 0 before anything else (an incumbent's features are NaN as long as there is none); the
    compiled :class:`coplug.inference.gcnn.GCNNKernel` does the same. Source: Gasse et al. 2019, section 4.

    Parameters
    ----------
    width : int
        Size of all embeddings; 64 in the paper.
    n_column_features, n_row_features : int
        Sizes of the inputs.
    """

    def __init__(
        self,
        width: int = 64,
        n_column_features: int = N_COLUMN_FEATURES,
        n_row_features: int = N_ROW_FEATURES,
    ) -> None:
        super().__init__()
        self.width = width
        self.n_column_features = n_column_features
        self.n_row_features = n_row_features
        self.row_norm = PreNorm(n_row_features)
        self.column_norm = PreNorm(n_column_features)
        self.edge_norm = PreNorm(1)
        self.row_embedding = _embedding(n_row_features, width)
        self.column_embedding = _embedding(n_column_features, width)
        self.to_rows = HalfConvolution(width, to_rows=True)
        self.to_columns = HalfConvolution(width, to_rows=False)
        self.output = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(inplace=True), nn.Linear(width, 1, bias=False)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw orthogonal weights and set biases to 0."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.orthogonal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def prenorm_layers(self) -> list[PreNorm]:
        """PreNorm layers in the order in which :meth:`forward` meets them, for :func:`pretrain`."""
        convolutions = (self.to_rows, self.to_columns)
        norms = [norm for conv in convolutions for norm in (conv.message_norm, conv.sum_norm)]
        return [self.row_norm, self.column_norm, self.edge_norm, *norms]

    def forward(
        self,
        column_features: Tensor,
        row_features: Tensor,
        edge_rows: Tensor,
        edge_columns: Tensor,
        edge_values: Tensor,
    ) -> Tensor:
        """Score every column of a graph, or of a batch of graphs that are merged into one.

        Parameters
        ----------
        column_features : float, shape (n_columns, n_column_features)
            NaN stands for an unknown value and is taken as 0.
        row_features : float, shape (n_rows, n_row_features)
            As above.
        edge_rows, edge_columns : int64, shape (n_edges,)
            In a batch, positions count through all its graphs. Fastest if sorted by row.
        edge_values : float, shape (n_edges,)

        Returns
        -------
        float, shape (n_columns,)
        """
        rows = self.row_norm(_known(row_features))
        columns = self.column_norm(_known(column_features))
        edges = self.edge_norm(_known(edge_values)[:, None])
        h_rows = self.row_embedding(rows)
        h_columns = self.column_embedding(columns)
        h_rows = self.to_rows(h_rows, h_columns, edge_rows, edge_columns, edges)
        h_columns = self.to_columns(h_rows, h_columns, edge_rows, edge_columns, edges)
        scores: Tensor = self.output(h_columns)
        return scores[:, 0]


def _known(features: Tensor) -> Tensor:
    """Replace NaN, an unknown value, by 0; infinite values stay, and show up in the scores."""
    return torch.where(torch.isnan(features), torch.zeros_like(features), features)


def _embedding(n_features: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(n_features, width), nn.ReLU(inplace=True), nn.Linear(width, width), nn.ReLU(inplace=True)
    )


def load(policy: str | Path) -> GCNN:
    """Return the network of a policy, to go on from.

    Parameters
    ----------
    policy : str or path
        Name of a shipped policy, or a directory that :func:`export` wrote.

    Raises
    ------
    WeightsError
        If the weights cannot be read.
    """
    model, _ = load_module(shipped("milp").get(str(policy), policy), "gcnn")
    assert isinstance(model, GCNN)
    return model


def export(model: GCNN, directory: str | Path, training_info: Mapping[str, object]) -> None:
    """Write the weights of ``model`` for :func:`coplug.inference.weights.load_weights`.

    Parameters
    ----------
    model : GCNN
        Must take the features of :class:`coplug.contracts.node.NodeState`.
    directory : path
        Created if missing; weights in it are replaced.
    training_info : mapping
        Kept in the configuration under ``training``: settings, seeds, results. Must be JSON.

    Raises
    ------
    WeightsError
        If the model's sizes are not those of the current features, or a weight is not finite.
    OutputError
        If the files cannot be written.
    """
    export_network(model, directory, "gcnn", {"width": model.width}, training=dict(training_info))
