"""ICGNN for precoding without an inverse, compiled: see :mod:`coplug.models.icgnn_precoding_cg`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.downlink.station import LEAST, Station, new_station
from coplug.inference.architectures.icgnn import FEATURES, WIDTH
from coplug.inference.conjugate_gradients import (
    Descent,
    begin_descent,
    column_squares,
    descend,
    find_residual,
    new_descent,
)
from coplug.inference.icgnn import (
    Float32,
    Stages,
    answer,
    exchange_directed,
    make_stages,
    new_room,
    send,
    stage_names,
)
from coplug.inference.icgnn_precoding import (
    Precoder,
    Users,
    begin,
    correct,
    describe_channel,
    new_users,
    step_and_describe,
    weighted_rate,
)
from coplug.inference.logarithms import exponentials, logarithms
from coplug.jit import fast_kernel, inlined_kernel


def build(tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]) -> Precoder:
    """Make the network of a weights directory."""
    return partial(precode, make_stages(tensors, stage_names(config)), np.exp(tensors["paces"]))


@fast_kernel
def precode(
    net: Stages,
    paces: Float32,
    gram: NDArray[np.complex64],
    noise: Float32,
    error: Float32,
    weights: Float32,
    out: NDArray[np.complex64],
    stages: NDArray[np.int64],
    most: int,
) -> None:
    """Find a precoder for each channel: that of the stage with the highest rate.

    Parameters
    ----------
    net : Stages
    paces : float32, shape (n_stages, n_steps)
        By which the lengths of steps are multiplied.
    gram, noise, error, weights, out, stages, most
        See :func:`coplug.inference.icgnn_precoding.precode`; stage 0 is maximum ratio transmission.
    """
    n_users, n_stages = gram.shape[1], min(len(paces), most)
    at, room, descent = new_station(noise, n_users), new_room(net, n_users), new_descent(n_users)
    users, numbers = new_users(n_users), np.empty((4, n_users), np.float32)
    halves = np.empty((2, n_users, WIDTH), np.float32)
    loading, preconditioner, residual, diagonal = numbers[0], numbers[1], numbers[2], numbers[3]
    for c in range(len(gram)):
        begin(at, users, weights[c])
        _find_loading(at, noise[c], loading)
        begin_descent(gram[c], loading, descent)
        residual[:] = 1
        for k in range(n_users):
            preconditioner[k] = descent.gram[0, k, k] + np.float32(LEAST)
        logarithms(preconditioner, diagonal)
        describe_channel(room.features[:, 6:9], noise[c], error[c])
        highest = np.float32(-1)
        for stage in range(n_stages + 1):
            power = _evaluate(descent, noise[c], at, users)
            rate = weighted_rate(at, users, weights[c])
            if rate > highest:
                highest, stages[c] = rate, stage
                _write(descent, at, power, out[c])
            if stage == n_stages:
                break
            step_and_describe(at, room, users, weights[c])
            logarithms(residual, users.room)
            for k in range(n_users):
                room.features[k, len(FEATURES)] = users.room[k] / np.float32(10)
                room.features[k, len(FEATURES) + 1] = diagonal[k]
            send(net, stage, room, users.to_sufferers, users.to_causes)
            exchange_directed(room, at.squares, halves, users.from_causes, users.from_sufferers)
            answer(net, stage, room)
            correct(at, room, users)
            exponentials(room.change[2], preconditioner)
            _find_loading(at, noise[c], loading)
            for k in range(n_users):
                preconditioner[k] /= descent.gram[0, k, k] + loading[k]
            find_residual(loading, descent)
            for step in range(paces.shape[1]):
                descend(loading, preconditioner, paces[stage, step], descent)
            column_squares(descent.residual, residual)
            for k in range(n_users):
                residual[k] += np.float32(LEAST)


@inlined_kernel
def _find_loading(at: Station, noise: Any, loading: Float32) -> None:
    """Write ``c``."""
    total = np.float32(0)
    for k in range(len(loading)):
        total += at.s[k] * at.s[k]
    for k in range(len(loading)):
        loading[k] = noise * total / (at.s[k] * at.s[k])


@inlined_kernel
def _evaluate(descent: Descent, noise: Any, at: Station, users: Users) -> Any:
    """Fill in what a precoder does and the factors of messages; returns its power before it is scaled to 1."""
    n, moved, solution = len(at.s), descent.moved, descent.solution
    power = np.float32(0)
    for j in range(n):
        descent.first[j] = 0
        users.room[j] = at.g[j] / at.s[j]
        users.room[j] *= users.room[j]
    for k in range(n):
        total = np.float32(0)
        for j in range(n):
            square = moved[k, j] * moved[k, j] + moved[k, n + j] * moved[k, n + j]
            at.squares[k, j] = square
            total += square * users.room[j]
            descent.first[j] += solution[k, j] * moved[k, j] + solution[k, n + j] * moved[k, n + j]
        own = at.squares[k, k]
        at.squares[k, k] = 0
        at.own[k] = np.sqrt(own + np.float32(LEAST * LEAST))
        at.sinr[k] = own * users.room[k]
        at.disturbance[k] = max(total - at.sinr[k], np.float32(0))
    for j in range(n):
        power += users.room[j] * max(descent.first[j], np.float32(0))
    amplitude = 1 / np.sqrt(power + np.float32(LEAST))
    for k in range(n):
        square = at.s[k] * at.s[k]
        at.noise[k] = square * noise * power
        at.disturbance[k] = square * at.disturbance[k] + at.noise[k] + np.float32(LEAST)
        at.sinr[k] *= square / at.disturbance[k]
        at.gain[k] = at.own[k] * at.g[k] * amplitude
        users.to_sufferers[k] = users.from_sufferers[k] = users.room[k]
        users.to_causes[k] = users.from_causes[k] = square / at.disturbance[k]
    return power


@inlined_kernel
def _write(descent: Descent, at: Station, power: Any, out: NDArray[np.complex64]) -> None:
    """Write ``X`` to ``out``: the precoder of power 1 is ``H^H X``."""
    n, amplitude = len(out), 1 / np.sqrt(power + np.float32(LEAST))
    for k in range(n):
        for j in range(n):
            factor = at.g[j] / at.s[j] * amplitude
            out[k, j] = complex(descent.solution[k, j] * factor, descent.solution[k, n + j] * factor)
