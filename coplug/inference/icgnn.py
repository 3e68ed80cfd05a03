"""The stages of ICGNN compiled: messages between users, without torch; see :mod:`coplug.models.icgnn`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.icgnn import LOG_RANGE, MESSAGE, WIDTH
from coplug.inference.simd import add, load, multiply_add, positive_part, splat, store
from coplug.jit import fast_kernel, inlined_kernel

Float32 = NDArray[np.float32]


class Stages(NamedTuple):
    """The maps of all stages, transposed: a row is what one number contributes, and a vector of 16 lanes.

    Attributes
    ----------
    message : float32, shape (n_stages, n_features + 1, 16)
        What a user sends to those who suffer from it, and again to those whose streams it suffers from. The last row is
        the bias, as below.
    own : float32, shape (n_stages, n_features + 1, 16)
    received : float32, shape (n_stages, 16, 16)
        Of what comes from the causes of what a user suffers, then of what comes from those who suffer from it.
    output : float32, shape (n_stages, 2, 16)
    output_bias : float32, shape (n_stages, 2)
    """

    message: Float32
    own: Float32
    received: Float32
    output: Float32
    output_bias: Float32


class Room(NamedTuple):
    """Room for a pass; all float32.

    Attributes
    ----------
    features : shape (n_users, n_features)
        Written before a pass.
    sent, received : shape (n_users, 16)
    hidden : shape (n_users, 16)
    change : shape (2, n_users)
        The outcome, in -8..8.
    """

    features: Float32
    sent: Float32
    received: Float32
    hidden: Float32
    change: Float32


def make_stages(tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]) -> Stages:
    """Arrange the tensors of a weights directory."""

    def stacked(rows: Any) -> Float32:
        names = [f"stages.{stage}" for stage in range(config["n_stages"])]
        return np.ascontiguousarray(np.stack([rows(name) for name in names]), np.float32)

    def with_bias(name: str) -> Float32:
        return np.vstack([tensors[f"{name}.weight"].T, tensors[f"{name}.bias"]])

    return Stages(
        stacked(lambda name: np.tile(with_bias(f"{name}.message"), 2)),
        stacked(lambda name: with_bias(f"{name}.own")),
        stacked(
            lambda name: np.vstack([tensors[f"{name}.suffered.weight"].T, tensors[f"{name}.caused.weight"].T])
        ),
        stacked(lambda name: tensors[f"{name}.output.weight"]),
        stacked(lambda name: tensors[f"{name}.output.bias"]),
    )


@fast_kernel
def new_room(net: Stages, n_users: int) -> Room:
    """Return room for passes over so many users."""
    rows = np.empty((3, n_users, WIDTH), np.float32)
    return Room(
        np.empty((n_users, net.own.shape[1] - 1), np.float32),
        rows[0],
        rows[1],
        rows[2],
        np.empty((2, n_users), np.float32),
    )


@inlined_kernel
def send(net: Stages, stage: int, room: Room, to_sufferers: Float32, to_causes: Float32) -> None:
    """Fill in what users send from their features, each side with a factor a user, and what they keep."""
    message, own = net.message[stage], net.own[stage]
    n_features = len(message) - 1
    for k in range(len(room.sent)):
        sent, kept = load(message, n_features * WIDTH), load(own, n_features * WIDTH)
        for f in range(n_features):
            value = splat(room.features[k, f])
            sent = multiply_add(value, load(message, f * WIDTH), sent)
            kept = multiply_add(value, load(own, f * WIDTH), kept)
        store(room.sent, k * WIDTH, positive_part(sent))
        store(room.hidden, k * WIDTH, kept)
    for k in range(len(room.sent)):
        for m in range(MESSAGE):
            room.sent[k, m] *= to_sufferers[k]
        for m in range(MESSAGE, 2 * MESSAGE):
            room.sent[k, m] *= to_causes[k]


@inlined_kernel
def exchange(room: Room, coupling: Float32, from_causes: Float32, from_sufferers: Float32) -> None:
    """Fill in what users receive, each side with a factor a user.

    Parameters
    ----------
    room : Room
    coupling : float32, shape (n_users, n_users)
        Symmetric, so that one product serves both directions; what differs is in the factors.
    from_causes, from_sufferers : float32, shape (n_users,)
    """
    n_users = len(coupling)
    nothing = splat(np.float32(0))
    for k in range(n_users):
        received = nothing
        for j in range(n_users):
            received = multiply_add(splat(coupling[k, j]), load(room.sent, j * WIDTH), received)
        store(room.received, k * WIDTH, received)
    for k in range(n_users):
        for m in range(MESSAGE):
            room.received[k, m] *= from_causes[k]
        for m in range(MESSAGE, 2 * MESSAGE):
            room.received[k, m] *= from_sufferers[k]


@inlined_kernel
def answer(net: Stages, stage: int, room: Room) -> None:
    """Fill in the change from what users have kept and received."""
    weights, output = net.received[stage], net.output[stage]
    low, high = np.float32(-LOG_RANGE), np.float32(LOG_RANGE)
    for k in range(len(room.sent)):
        # Two sums that do not wait for each other.
        first, second = load(room.hidden, k * WIDTH), splat(np.float32(0))
        for m in range(MESSAGE):
            first = multiply_add(splat(room.received[k, m]), load(weights, m * WIDTH), first)
            other = splat(room.received[k, MESSAGE + m])
            second = multiply_add(other, load(weights, (MESSAGE + m) * WIDTH), second)
        store(room.hidden, k * WIDTH, positive_part(add(first, second)))
    for k in range(len(room.sent)):
        for o in range(2):
            total = net.output_bias[stage, o]
            for h in range(WIDTH):
                total += room.hidden[k, h] * output[o, h]
            room.change[o, k] = min(max(total, low), high)
