"""Observed cascades: which nodes became active together, and when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, shown
from coplug.problems.influence.node_files import NodeNames, numbered_rows

COLUMNS = ("cascade", "node", "time")


@dataclass(frozen=True, eq=False)
class Cascades:
    """Sets of nodes that became active, each from seeds that nobody has to name.

    Attributes
    ----------
    ptr : int64, shape (n_cascades + 1,)
        The nodes of cascade ``i`` are ``nodes[ptr[i]:ptr[i + 1]]``.
    nodes : int32, shape (ptr[-1],)
        By time, each once in a cascade.
    times : float64, shape (ptr[-1],), or None
        When they became active; the seeds of a cascade are those of its earliest time.
    notes : tuple of str
        What was left out.
    """

    ptr: NDArray[np.int64]
    nodes: NDArray[np.int32]
    times: NDArray[np.float64] | None
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many cascades there are."""
        return len(self.ptr) - 1

    def part(self, first: int, end: int) -> Cascades:
        """Return the cascades of some numbers."""
        begin, stop = self.ptr[first], self.ptr[end]
        times = None if self.times is None else self.times[begin:stop]
        return Cascades(self.ptr[first : end + 1] - begin, self.nodes[begin:stop], times)

    def seeds(self, cascade: int) -> NDArray[np.int32]:
        """Return the nodes of a cascade's earliest time; only where there are times."""
        assert self.times is not None
        begin, end = self.ptr[cascade], self.ptr[cascade + 1]
        earliest: NDArray[np.int32] = self.nodes[begin:end][self.times[begin:end] == self.times[begin]]
        return earliest


def read_cascades(path: Path, names: NodeNames) -> Cascades:
    """Read a CSV file with a heading ``cascade,node,time`` or ``cascade,node``; its lines may be in any order.

    Of several times of a node in a cascade the first counts.

    Raises
    ------
    InstanceError
        If the file cannot be read, has another heading, no line, a node that is unknown, or a time that is no finite
        number.
    """
    rows = numbered_rows(path)
    heading = tuple(word.strip().lower() for word in next(rows, (1, []))[1])
    if heading not in (COLUMNS, COLUMNS[:2]):
        raise InstanceError(
            f"{path}: the heading is {shown(','.join(heading))}; expected cascade,node,time or cascade,node"
        )
    found: dict[str, dict[int, float]] = {}
    n_repeated = 0
    for number, row in rows:
        if not row:
            continue
        where = f"{path}, line {number}"
        if len(row) != len(heading):
            raise InstanceError(f"{where}: expected {','.join(heading)}, found {shown(','.join(row))}")
        node, time = names.number(row[1].strip(), where), _time(row[2], where) if len(row) == 3 else 0.0
        cascade = found.setdefault(row[0].strip(), {})
        n_repeated += node in cascade
        cascade[node] = min(time, cascade.get(node, math.inf))
    if not found:
        raise InstanceError(f"{path} has no cascades; nothing can be learned from it")
    return _assembled(
        [sorted(one.items(), key=lambda pair: pair[1]) for one in found.values()], heading, n_repeated
    )


def _assembled(found: list[list[tuple[int, float]]], heading: tuple[str, ...], n_repeated: int) -> Cascades:
    ptr = np.cumsum([0, *map(len, found)]).astype(np.int64)
    nodes = np.array([node for one in found for node, _ in one], np.int32)
    times = np.array([time for one in found for _, time in one])
    again = "node comes" if n_repeated == 1 else "nodes come"
    notes = (f"{n_repeated} {again} again in a cascade, the first time counts",) if n_repeated else ()
    return Cascades(ptr, nodes, times if len(heading) == 3 else None, notes)


def _time(text: str, where: str) -> float:
    try:
        time = float(text)
    except ValueError:
        time = math.nan
    if not math.isfinite(time):
        raise InstanceError(f"{where}: the time {shown(text)} is no finite number")
    return time
