"""The network over pairs of nodes without torch; :mod:`coplug.models.pairformer` is its torch twin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.pairformer import MAPS, NORMS
from coplug.jit import fast_kernel

EPSILON = 1e-6
"""Added to mean squares before their root is taken."""

VALUE_UNIT = 4.0
"""What the network's value is multiplied with."""

Float32 = NDArray[np.float32]


class Weights(NamedTuple):
    """The tensors of a network of d blocks, c channels wide, for f channels of input; float32.

    Attributes
    ----------
    entry : shape (c, f), and its bias, shape (c,)
    norms : shape (d, 3, c)
        Before the triangle update, within it, and before the transition.
    maps : shape (d, 6, c, c)
        Left and right factor of the update, its output, that of the row means, and the transition's two.
    bias : shape (d, c)
        Within the transition.
    head_norm : shape (c,)
    policy, policy_bias, policy_out : shapes (c, c), (c,), (1, c)
    pool, pool_bias : shapes (c, c), (c,)
    value, value_bias, value_out, value_out_bias : shapes (c, 2 c), (c,), (1, c), (1,)
    """

    entry: Float32
    entry_bias: Float32
    norms: Float32
    maps: Float32
    bias: Float32
    head_norm: Float32
    policy: Float32
    policy_bias: Float32
    policy_out: Float32
    pool: Float32
    pool_bias: Float32
    value: Float32
    value_bias: Float32
    value_out: Float32
    value_out_bias: Float32


