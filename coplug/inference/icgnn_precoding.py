"""ICGNN for precoding compiled, for batches: see :mod:`coplug.models.icgnn_precoding`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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
from coplug.inference.icgnn import Float32, Room, Stages, answer, exchange, make_stages, new_room, send
from coplug.inference.logarithms import exponentials, logarithms
from coplug.jit import fast_kernel, inlined_kernel


class Users(NamedTuple):
    """Numbers of users beside a station; float32, shape (n_users,).

    Attributes
    ----------
    log_weight, log_rate, log_s, log_g, last_s, last_g : Float32
        Natural logarithms: of weights, ``1 + sinr``, ``s`` and ``g``, these as they are and as they were evaluated.
    to_sufferers, to_causes, from_causes, from_sufferers : Float32
        Factors of messages.
    room : Float32
    """

    log_weight: Float32
    log_rate: Float32
    log_s: Float32
    log_g: Float32
    last_s: Float32
    last_g: Float32
    to_sufferers: Float32
    to_causes: Float32
    from_causes: Float32
    from_sufferers: Float32
    room: Float32


def build(tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]) -> Stages:
    """Make the network of a weights directory."""
    return make_stages(tensors, config)


@fast_kernel
def precode(
    net: Stages,
    gram: NDArray[np.complex64],
    noise: Float32,
    error: Float32,
    weights: Float32,
    out: NDArray[np.complex64],
    stages: NDArray[np.int64],
) -> None:
    """Find a precoder for each channel: RZF, or that of a stage of the network, whichever has the highest rate.

    Parameters
    ----------
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
        Written: the stage that was best; 0 is RZF.
    """
    n_users, n_stages = gram.shape[1], len(net.own)
    at, room = new_station(noise, n_users), new_room(net, n_users)
    users, best = _new_users(n_users), np.empty((2, n_users), np.float32)
    for c in range(len(gram)):
        for k in range(n_users):
            at.s[k] = at.g[k] = 1
            users.log_s[k] = users.log_g[k] = 0
            users.room[k] = weights[c, k] + np.float32(LEAST)
        logarithms(users.room, users.log_weight)
        highest = np.float32(-1)
        power = np.float32(0)
        for stage in range(n_stages + 1):
            mu, power = evaluate(gram[c], noise[c], at)
            rate = _weighted_rate(at, users, weights[c])
            if rate > highest:
                highest, stages[c] = rate, stage
                for k in range(n_users):
                    best[0, k], best[1, k] = at.s[k], at.g[k]
            if stage < n_stages:
                _move(net, stage, at, room, users, mu, noise[c], error[c], weights[c])
        if stages[c] < n_stages:
            for k in range(n_users):
                at.s[k], at.g[k] = best[0, k], best[1, k]
            _, power = evaluate(gram[c], noise[c], at)
        write_duals(at, power, out[c])


@inlined_kernel
def _weighted_rate(at: Station, users: Users, weights: Float32) -> Any:
    """Return the weighted sum of rates, in nat, and keep their logarithms."""
    for k in range(len(weights)):
        users.room[k] = np.float32(1) + at.sinr[k]
    logarithms(users.room, users.log_rate)
    total = np.float32(0)
    for k in range(len(weights)):
        total += weights[k] * users.log_rate[k]
    return total


@fast_kernel
def _new_users(n_users: int) -> Users:
    rows = np.empty((11, n_users), np.float32)
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
        rows[9],
        rows[10],
    )


@inlined_kernel
def _move(
    net: Stages,
    stage: int,
    at: Station,
    room: Room,
    users: Users,
    mu: Any,
    noise: Any,
    error: Any,
    weights: Float32,
) -> None:
    """Take the step of weighted MMSE with the correction of the network."""
    n_users = len(weights)
    for k in range(n_users):
        users.last_s[k], users.last_g[k] = users.log_s[k], users.log_g[k]
        suffering = mu * mu * at.g[k] * at.g[k]
        users.to_sufferers[k] = at.g[k] * at.g[k]
        users.to_causes[k] = 1 / at.disturbance[k]
        users.from_causes[k] = mu * mu / at.disturbance[k]
        users.from_sufferers[k] = suffering
    wmmse_step(at, weights)
    logarithms(at.s, users.log_s)
    _describe(at, room, users, noise, error)
    send(net, stage, room, users.to_sufferers, users.to_causes)
    exchange(room, at.squares, users.from_causes, users.from_sufferers)
    answer(net, stage, room)
    exponentials(room.change[0], users.room)
    for k in range(n_users):
        at.s[k] *= users.room[k]
    exponentials(room.change[1], users.room)
    for k in range(n_users):
        at.g[k] *= users.room[k]
        users.log_g[k] += room.change[1, k]
    normalise(at.s)
    logarithms(at.s, users.log_s)


@inlined_kernel
def _describe(at: Station, room: Room, users: Users, noise: Any, error: Any) -> None:
    """Write the features of users, after the step of weighted MMSE."""
    n_users = len(users.log_s)
    snr = -np.log(noise) / np.float32(5)
    size = np.float32(np.log(np.float32(n_users)) / np.float32(3))
    for k in range(n_users):
        users.log_g[k] = np.float32(0.5) * (users.log_weight[k] + users.log_rate[k])
        features = room.features[k]
        features[0] = users.log_rate[k] / np.float32(3)
        features[1] = at.own[k]
        features[2] = users.log_s[k] / np.float32(2)
        features[3] = users.last_s[k] - users.log_s[k]
        features[4] = users.last_g[k] - users.log_g[k]
        features[5] = at.noise[k] / at.disturbance[k]
        features[6] = snr
        features[7] = size
        features[8] = error
        features[9] = users.log_weight[k]
