"""The GCNN of :mod:`coplug.models.gcnn` compiled for one core: scores of a node's candidates, without torch.

Every linear map is applied to nodes, never to edges: before the messages are added up, or after, since a
linear map commutes with the sum. Maps that follow one another without a ReLU between are multiplied once,
when the weights are read. What comes after the rows is computed for the candidates only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.inference.gcnn_kernels import (
    SPARE_ROWS,
    Float32,
    dense,
    last_layer,
    load_features,
    select,
    sum_messages,
    transpose,
)
from coplug.inference.simd import LANES

__all__ = ["GCNNKernel"]

Exact = Mapping[str, NDArray[np.float64]]

_Scalar = TypeVar("_Scalar", bound=np.generic)


class GCNNKernel:
    """Scores of branching candidates by a GCNN.

    An object holds buffers that grow to the largest state seen and are used again: give each thread its own.
    NaN in a feature is taken as 0 before anything else, as :class:`coplug.models.gcnn.GCNN` does.

    Parameters
    ----------
    tensors : mapping of str to float32 arrays
        As :func:`coplug.inference.weights.load_weights` returns them.
    width : int
        Size of the network's embeddings.
    """

    def __init__(self, tensors: Mapping[str, Float32], width: int) -> None:
        self.width = width
        exact = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
        self._row_embedding = _Embedding.fold(exact, "row")
        self._column_embedding = _Embedding.fold(exact, "column")
        self._to_rows = _Convolution.fold(exact, "to_rows")
        self._to_columns = _Convolution.fold(exact, "to_columns")
        self._output = _padded_matrix(_affine(exact, "output.0"))
        self._last = _padded_matrix(exact["output.2.weight"])
        self._matrix = _Matrix(exact["edge_norm.shift"][0], exact["edge_norm.scale"][0])
        self._rows = _Nodes(N_ROW_FEATURES, width)
        self._columns = _Nodes(N_COLUMN_FEATURES, width)
        self._chosen = _Nodes(0, width)

    def scores(self, state: NodeState, candidates: ArrayLike) -> Float32:
        """Score ``candidates``; the largest score is the network's choice.

        Parameters
        ----------
        state : NodeState
        candidates : int, shape (n,)
            Positions of columns in ``state``, in any order.

        Returns
        -------
        float32, shape (n,)
            A new array.

        Raises
        ------
        ValueError
            If a candidate or an edge is outside the state, or an array has not the shape that its class says.
        """
        positions = _ready(candidates, np.int64)
        if positions.ndim != 1:
            raise ValueError(f"expected candidates of shape (n,), found {positions.shape}")
        rows, columns, chosen, matrix = self._rows, self._columns, self._chosen, self._matrix
        matrix.update(state)
        self._row_embedding.run(state.row_features, rows)
        self._column_embedding.run(state.column_features, columns)

        layers = self._to_rows
        dense(rows.states, rows.n, layers.left, False, False, rows.side)
        dense(columns.states, columns.n, layers.right, False, False, columns.side)
        layers.run(matrix.all_rows, matrix.by_row, rows, columns.side, self.width)

        layers = self._to_columns
        chosen.fit(positions.shape[0])
        if not select(columns.states, columns.n, positions, chosen.states):
            raise ValueError(f"a candidate is outside the state's columns 0..{columns.n - 1}")
        dense(rows.states, rows.n, layers.left, False, False, rows.side)
        dense(chosen.states, chosen.n, layers.right, False, False, chosen.side)
        layers.run(positions, matrix.by_column, chosen, rows.side, self.width)

        dense(chosen.states, chosen.n, self._output, False, True, chosen.hidden)
        result = np.empty(chosen.n, np.float32)
        last_layer(chosen.hidden, self._last, result)
        return result


class _Nodes:
    """Room for the embeddings of rows, columns or candidates; it grows, and never shrinks.

    Attributes
    ----------
    n : int
        Number of nodes now; the matrices have room for it and for SPARE_ROWS more.
    inputs : float32, shape (room, n_features)
    hidden, states : float32, shape (room, padded width)
    side : float32, shape (room, padded width)
        What a node contributes to the message of each of its edges.
    sums : float32, shape (room, more than padded width)
        Summed messages, followed by the number of edges.
    """

    def __init__(self, n_features: int, width: int) -> None:
        self._n_features, self._padded_width = n_features, _padded(width)
        self._allocate(0)

    def _allocate(self, room: int) -> None:
        self._room, self.n = room, 0
        shape = room + SPARE_ROWS
        self.inputs = _aligned_zeros(shape, self._n_features)
        self.hidden, self.states, self.side = (_aligned_zeros(shape, self._padded_width) for _ in range(3))
        self.sums = _aligned_zeros(shape, self._padded_width + LANES)

    def fit(self, n: int) -> None:
        """Set the number of nodes."""
        if n > self._room:
            self._allocate(n + n // 2)
        self.n = n


class _Edges(NamedTuple):
    """The edges of node ``i`` are ``ptr[i]:ptr[i + 1]`` of ``neighbours`` and ``values`` (normalised)."""

    ptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    values: Float32


class _Matrix:
    """What is derived from a state's matrix alone, made anew only when the matrix changed.

    A matrix is known by the state's ``structure`` and by its memory: the array it was made from is kept,
    hence no other matrix can come to lie at its place.

    Attributes
    ----------
    by_row, by_column : _Edges
    all_rows : int64, shape (n_rows,)
        0, 1, 2, ...
    """

    by_row: _Edges
    by_column: _Edges
    all_rows: NDArray[np.int64]

    def __init__(self, shift: float, scale: float) -> None:
        self._shift, self._scale = float(shift), float(scale)
        self._key: tuple[int, int, int, int] | None = None
        self._source = np.empty(0)

    def update(self, state: NodeState) -> None:
        """Make it that of ``state``.

        Raises
        ------
        ValueError
            If the arrays do not describe a matrix of the state's rows and columns.
        """
        key = (state.structure, state.n_rows, state.n_columns, state.n_edges)
        if key == self._key and np.may_share_memory(self._source, state.edge_values):
            return
        self._key = None
        _, n_rows, n_columns, n_edges = key
        ptr, neighbours = _ready(state.row_ptr, np.int64), _ready(state.edge_columns, np.int32)
        source = _ready(state.edge_values, np.float64)
        if (ptr.shape, source.shape) != ((n_rows + 1,), (n_edges,)):
            raise ValueError(
                f"{n_rows} rows, {n_edges} edges, but row_ptr {ptr.shape} and edge_values {source.shape}"
            )
        values = np.empty(n_edges, np.float32)
        columns = _Edges(np.empty(n_columns + 1, np.int64), np.empty_like(neighbours), np.empty_like(values))
        if not transpose(ptr, neighbours, source, self._shift, self._scale, values, *columns):
            raise ValueError(
                f"row_ptr does not rise from 0 to {n_edges}, or an edge is outside 0..{n_columns - 1}"
            )
        self.by_row, self.by_column = _Edges(ptr, neighbours, values), columns
        self.all_rows = np.arange(n_rows)
        self._key, self._source = key, state.edge_values


class _Embedding(NamedTuple):
    """Normalisation and two layers of one side."""

    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    first: Float32
    second: Float32

    @classmethod
    def fold(cls, exact: Exact, side: str) -> _Embedding:
        """Take the layers of ``side`` from the network's tensors."""
        first, second = (_padded_matrix(_affine(exact, f"{side}_embedding.{i}")) for i in (0, 2))
        return cls(exact[f"{side}_norm.shift"], exact[f"{side}_norm.scale"], first, second)

    def run(self, features: NDArray[np.float64], nodes: _Nodes) -> None:
        """Embed ``features`` in ``nodes.states``."""
        if features.shape[1:] != self.shift.shape:
            raise ValueError(f"expected features of shape (n, {self.shift.shape[0]}), found {features.shape}")
        nodes.fit(features.shape[0])
        load_features(_ready(features, np.float64), self.shift, self.scale, nodes.inputs)
        dense(nodes.inputs, nodes.n, self.first, False, True, nodes.hidden)
        dense(nodes.hidden, nodes.n, self.second, False, True, nodes.states)


