"""Tables: where each node forwards a packet for each destination; written, read, and repaired after links fail."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.files import make_directory, write_atomically
from coplug.jit import kernel

from .network import Links, Network
from .perceptron import NOTHING, Perceptron
from .rules import Scratch, new_scratch, next_node
from .shortest import pop, push, shortest_to
from .walks import distances_to, link_cost

INDEX = "tables.csv"
HEADING = ("destination", "next")


@dataclass(frozen=True, eq=False)
class Tables:
    """Forwarding decisions.

    Attributes
    ----------
    following : int32, shape (n_nodes, n_nodes)
        ``following[dest, node]`` is where ``node`` forwards a packet for ``dest``; -1 for nowhere.
    """

    following: NDArray[np.int32]


@dataclass(frozen=True)
class Repair:
    """What a repair of tables took.

    Attributes
    ----------
    lost : int
        Pairs that the tables did not deliver before.
    changed : int
        Entries of connected pairs that are others now.
    entries : int
        Entries of connected pairs.
    """

    lost: int
    changed: int
    entries: int


def tables_of(network: Network, rule: int | None, net: Perceptron = NOTHING) -> Tables:
    """Return the decisions of a rule without origin, or those of the cheapest routes if it is None."""
    n = network.n_nodes
    following = np.full((n, n), -1, np.int32)
    links, scratch = network.links, new_scratch(network.links, net)
    for dest in range(n):
        if rule is None:
            following[dest] = shortest_to(links, dest)[1]
        else:
            following[dest] = _decided(links, rule, net, dest, scratch)
    return Tables(following)


@kernel
def _decided(links: Links, rule: int, net: Perceptron, dest: int, scratch: Scratch) -> NDArray[np.int32]:
    """Return where a rule forwards packets for a destination, int32, shape (n_nodes,)."""
    to_dest = distances_to(links, dest)
    following = np.full(len(links.ptr) - 1, -1, np.int32)
    for node in range(len(following)):
        if node != dest:
            following[node] = next_node(links, rule, net, node, dest, to_dest, scratch)
    return following


@kernel
def followed(links: Links, following: NDArray[np.int32], dest: int) -> NDArray[np.float64]:
    """Return what routes along decisions cost, infinite where they end, loop or use a link that is not there.

    Parameters
    ----------
    links : Links
    following : int32, shape (n_nodes,)
        For this destination.
    dest : int

    Returns
    -------
    float64, shape (n_nodes,)
    """
    n = len(following)
    costs = np.full(n, -1.0)
    costs[dest] = 0.0
    trail = np.empty(n, np.int32)
    for origin in range(n):
        node, length = origin, 0
        while costs[node] == -1.0:
            costs[node] = -2.0
            trail[length] = node
            length += 1
            if following[node] < 0 or link_cost(links, node, following[node]) == np.inf:
                break
            node = following[node]
        total = np.inf if costs[node] == -2.0 else costs[node]
        for k in range(length - 1, -1, -1):
            if total < np.inf:
                total += link_cost(links, trail[k], following[trail[k]])
            costs[trail[k]] = total
    return costs


def repaired(tables: Tables, network: Network) -> tuple[Tables, Repair]:
    """Return tables that deliver every connected pair of a network, and change as few entries as that takes.

    Nodes whose packets are lost are attached to those whose packets arrive, the cheapest way first; no other decides
    anew. Of a table of cheapest routes it is the local repair of the part below a failed link.
    """
    links, following = network.links, tables.following.copy()
    lost = changed = entries = 0
    for dest in range(network.n_nodes):
        costs = followed(links, following[dest], dest)
        fresh = _attached(links, costs, following[dest])
        lost += int((np.isinf(costs) & (fresh >= 0)).sum())
        changed += int(((fresh != following[dest]) & (fresh >= 0)).sum())
        following[dest] = fresh
        entries += int((fresh >= 0).sum())
    return Tables(following), Repair(lost, changed, entries)


@kernel
def _attached(links: Links, costs: NDArray[np.float64], following: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return decisions in which nodes of infinite cost are attached to the others, by Dijkstra's algorithm."""
    fresh = following.copy()
    best = costs.copy()
    keys = np.empty(len(links.ends) + len(costs) + 1)
    items = np.empty(len(links.ends) + len(costs) + 1, np.int32)
    size = 0
    for node in range(len(costs)):
        if costs[node] < np.inf:
            continue
        fresh[node] = -1
        for k in range(links.ptr[node], links.ptr[node + 1]):
            end = links.ends[k]
            if costs[end] < np.inf and costs[end] + links.costs[k] < best[node]:
                best[node], fresh[node] = costs[end] + links.costs[k], end
        if best[node] < np.inf:
            size = push(keys, items, size, best[node], node)
    while size > 0:
        key, node = keys[0], items[0]
        size = pop(keys, items, size)
        if key > best[node]:
            continue
        for k in range(links.ptr[node], links.ptr[node + 1]):
            end, cost = links.ends[k], key + links.costs[k]
            if costs[end] == np.inf and cost < best[end]:
                best[end], fresh[end] = cost, node
                size = push(keys, items, size, cost, end)
    return fresh


def write_tables(tables: Tables, network: Network, directory: Path) -> None:
    """Write a CSV file for each node, ``destination,next`` a line, and ``tables.csv``, which says whose each file is.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    make_directory(directory)
    names = [str(name) for name in network.names]
    width = len(str(max(0, len(names) - 1)))
    files = [f"node-{node:0{width}d}.csv" for node in range(len(names))]
    for node, file in enumerate(files):
        rows = [
            (names[dest], names[following])
            for dest, following in enumerate(tables.following[:, node].tolist())
            if following >= 0
        ]
        write_atomically(directory / file, _csv([HEADING, *rows]))
    write_atomically(directory / INDEX, _csv([("node", "file"), *zip(names, files, strict=True)]))


def read_tables(directory: Path, network: Network) -> Tables:
    """Read what :func:`write_tables` wrote, for a network with the same names.

    Raises
    ------
    InstanceError
        If a file is missing or damaged, or names a node that the network does not have.
    """
    number = {str(name): node for node, name in enumerate(network.names)}
    following = np.full((network.n_nodes, network.n_nodes), -1, np.int32)
    for name, file in _read(directory / INDEX, ("node", "file")):
        node = _known(number, name, directory / INDEX)
        for dest, end in _read(directory / file, HEADING):
            where = directory / file
            following[_known(number, dest, where), node] = _known(number, end, where)
    return Tables(following)


def _known(number: dict[str, int], name: str, where: Path) -> int:
    if name not in number:
        raise InstanceError(f"{where} names node {name!r}, which the network does not have")
    return number[name]


def _read(path: Path, heading: tuple[str, ...]) -> list[tuple[str, str]]:
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InstanceError(f"{path} cannot be read ({error}); write the tables again by --tables") from error
    if not rows or tuple(rows[0]) != heading or any(len(row) != 2 for row in rows):
        raise InstanceError(f"{path} is no table; expected {','.join(heading)} and two names a line")
    return [(a, b) for a, b in rows[1:]]


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
