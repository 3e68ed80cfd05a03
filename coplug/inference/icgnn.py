"""The stages of ICGNN compiled: messages between users, without torch; see :mod:`coplug.models.icgnn`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.icgnn import LOG_RANGE, MESSAGE, WIDTH
from coplug.inference.simd import (
    add,
    load,
    multiply,
    multiply_add,
    positive_part,
    splat,
    splat_halves,
    store,
    total,
)
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
    output : float32, shape (n_stages, n_outputs, 16)
    output_bias : float32, shape (n_stages, n_outputs)
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
    change : shape (n_outputs, n_users)
        The outcome, in -8..8.
    """

    features: Float32
    sent: Float32
    received: Float32
    hidden: Float32
    change: Float32


def stage_names(config: Mapping[str, Any]) -> list[str]:
    """Return the names of the stages of a weights directory."""
    return [f"stages.{stage}" for stage in range(config["n_stages"])]


def make_stages(tensors: Mapping[str, NDArray[np.float32]], names: Sequence[str]) -> Stages:
    """Arrange the tensors of stages of these names, at least one."""

    def stacked(rows: Any) -> Float32:
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
        np.empty((net.output.shape[1], n_users), np.float32),
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
        factors = splat_halves(to_sufferers[k], to_causes[k])
        store(room.sent, k * WIDTH, multiply(positive_part(sent), factors))
        store(room.hidden, k * WIDTH, kept)


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
        factors = splat_halves(from_causes[k], from_sufferers[k])
        store(room.received, k * WIDTH, multiply(received, factors))


@inlined_kernel
def exchange_directed(
    room: Room, coupling: Float32, halves: Float32, from_causes: Float32, from_sufferers: Float32
) -> None:
    """Fill in what users receive where the coupling is not symmetric; see :func:`exchange`.

    Parameters
    ----------
    halves : float32, shape (2, n_users, 16)
        Room.
    """
    n_users = len(coupling)
    nothing = splat(np.float32(0))
    first = splat_halves(np.float32(1), np.float32(0))
    second = splat_halves(np.float32(0), np.float32(1))
    for k in range(n_users):
        sent = load(room.sent, k * WIDTH)
        store(halves, k * WIDTH, multiply(first, sent))
        store(halves, (n_users + k) * WIDTH, multiply(second, sent))
    for k in range(n_users):
        received, other = nothing, nothing
        for j in range(n_users):
            received = multiply_add(splat(coupling[k, j]), load(halves, j * WIDTH), received)
            other = multiply_add(splat(coupling[j, k]), load(halves, (n_users + j) * WIDTH), other)
        factors = splat_halves(from_causes[k], from_sufferers[k])
        store(room.received, k * WIDTH, multiply(add(received, other), factors))


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
        hidden = positive_part(add(first, second))
        for o in range(len(output)):
            found = total(multiply(hidden, load(output, o * WIDTH))) + net.output_bias[stage, o]
            room.change[o, k] = min(max(found, low), high)
