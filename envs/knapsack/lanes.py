"""Knapsacks that are filled side by side, each of an instance of its own, by one compiled call a step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.envs.turns import (
    FINE,
    SAME_STEP,
    Conduct,
    Turns,
    begin_episode,
    count_illegal,
    end_step,
    fault_of,
    no_step,
)
from coplug.jit import kernel
from coplug.random_kernels import uniform_integer

Float32 = NDArray[np.float32]
Int = NDArray[np.int64]


class Seen(NamedTuple):
    """What is observed of n instances with I items, m objectives, c constraints and k knapsacks.

    Attributes
    ----------
    profits : float32, shape (n, m, k * I)
    weights : float32, shape (n, c, k * I)
    inside : int64, shape (n, k * I)
    room : float32, shape (n, k, c)
    masks : int8, shape (n, k * I)
    objectives : float64, shape (n, m)
    """

    profits: Float32
    weights: Float32
    inside: Int
    room: Float32
    masks: NDArray[np.int8]
    objectives: NDArray[np.float64]


class Lanes(NamedTuple):
    """Where n episodes stand.

    Attributes
    ----------
    profits : int64, shape (n, m, I)
    weights : int64, shape (n, c, I)
    capacities : int64, shape (n, c)
    room : int64, shape (n, k, c)
    worth : float64, shape (m,)
        Weights of the objectives.
    now, last : Seen
        Of the running episodes; and, where they are started in the step in which others end, of those.
    """

    profits: Int
    weights: Int
    capacities: Int
    room: Int
    worth: NDArray[np.float64]
    now: Seen
    last: Seen


class Supply(NamedTuple):
    """Where instances come from: drawn with numbers up to ``largest`` if that is not 0, else some that are given.

    Attributes
    ----------
    largest : int
    share : float
        Of the weight that a capacity holds.
    profits : int64, shape (n_instances, m, I)
    weights : int64, shape (n_instances, c, I)
    capacities : int64, shape (n_instances, c)
    """

    largest: int
    share: float
    profits: Int
    weights: Int
    capacities: Int


def no_lanes(
    n: int, shape: tuple[int, int, int], n_knapsacks: int, worth: NDArray[np.float64], keeps: bool
) -> Lanes:
    """Return n lanes without instances, of a shape (objectives, items, constraints)."""
    m, items, c = shape

    n_actions = n_knapsacks * items

    def seen(n: int) -> Seen:
        return Seen(
            np.zeros((n, m, n_actions), np.float32),
            np.zeros((n, c, n_actions), np.float32),
            np.zeros((n, n_actions), np.int64),
            np.zeros((n, n_knapsacks, c), np.float32),
            np.zeros((n, n_actions), np.int8),
            np.zeros((n, m)),
        )

    return Lanes(
        np.zeros((n, m, items), np.int64),
        np.zeros((n, c, items), np.int64),
        np.zeros((n, c), np.int64),
        np.zeros((n, n_knapsacks, c), np.int64),
        worth,
        seen(n),
        seen(n if keeps else 0),
    )


@kernel
def reset_lanes(lanes: Lanes, turns: Turns, supply: Supply, which: NDArray[np.bool_]) -> None:
    """Start an episode in some lanes."""
    for i in range(len(which)):
        turns.fresh[i] = False
        if which[i]:
            _start(lanes, turns, supply, i)


@kernel
def step_lanes(lanes: Lanes, turns: Turns, supply: Supply, conduct: Conduct, actions: Int) -> tuple[int, int]:
    """Act in every lane, or start its next episode."""
    fault, where = fault_of(turns, conduct, lanes.now.masks, actions)
    if fault != FINE:
        return fault, where
    for i in range(len(actions)):
        turns.fresh[i] = False
        starts = turns.over[i]
        if starts:
            no_step(turns, i)
        else:
            _act(lanes, turns, conduct, i, actions[i])
            if conduct.mode == SAME_STEP and turns.over[i]:
                _keep_last(lanes, i)
                starts = True
        if starts:
            _start(lanes, turns, supply, i)
    return FINE, 0


@kernel
def _act(lanes: Lanes, turns: Turns, conduct: Conduct, i: int, action: int) -> None:
    if not lanes.now.masks[i, action]:
        end_step(turns, conduct, i, count_illegal(turns, i), False, False)
        return
    n_items = lanes.profits.shape[2]
    where, item = action // n_items, action % n_items
    lanes.now.inside[i, action] = 1
    reward = 0.0
    for j in range(lanes.profits.shape[1]):
        lanes.now.objectives[i, j] += lanes.profits[i, j, item]
        reward += lanes.worth[j] * lanes.profits[i, j, item]
    for r in range(lanes.capacities.shape[1]):
        lanes.room[i, where, r] -= lanes.weights[i, r, item]
    _show_room(lanes, i)
    turns.n_legal[i] = _mask(lanes, i)
    end_step(turns, conduct, i, reward, turns.n_legal[i] == 0, False)


@kernel
def _mask(lanes: Lanes, i: int) -> int:
    """Write which actions are legal, and return how many are."""
    n_items, n_legal = lanes.profits.shape[2], 0
    for item in range(n_items):
        outside = True
        for k in range(lanes.room.shape[1]):
            outside &= lanes.now.inside[i, k * n_items + item] == 0
        for k in range(lanes.room.shape[1]):
            legal = outside
            for r in range(lanes.capacities.shape[1]):
                legal &= lanes.weights[i, r, item] <= lanes.room[i, k, r]
            lanes.now.masks[i, k * n_items + item] = legal
            n_legal += legal
    return n_legal


@kernel
def _show_room(lanes: Lanes, i: int) -> None:
    for k in range(lanes.room.shape[1]):
        for r in range(lanes.capacities.shape[1]):
            lanes.now.room[i, k, r] = lanes.room[i, k, r] / max(1, lanes.capacities[i, r])


@kernel
def _start(lanes: Lanes, turns: Turns, supply: Supply, i: int) -> None:
    """Start an episode with the next instance."""
    if supply.largest > 0:
        _draw(lanes.profits[i], turns.random[i], supply.largest)
        _draw(lanes.weights[i], turns.random[i], supply.largest)
        _set_capacities(lanes, i, supply.share)
    else:
        at = uniform_integer(turns.random[i], 0, len(supply.capacities) - 1)
        _copy(supply.profits[at].reshape(-1), lanes.profits[i].reshape(-1))
        _copy(supply.weights[at].reshape(-1), lanes.weights[i].reshape(-1))
        _copy(supply.capacities[at], lanes.capacities[i])
    n_items = lanes.profits.shape[2]
    for j in range(lanes.profits.shape[1]):
        lanes.now.objectives[i, j] = 0.0
        largest = 1
        for item in range(n_items):
            largest = max(largest, lanes.profits[i, j, item])
        for action in range(lanes.now.inside.shape[1]):
            lanes.now.profits[i, j, action] = lanes.profits[i, j, action % n_items] / largest
    for r in range(lanes.capacities.shape[1]):
        for action in range(lanes.now.inside.shape[1]):
            share = lanes.weights[i, r, action % n_items] / max(1, lanes.capacities[i, r])
            lanes.now.weights[i, r, action] = min(share, 1.0)
        for k in range(lanes.room.shape[1]):
            lanes.room[i, k, r] = lanes.capacities[i, r]
    for action in range(lanes.now.inside.shape[1]):
        lanes.now.inside[i, action] = 0
    _show_room(lanes, i)
    turns.n_legal[i] = _mask(lanes, i)
    begin_episode(turns, i)


@kernel
def _draw(rows: Int, random: NDArray[np.uint64], largest: int) -> None:
    for j in range(rows.shape[0]):
        for item in range(rows.shape[1]):
            rows[j, item] = uniform_integer(random, 1, largest)


@kernel
def _set_capacities(lanes: Lanes, i: int, share: float) -> None:
    """Set what a share of the weight is, and at least what the lightest item weighs, as the family does."""
    n_rows, n_items = lanes.weights.shape[1], lanes.weights.shape[2]
    lightest, least = 0, 2**62
    for item in range(n_items):
        total = 0
        for r in range(n_rows):
            total += lanes.weights[i, r, item]
        if total < least:
            lightest, least = item, total
    for r in range(n_rows):
        total = 0
        for item in range(n_items):
            total += lanes.weights[i, r, item]
        lanes.capacities[i, r] = max(int(share * total), lanes.weights[i, r, lightest])


@kernel
def _keep_last(lanes: Lanes, i: int) -> None:
    _copy(lanes.now.profits[i].reshape(-1), lanes.last.profits[i].reshape(-1))
    _copy(lanes.now.weights[i].reshape(-1), lanes.last.weights[i].reshape(-1))
    _copy(lanes.now.inside[i], lanes.last.inside[i])
    _copy(lanes.now.room[i].reshape(-1), lanes.last.room[i].reshape(-1))
    _copy(lanes.now.masks[i], lanes.last.masks[i])
    _copy(lanes.now.objectives[i], lanes.last.objectives[i])


@kernel
def _copy(source: NDArray[Any], target: NDArray[Any]) -> None:
    for k in range(len(source)):
        target[k] = source[k]
