"""ICGNN for power allocation compiled, for batches: see :mod:`coplug.models.icgnn_power`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.downlink.links import Links, allocate, evaluate_links, full_power, new_links
from coplug.inference.architectures.icgnn import LOG_RANGE, MESSAGE
from coplug.inference.icgnn import Room, Stages, answer, make_stages, new_room, send, stage_names
from coplug.jit import fast_kernel, inlined_kernel

Float64 = NDArray[np.float64]

LEAST = 1e-20
LEAST_PRICE = float(np.exp(-3.0 * LOG_RANGE))


class Allocator(NamedTuple):
    """A network.

    Attributes
    ----------
    stages : Stages
    least_rate : bool
        Whether it is for the least rate; else for the sum.
    """

    stages: Stages
    least_rate: bool


def build(tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]) -> Allocator:
    """Make the network of a weights directory."""
    return Allocator(make_stages(tensors, stage_names(config)), bool(config["least_rate"]))


@fast_kernel
def allocate_batch(
    net: Stages,
    least_rate: bool,
    gain: Float64,
    fading: Float64,
    amplitudes: Float64,
    stages: NDArray[np.int64],
) -> None:
    """Allocate power: full power, or what a stage of the network says, whichever is best.

    Parameters
    ----------
    net : Stages
    least_rate : bool
    gain, fading : float64, shape (b, n_aps, n_users)
        See :mod:`coplug.algorithms.downlink.links`.
    amplitudes : float64, shape (b, n_aps, n_users)
        Written.
    stages : int64, shape (b,)
        Written: the stage that was best; 0 is full power.
    """
    b, n_aps, n_users = gain.shape
    at, room = new_links(gain, n_aps, n_users), new_room(net, n_users)
    shares = np.empty((n_users, n_users), np.float32)
    ones = np.ones(n_users, np.float32)
    for c in range(b):
        at.price[:] = 1
        best = -1.0
        for stage in range(len(net.own) + 1):
            if stage == 0:
                full_power(gain[c], at)
            else:
                allocate(gain[c], fading[c], at)
            evaluate_links(gain[c], fading[c], at)
            rate = _rate(at, least_rate)
            if rate > best:
                best, stages[c] = rate, stage
                amplitudes[c] = at.amplitudes
            if stage < len(net.own):
                _fill_shares(fading[c], at, shares)
                _describe(at, room, least_rate, n_aps)
                send(net, stage, room, ones, ones)
                _exchange(room, shares)
                answer(net, stage, room)
                _move(at, room)


@inlined_kernel
def _rate(at: Links, least_rate: bool) -> float:
    """Return what counts, up to a rising function."""
    least, product = np.inf, 0.0
    for k in range(len(at.signal)):
        sinr = at.signal[k] * at.signal[k] / at.disturbance[k]
        least = min(least, sinr)
        product += np.log(1 + sinr)
    return least if least_rate else product


@inlined_kernel
def _fill_shares(fading: Float64, at: Links, shares: NDArray[np.float32]) -> None:
    """Fill in whose stream is which part of a user's disturbance."""
    n_aps, n_users = fading.shape
    shares[:] = 0
    for m in range(n_aps):
        for j in range(n_users):
            power = np.float32(at.amplitudes[m, j] * at.amplitudes[m, j])
            for k in range(n_users):
                shares[j, k] += power * np.float32(fading[m, k])
    for j in range(n_users):
        for k in range(n_users):
            shares[j, k] /= np.float32(at.disturbance[k])


@inlined_kernel
def _describe(at: Links, room: Room, least_rate: bool, n_aps: int) -> None:
    """Take the classical step of the price, and write the features of users."""
    n_users = len(at.price)
    mean, least, total = 0.0, np.inf, 0.0
    for k in range(n_users):
        sinr = at.signal[k] * at.signal[k] / at.disturbance[k]
        log_sinr = np.log(sinr + LEAST)
        mean += log_sinr / n_users
        least = min(least, log_sinr)
        # The charge is free until the next allocation: it keeps the last price.
        at.charge[k] = np.log(at.price[k])
        if least_rate:
            at.price[k] /= np.sqrt(sinr + LEAST)
        else:
            at.price[k] = at.signal[k] / (at.disturbance[k] * (1 + sinr))
        total += at.price[k]
        room.features[k, 0] = np.log(1 + sinr) / 3
        room.features[k, 1] = log_sinr
    for k in range(n_users):
        at.price[k] = max(at.price[k] * n_users / total, LEAST_PRICE)
        log_price, log_sinr = np.log(at.price[k]), room.features[k, 1]
        room.features[k, 1] = (log_sinr - mean) / 3
        room.features[k, 2] = (log_sinr - least) / 3
        room.features[k, 3] = log_price / 3
        room.features[k, 4] = log_price - at.charge[k]
        room.features[k, 5] = 1 / at.disturbance[k]
        room.features[k, 6] = np.log(n_aps) / 5
        room.features[k, 7] = np.log(n_users) / 3


@inlined_kernel
def _exchange(room: Room, shares: NDArray[np.float32]) -> None:
    """Fill in what users receive: from the causes of what they suffer, then from those who suffer from them."""
    n_users = len(shares)
    room.received[:] = 0
    for k in range(n_users):
        for j in range(n_users):
            suffered, caused = shares[j, k], shares[k, j]
            for m in range(MESSAGE):
                room.received[k, m] += suffered * room.sent[j, m]
                room.received[k, MESSAGE + m] += caused * room.sent[j, MESSAGE + m]


@inlined_kernel
def _move(at: Links, room: Room) -> None:
    """Correct price and charge by what the network says."""
    n_users, total = len(at.price), 0.0
    for k in range(n_users):
        at.price[k] *= np.exp(room.change[0, k])
        total += at.price[k]
    for k in range(n_users):
        at.price[k] = max(at.price[k] * n_users / total, LEAST_PRICE)
        at.charge[k] = at.price[k] * np.exp(room.change[1, k]) * at.signal[k] / at.disturbance[k]