class PairformerKernel:
    """Evaluates a :class:`coplug.models.pairformer.Pairformer`.

    Parameters
    ----------
    tensors : mapping of str to float32 arrays
        As the torch module names them.
    depth : int
        Number of blocks.
    """

    def __init__(self, tensors: Mapping[str, NDArray[np.float32]], depth: int) -> None:
        self._weights = _packed(tensors, depth)

    def __call__(self, pictures: Float32) -> tuple[Float32, Float32]:
        """Evaluate pictures of graphs.

        Parameters
        ----------
        pictures : float32, shape (b, f, k, k)
            The first channel is 1 where both nodes exist, which are the first ones.

        Returns
        -------
        logits : float32, shape (b, k (k - 1) / 2)
            Of the pairs i < j, numbered j (j - 1) / 2 + i; 0 where a node does not exist.
        values : float32, shape (b,)
        """
        b, k = len(pictures), pictures.shape[2]
        logits, values = np.zeros((b, k * (k - 1) // 2), np.float32), np.empty(b, np.float32)
        _evaluate(self._weights, np.ascontiguousarray(pictures), logits, values)
        return logits, values


def build(tensors: Mapping[str, Float32], config: Mapping[str, Any]) -> PairformerKernel:
    """Make the network of a weights directory."""
    return PairformerKernel(tensors, config["depth"])


def _packed(tensors: Mapping[str, Float32], depth: int) -> Weights:
    def stacked(names: tuple[str, ...]) -> Float32:
        return np.stack(
            [np.stack([tensors[f"blocks.{k}.{name}.weight"] for name in names]) for k in range(depth)]
        )

    heads: tuple[str, ...] = (
        "norm.weight",
        "policy_inner.weight",
        "policy_inner.bias",
        "policy_outer.weight",
    )
    heads += ("value_pair.weight", "value_pair.bias", "value_inner.weight", "value_inner.bias")
    heads += ("value_outer.weight", "value_outer.bias")
    return Weights(
        tensors["entry.weight"],
        tensors["entry.bias"],
        stacked(NORMS),
        stacked(MAPS),
        np.stack([tensors[f"blocks.{k}.inner.bias"] for k in range(depth)]),
        *(np.ascontiguousarray(tensors[f"heads.{name}"]) for name in heads),
    )


@fast_kernel
def _evaluate(weights: Weights, pictures: Float32, logits: Float32, values: Float32) -> None:
    """Evaluate one graph after the other, so that its pairs stay in the cache; nodes that do not exist cost nothing."""
    n_channels = pictures.shape[1]
    for b in range(len(pictures)):
        n = int(pictures[b, 0, 0].sum())
        x = np.ascontiguousarray(pictures[b, :, :n, :n]).reshape(n_channels, n * n)
        z = np.dot(weights.entry, x)
        _add_bias(z, weights.entry_bias)
        for k in range(len(weights.maps)):
            _block(z, weights.norms[k], weights.maps[k], weights.bias[k], n)
        values[b] = _heads(z, weights, n, logits[b])


@fast_kernel
def _block(z: Float32, norms: Float32, maps: Float32, bias: Float32, n: int) -> None:
    """Update the pairs z, shape (c, n * n)."""
    y = _normalised(z, norms[0])
    left, right, path = np.dot(maps[0], y), np.dot(maps[1], y), np.empty_like(z)
    unit = np.float32(1 / np.sqrt(n))
    for c in range(len(z)):
        product = np.dot(left[c].reshape(n, n), right[c].reshape(n, n))
        for i in range(n):
            for j in range(n):
                path[c, i * n + j] = (product[i, j] + product[j, i]) * unit
    paths, rows = np.dot(maps[2], _normalised(path, norms[1])), np.dot(maps[3], _row_means(y, n))
    for c in range(len(z)):
        for i in range(n):
            for j in range(n):
                z[c, i * n + j] += paths[c, i * n + j] + rows[c, i] + rows[c, j]
    inner = np.dot(maps[4], _normalised(z, norms[2]))
    _add_bias(inner, bias)
    _relu(inner)
    z += np.dot(maps[5], inner)


@fast_kernel
def _heads(z: Float32, weights: Weights, n: int, logits: Float32) -> float:
    """Write the logits and return the value."""
    y = _normalised(z, weights.head_norm)
    inner = np.dot(weights.policy, y)
    _add_bias(inner, weights.policy_bias)
    _relu(inner)
    scores = np.dot(weights.policy_out, inner)[0]
    for j in range(n):
        for i in range(j):
            logits[j * (j - 1) // 2 + i] = (scores[i * n + j] + scores[j * n + i]) * np.float32(0.5)
    pool = np.dot(weights.pool, y)
    _add_bias(pool, weights.pool_bias)
    _relu(pool)
    width = len(pool)
    pooled = np.empty((2 * width, 1), np.float32)
    for c in range(width):
        total = pool[c].sum()
        pooled[c, 0] = total / n**2
        pooled[width + c, 0] = total / n**1.5
    hidden = np.dot(weights.value, pooled)
    _add_bias(hidden, weights.value_bias)
    _relu(hidden)
    value: float = VALUE_UNIT * (np.dot(weights.value_out, hidden)[0, 0] + weights.value_out_bias[0])
    return value


@fast_kernel
def _normalised(z: Float32, weight: Float32) -> Float32:
    """Divide each pair by the root of the mean square of its channels, and multiply by the weight."""
    squares = np.zeros(z.shape[1], np.float32)
    for c in range(len(z)):
        for p in range(z.shape[1]):
            squares[p] += z[c, p] * z[c, p]
    share = np.float32(1 / len(z))
    for p in range(len(squares)):
        squares[p] = np.float32(1) / np.sqrt(squares[p] * share + np.float32(EPSILON))
    y = np.empty_like(z)
    for c in range(len(z)):
        for p in range(z.shape[1]):
            y[c, p] = z[c, p] * squares[p] * weight[c]
    return y


@fast_kernel
def _row_means(y: Float32, n: int) -> Float32:
    means = np.empty((len(y), n), np.float32)
    for c in range(len(y)):
        for i in range(n):
            means[c, i] = y[c, i * n : (i + 1) * n].sum() / np.float32(n)
    return means


@fast_kernel
def _add_bias(z: Float32, bias: Float32) -> None:
    for c in range(len(z)):
        for p in range(z.shape[1]):
            z[c, p] += bias[c]


@fast_kernel
def _relu(z: Float32) -> None:
    for c in range(len(z)):
        for p in range(z.shape[1]):
            z[c, p] = max(z[c, p], np.float32(0))