class _Convolution(NamedTuple):
    """The layers of a half convolution, with both scales and ``final`` folded into the output's first layer.

    Attributes
    ----------
    left, right, previous, out : float32, shape (width + 1, padded width)
        The last row is the bias.
    edge : float32, shape (1, padded width)
    summed : float32, shape (width + 1, padded width)
        From summed messages to the output's hidden layer. The last row is for the number of edges.
    """

    left: Float32
    right: Float32
    edge: Float32
    summed: Float32
    previous: Float32
    out: Float32

    @classmethod
    def fold(cls, exact: Exact, side: str) -> _Convolution:
        """Take the layers of ``side`` from the network's tensors.

        A scale is positive (:mod:`coplug.inference.architectures.gcnn` sees to it): relu(scale * x) is
        scale * relu(x).
        """
        first = exact[f"{side}.output.0.weight"].T
        width = first.shape[1]
        message_scale, sum_scale = exact[f"{side}.message_norm.scale"], exact[f"{side}.sum_norm.scale"]
        final = np.vstack([message_scale * exact[f"{side}.final.weight"].T, exact[f"{side}.final.bias"]])
        return cls(
            left=_padded_matrix(_affine(exact, f"{side}.left")),
            right=_padded_matrix(np.vstack([exact[f"{side}.right.weight"].T, np.zeros(width)])),
            edge=_padded_matrix(exact[f"{side}.edge.weight"].T),
            summed=_padded_matrix(sum_scale * final @ first[:width]),
            previous=_padded_matrix(np.vstack([first[width:], exact[f"{side}.output.0.bias"]])),
            out=_padded_matrix(_affine(exact, f"{side}.output.2")),
        )

    def run(
        self, targets: NDArray[np.int64], edges: _Edges, nodes: _Nodes, neighbours: Float32, width: int
    ) -> None:
        """Renew ``nodes.states``, which belong to ``targets``, with messages from their ``neighbours``."""
        sum_messages(targets, *edges, nodes.side, neighbours, self.edge, width, nodes.sums)
        dense(nodes.states, nodes.n, self.previous, False, False, nodes.hidden)
        dense(nodes.sums, nodes.n, self.summed, True, True, nodes.hidden)
        dense(nodes.hidden, nodes.n, self.out, False, True, nodes.states)


