"""The network of :mod:`coplug.models.seed_policy` compiled for one core: a score for each node of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.jit import fast_kernel

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SeedScores:
    """The network, each map transposed so that rows multiply it from the left; all float32.

    Attributes
    ----------
    embedding, embedding_bias : shape (N_FEATURES, width), (width,)
    own, around : shape (depth, width, width)
    bias : shape (depth, width)
    hidden, hidden_bias : shape (width, width), (width,)
    last : shape (width,)
    """

    embedding: Float32
    embedding_bias: Float32
    own: Float32
    around: Float32
    bias: Float32
    hidden: Float32
    hidden_bias: Float32
    last: Float32

    def scores(
        self, ptr: NDArray[np.int64], ends: NDArray[np.int32], chances: Float32, features: Float32
    ) -> NDArray[np.float64]:
        """Return the score of each node, float64, shape (n_nodes,).

        Parameters
        ----------
        ptr : int64, shape (n_nodes + 1,)
            The arcs of node ``v`` are ``ptr[v]:ptr[v + 1]``.
        ends : int32, shape (n_arcs,)
            Their heads.
        chances : float32, shape (n_arcs,)
        features : float32, shape (n_nodes, N_FEATURES)
        """
        scale = message_scale(ptr, chances)
        state = np.maximum(features @ self.embedding + self.embedding_bias, 0)
        for own, around, bias in zip(self.own, self.around, self.bias, strict=True):
            passed = _passed(ptr, ends, chances, scale, state)
            state = state + np.maximum(state @ own + passed @ around + bias, 0)
        hidden = np.maximum(state @ self.hidden + self.hidden_bias, 0)
        scores: NDArray[np.float64] = (hidden @ self.last).astype(np.float64)
        return scores


def message_scale(ptr: NDArray[np.int64], chances: Float32) -> Float32:
    """Return what a node's sum of messages is multiplied with, float32, shape (n_nodes,).

    ``1 / sqrt(1 + sum of its arcs' chances)``: between a sum and a mean.
    """
    sums = np.add.reduceat(np.append(chances, np.float32(0)), ptr[:-1]) * (np.diff(ptr) > 0)
    return np.asarray(1 / np.sqrt(1 + sums), np.float32)


def build(tensors: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> SeedScores:
    """Make the network of a weights directory."""
    depth = range(config["depth"])

    def turned(name: str) -> Float32:
        return np.ascontiguousarray(tensors[f"{name}.weight"].T)

    return SeedScores(
        turned("embedding"),
        tensors["embedding.bias"],
        np.stack([turned(f"rounds.{k}.own") for k in depth]),
        np.stack([turned(f"rounds.{k}.around") for k in depth]),
        np.stack([tensors[f"rounds.{k}.own.bias"] for k in depth]),
        turned("score.0"),
        tensors["score.0.bias"],
        tensors["score.2.weight"][0],
    )


@fast_kernel
def _passed(
    ptr: NDArray[np.int64],
    ends: NDArray[np.int32],
    chances: Float32,
    scale: Float32,
    state: Float32,
) -> Float32:
    """Return the scaled sum over the arcs of each node of their chance times the state of their head."""
    passed = np.zeros_like(state)
    for node in range(len(state)):
        for arc in range(ptr[node], ptr[node + 1]):
            for k in range(state.shape[1]):
                passed[node, k] += chances[arc] * state[ends[arc], k]
        for k in range(state.shape[1]):
            passed[node, k] *= scale[node]
    return passed
