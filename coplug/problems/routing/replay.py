"""Packets that follow exported tables hop by hop: a check that shares nothing with the compiled walks."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path


def forwarding(directory: Path) -> dict[str, dict[str, str]]:
    """Return by node, then by destination, the next node, as the files of a directory say."""
    with (directory / "tables.csv").open(newline="") as stream:
        files = {row["node"]: row["file"] for row in csv.DictReader(stream)}
    found = {}
    for node, file in files.items():
        with (directory / file).open(newline="") as stream:
            found[node] = {row["destination"]: row["next"] for row in csv.DictReader(stream)}
    return found


def replay(
    tables: Mapping[str, Mapping[str, str]],
    costs: Mapping[tuple[str, str], float],
    origin: str,
    dest: str,
) -> tuple[list[str], float | None]:
    """Let one packet follow the tables.

    Parameters
    ----------
    tables : mapping
        As :func:`forwarding` returns.
    costs : mapping
        Of each link, both ways.
    origin, dest : str

    Returns
    -------
    path : list of str
        The nodes that it was at.
    cost : float or None
        None if it was lost: no entry, no such link, or a node again.
    """
    path, total = [origin], 0.0
    while path[-1] != dest:
        following = tables[path[-1]].get(dest)
        if following is None or (path[-1], following) not in costs or following in path:
            return path, None
        total += costs[path[-1], following]
        path.append(following)
    return path, total