def _affine(exact: Exact, name: str) -> NDArray[np.float64]:
    return np.vstack([exact[f"{name}.weight"].T, exact[f"{name}.bias"]])


def _padded(width: int) -> int:
    return -(-width // LANES) * LANES


def _padded_matrix(matrix: NDArray[np.float64]) -> Float32:
    result = _aligned_zeros(matrix.shape[0], _padded(matrix.shape[1]))
    result[:, : matrix.shape[1]] = matrix
    return result


def _aligned_zeros(n: int, length: int) -> Float32:
    """Return zeros that start on a cache line: vectors that cross a line cost a seventh of the edge pass."""
    items = 64 // np.dtype(np.float32).itemsize
    memory = np.zeros(n * length + items, np.float32)
    start = -(memory.ctypes.data // memory.itemsize) % items
    return memory[start : start + n * length].reshape(n, length)


def _ready(array: Any, dtype: type[_Scalar]) -> NDArray[_Scalar]:
    """Return ``array`` as the one type that the kernels are compiled for, itself if it is that already."""
    result = np.ascontiguousarray(array, dtype)
    return result if result.flags.writeable else result.copy()


def build(tensors: Mapping[str, Float32], config: Mapping[str, Any]) -> GCNNKernel:
    """Make the network of a weights directory."""
    return GCNNKernel(tensors, config["width"])
