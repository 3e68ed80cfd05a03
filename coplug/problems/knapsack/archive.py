"""The choices found so far that no other one dominates, one for each point; compiled searches offer to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.knapsack.instance import BoolArray, IntArray, Knapsack

REFUSED, TAKEN, FULL = 0, 1, 2
FIRST_ROOM = 256


class Archive(NamedTuple):
    """Room for choices, of which the first ``size[0]`` are there.

    Attributes
    ----------
    chosen : uint8, shape (room, n_items)
    values : int64, shape (room, n_objectives)
    is_new : uint8, shape (room,)
        1 until a search has looked at the choice's neighbours.
    size : int64, shape (1,)
    """

    chosen: NDArray[np.uint8]
    values: IntArray
    is_new: NDArray[np.uint8]
    size: IntArray


def empty_archive(knapsack: Knapsack) -> Archive:
    """Return an archive without choices."""
    return Archive(
        np.zeros((FIRST_ROOM, knapsack.n_items), np.uint8),
        np.zeros((FIRST_ROOM, knapsack.n_objectives), np.int64),
        np.zeros(FIRST_ROOM, np.uint8),
        np.zeros(1, np.int64),
    )


def with_room(archive: Archive) -> Archive:
    """Return the archive with twice the room; the number of choices is shared."""
    chosen, values, is_new = (np.concatenate([part, np.zeros_like(part)]) for part in archive[:3])
    return Archive(chosen, values, is_new, archive.size)


def offered(archive: Archive, knapsack: Knapsack, choices: BoolArray) -> Archive:
    """Return the archive after choices that fit were offered, bool, shape (n, n_items); it may have moved."""
    for chosen, value in zip(choices.astype(np.uint8), knapsack.values(choices), strict=True):
        while offer(archive, chosen, value) == FULL:
            archive = with_room(archive)
    return archive


def contents(archive: Archive) -> tuple[BoolArray, IntArray]:
    """Return choices, bool, shape (n, n_items), and their values, by the first objective from the best down."""
    n = int(archive.size[0])
    order = np.lexsort(-archive.values[:n].T[::-1])
    return archive.chosen[:n][order].astype(np.bool_), archive.values[:n][order]


@kernel
def is_covered(archive: Archive, value: IntArray) -> bool:
    """Tell whether a choice of the archive is at least as good in every objective."""
    n_objectives = len(value)
    for k in range(archive.size[0] - 1, -1, -1):
        j = 0
        while j < n_objectives and archive.values[k, j] >= value[j]:
            j += 1
        if j == n_objectives:
            return True
    return False


@kernel
def offer(archive: Archive, chosen: NDArray[np.uint8], value: IntArray) -> int:
    """Put a copy of a choice into the archive unless it is covered; the choices that it dominates leave."""
    if is_covered(archive, value):
        return REFUSED
    if archive.size[0] == len(archive.values):
        return FULL
    n_objectives, k = len(value), 0
    while k < archive.size[0]:
        j = 0
        while j < n_objectives and archive.values[k, j] <= value[j]:
            j += 1
        if j < n_objectives:
            k += 1
            continue
        archive.size[0] -= 1
        _copy(archive, archive.size[0], k)
    last = archive.size[0]
    for item in range(len(chosen)):
        archive.chosen[last, item] = chosen[item]
    for j in range(n_objectives):
        archive.values[last, j] = value[j]
    archive.is_new[last] = 1
    archive.size[0] += 1
    return TAKEN


@kernel
def _copy(archive: Archive, source: int, target: int) -> None:
    for item in range(archive.chosen.shape[1]):
        archive.chosen[target, item] = archive.chosen[source, item]
    for j in range(archive.values.shape[1]):
        archive.values[target, j] = archive.values[source, j]
    archive.is_new[target] = archive.is_new[source]
