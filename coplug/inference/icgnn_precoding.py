"""ICGNN for precoding compiled, for batches: see :mod:`coplug.models.icgnn_precoding`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.downlink.station import (
    LEAST,
    Station,
    evaluate,
    new_station,
    normalise,
    wmmse_step,
    write_duals,
)
from coplug.inference.icgnn import (
    Float32,
    Room,
    Stages,
    answer,
    exchange,
    make_stages,
    new_room,
    send,
    stage_names,
)
from coplug.inference.logarithms import exponentials, logarithms
from coplug.jit import fast_kernel, inlined_kernel


class Precoder(Protocol):
    """A network that precodes: what :func:`precode` does with its weights."""

    def __call__(
        self,
        gram: NDArray[np.complex64],
        noise: Float32,
        error: Float32,
        weights: Float32,
        out: NDArray[np.complex64],
        stages: NDArray[np.int64],
        most: int,
    ) -> None:
        """Find a precoder for each channel."""


class Users(NamedTuple):
    """Numbers of users beside a station; float32, shape (n_users,).

    Attributes
    ----------
    log_weight, log_rate, log_g, last_g : Float32
        Natural logarithms: of weights, ``1 + sinr``, and ``g`` as it is and as it was evaluated.
    to_sufferers, to_causes, from_causes, from_sufferers : Float32
        Factors of messages.
    room : Float32
    both, logs : Float32, shape (2 * n_users,)
        ``s`` before a step and after it, with logarithms; or room.
    """

    log_weight: Float32
    log_rate: Float32
    log_g: Float32
    last_g: Float32
    to_sufferers: Float32
    to_causes: Float32
    from_causes: Float32
    from_sufferers: Float32
    room: Float32
    both: Float32
    logs: Float32


def build(tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]) -> Precoder:
    """Make the network of a weights directory."""
    stages = make_stages(tensors, stage_names(config))
    start = make_stages(tensors, ["start"]) if config["learned_start"] else None
    return partial(precode, start, stages)


@fast_kernel
def precode(
    start: Stages | None,
    net: Stages,
    gram: NDArray[np.complex64],
    noise: Float32,
    error: Float32,
    weights: Float32,
    out: NDArray[np.complex64],
    stages: NDArray[np.int64],
    most: int,
) -> None:
    """Find a precoder for each channel: that of the start or of a stage, whichever has the highest rate.

    Parameters
    ----------
    start : Stages or None
        One stage that says how to start; None starts with RZF.
    net : Stages
    gram : complex64, shape (b, n_users, n_users)
        ``H H^H``, scaled so that the mean of its diagonal is 1.
    noise, error : float32, shape (b,)
        Variance over power with what an error of the channel adds, scaled alike, and the share of the error in it.
    weights : float32, shape (b, n_users)
        Of users, of mean 1.
    out : complex64, shape (b, n_users, n_users)
        Written: ``X``; the precoder of power 1 is ``H^H X``.
    stages : int64, shape (b,)
        Written: the stage that was best; 0 is the start.
    most : int
        Stages that are run, if the network has as many.
    """
    n_users, n_stages = gram.shape[1], min(len(net.own), most)
    at, room = new_station(noise, n_users), new_room(net, n_users)
    users, best = new_users(n_users), np.empty((2, n_users), np.float32)
    for c in range(len(gram)):
        begin(at, users, weights[c])
        if start is not None:
            _learned_start(start, at, room, users, gram[c], noise[c], error[c], weights[c])
        describe_channel(room.features[:, 6:9], noise[c], error[c])
        highest = np.float32(-1)
        power = np.float32(0)
        for stage in range(n_stages + 1):
            mu, power = evaluate(gram[c], noise[c], at)
            rate = weighted_rate(at, users, weights[c])
            if rate > highest:
                highest, stages[c] = rate, stage
                for k in range(n_users):
                    best[0, k], best[1, k] = at.s[k], at.g[k]
            if stage < n_stages:
                _move(net, stage, at, room, users, mu, weights[c])
        if stages[c] < n_stages:
            for k in range(n_users):
                at.s[k], at.g[k] = best[0, k], best[1, k]
            _, power = evaluate(gram[c], noise[c], at)
        write_duals(at, power, out[c])


@inlined_kernel
def begin(at: Station, users: Users, weights: Float32) -> None:
    """Set ``s`` and ``g`` to ones."""
    for k in range(len(weights)):
        at.s[k] = at.g[k] = 1
        users.log_g[k] = 0
        users.room[k] = weights[k] + np.float32(LEAST)
    logarithms(users.room, users.log_weight)


@inlined_kernel
def weighted_rate(at: Station, users: Users, weights: Float32) -> Any:
    """Return the weighted sum of rates, in nat, and keep their logarithms."""
    for k in range(len(weights)):
        users.room[k] = np.float32(1) + at.sinr[k]
    logarithms(users.room, users.log_rate)
    total = np.float32(0)
    for k in range(len(weights)):
        total += weights[k] * users.log_rate[k]
    return total


@fast_kernel
def new_users(n_users: int) -> Users:
    """Return room for numbers of users."""
    rows, pairs = np.empty((9, n_users), np.float32), np.empty((2, 2 * n_users), np.float32)
    return Users(
        rows[0],
        rows[1],
        rows[2],
        rows[3],
        rows[4],
        rows[5],
        rows[6],
        rows[7],
        rows[8],
        pairs[0],
        pairs[1],
    )


@inlined_kernel
def _move(
    net: Stages,
    stage: int,
    at: Station,
    room: Room,
    users: Users,
    mu: Any,
    weights: Float32,
) -> None:
    """Take the step of weighted MMSE with the correction of the network."""
    n_users = len(weights)
    for k in range(n_users):
        suffering = mu * mu * at.g[k] * at.g[k]
        users.to_sufferers[k] = at.g[k] * at.g[k]
        users.to_causes[k] = 1 / at.disturbance[k]
        users.from_causes[k] = mu * mu / at.disturbance[k]
        users.from_sufferers[k] = suffering
    step_and_describe(at, room, users, weights)
    send(net, stage, room, users.to_sufferers, users.to_causes)
    exchange(room, at.squares, users.from_causes, users.from_sufferers)
    answer(net, stage, room)
    correct(at, room, users)


@inlined_kernel
def _learned_start(
    start: Stages,
    at: Station,
    room: Room,
    users: Users,
    gram: NDArray[np.complex64],
    noise: Any,
    error: Any,
    weights: Float32,
) -> None:
    """Set ``s`` and ``g`` by what users know from the Gram matrix."""
    n_users = len(gram)
    inverse = users.to_causes
    for k in range(n_users):
        users.room[k] = gram[k, k].real + np.float32(LEAST)
        inverse[k] = 1 / users.room[k]
    logarithms(users.room, users.log_g)
    for k in range(n_users):
        alike = np.float32(0)
        for j in range(n_users):
            square = gram[k, j].real * gram[k, j].real + gram[k, j].imag * gram[k, j].imag
            at.squares[k, j] = square
            alike += square * inverse[j]
        alike = (alike - at.squares[k, k] * inverse[k]) * inverse[k] / np.float32(n_users)
        at.squares[k, k] = 0
        features = room.features[k]
        features[0] = users.log_g[k]
        features[1] = alike
        features[5] = users.log_weight[k]
    describe_channel(room.features[:, 2:5], noise, error)
    send(start, 0, room, inverse, inverse)
    exchange(room, at.squares, inverse, inverse)
    answer(start, 0, room)
    for k in range(n_users):
        at.s[k] = at.g[k] = np.sqrt(weights[k])
        users.log_g[k] = np.float32(0.5) * users.log_weight[k]
    correct(at, room, users)


@inlined_kernel
def describe_channel(features: Float32, noise: Any, error: Any) -> None:
    """Write what all users of a channel share to the three columns that are given."""
    snr = -np.log(noise) / np.float32(5)
    size = np.float32(np.log(np.float32(len(features))) / np.float32(3))
    for k in range(len(features)):
        features[k, 0], features[k, 1], features[k, 2] = snr, size, error


@inlined_kernel
def step_and_describe(at: Station, room: Room, users: Users, weights: Float32) -> None:
    """Take the step of weighted MMSE, and write what users know of it and of where it began."""
    n_users = len(weights)
    for k in range(n_users):
        users.last_g[k] = users.log_g[k]
        users.both[k] = at.s[k]
    wmmse_step(at, weights)
    for k in range(n_users):
        users.both[n_users + k] = at.s[k]
    logarithms(users.both, users.logs)
    _describe(at, room, users)


@inlined_kernel
def correct(at: Station, room: Room, users: Users) -> None:
    """Change ``s`` and ``g`` as the network says."""
    n_users = len(users.room)
    changes = room.change.reshape(-1)[: 2 * n_users]
    exponentials(changes, users.logs)
    for k in range(n_users):
        at.s[k] *= users.logs[k]
        at.g[k] *= users.logs[n_users + k]
        users.log_g[k] += changes[n_users + k]
    normalise(at.s)


@inlined_kernel
def _describe(at: Station, room: Room, users: Users) -> None:
    """Write the features of users, after the step of weighted MMSE."""
    n_users = len(users.room)
    for k in range(n_users):
        users.log_g[k] = np.float32(0.5) * (users.log_weight[k] + users.log_rate[k])
        features = room.features[k]
        features[0] = users.log_rate[k] / np.float32(3)
        features[1] = at.own[k]
        features[2] = users.logs[n_users + k] / np.float32(2)
        features[3] = users.logs[k] - users.logs[n_users + k]
        features[4] = users.last_g[k] - users.log_g[k]
        features[5] = at.noise[k] / at.disturbance[k]
        features[9] = users.log_weight[k]
