"""A network: nodes with positions, and links that carry packets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from coplug.errors import UsageError
from coplug.graphs.rows import compressed_rows
from coplug.jit import kernel

from .geometry import GEOMETRIES, HYPERBOLIC, PLANE, distance, places

FARTHEST = {PLANE: 1e100, HYPERBOLIC: 300.0}
"""Largest coordinates: of more, squares or hyperbolic sines overflow."""


class Links(NamedTuple):
    """A network for compiled code.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
        The links of node ``v`` are those from ``ptr[v]`` to ``ptr[v + 1]``.
    ends : int32, shape (2 * n_links,)
        Where they lead, ascending within a node.
    spans : float64, shape (2 * n_links,)
        Distances of their ends.
    costs : float64, shape (2 * n_links,)
        What a route pays for them.
    place : float64, shape (n_nodes, 3)
        See :func:`~.geometry.places`.
    curved : bool
        Whether the geometry is hyperbolic.
    radius : float
        The unit that learned rules measure distances by.
    presumed : float
        Two nodes at most this far apart are presumed to be linked; -1 where links do not come from a radius.
    """

    ptr: NDArray[np.int64]
    ends: NDArray[np.int32]
    spans: NDArray[np.float64]
    costs: NDArray[np.float64]
    place: NDArray[np.float64]
    curved: bool
    radius: float
    presumed: float


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes with positions, and links without direction between them.

    Attributes
    ----------
    positions : float64, shape (n_nodes, 2)
        See :func:`~.geometry.places`.
    edges : int64, shape (n_links, 2)
        Different nodes, each pair at most once.
    weights : float64, shape (n_links,), or None
        What a route pays for a link, at least 0; None for its length.
    radius : float or None
        Within which nodes are linked; None if the links say nothing of one.
    geometry : {"plane", "hyperbolic"}
    names : sequence of int or str
        ``0, 1, ...`` if not given.
    notes : tuple of str
        What a reader changed.

    Raises
    ------
    UsageError
        If sizes do not fit, the geometry is unknown, or a number is not finite, negative or out of range.
    """

    positions: NDArray[np.float64]
    edges: NDArray[np.int64]
    weights: NDArray[np.float64] | None = None
    radius: float | None = None
    geometry: str = PLANE
    names: Sequence[int] | Sequence[str] = field(default=())
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.names) == 0:
            object.__setattr__(self, "names", range(self.n_nodes))
        if self.positions.shape != (len(self.names), 2) or not np.isfinite(self.positions).all():
            raise UsageError("positions of a network do not fit; give two finite numbers a node")
        if self.geometry not in GEOMETRIES:
            raise UsageError(f"geometry {self.geometry!r} is unknown; take {' or '.join(GEOMETRIES)}")
        farthest, most = np.abs(self.positions).max(initial=0.0), FARTHEST[self.geometry]
        if farthest > most:
            raise UsageError(f"a coordinate of {farthest:g} is out of range; take at most {most:g}")
        if self.edges.ndim != 2 or self.edges.shape[1] != 2:
            raise UsageError(f"edges of a network have shape {self.edges.shape}; give two nodes a link")
        if self.edges.size and not (self.edges.min() >= 0 and self.edges.max() < self.n_nodes):
            raise UsageError(f"a link has an end that is no node; take 0 to {self.n_nodes - 1}")
        if self.weights is None:
            return
        if self.weights.shape != (len(self.edges),) or not np.isfinite(self.weights).all():
            raise UsageError("weights of links do not fit; give a finite number each")
        if (self.weights < 0).any():
            raise UsageError(f"a link has weight {self.weights.min():g}; weights are at least 0")

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.positions)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return len(self.edges)

    @cached_property
    def links(self) -> Links:
        """The network for compiled code."""
        place, curved = places(self.positions, self.geometry), self.geometry == HYPERBOLIC
        spans = _spans(place, curved, self.edges)
        costs = spans if self.weights is None else self.weights
        ptr, entries = compressed_rows(self.n_nodes, self.edges, False)
        ends, link = (entries >> 32).astype(np.int32), entries & (2**32 - 1)
        radius = float(self.radius or spans.max(initial=0.0) or 1.0)
        presumed = -1.0 if self.radius is None else float(self.radius)
        return Links(ptr, ends, spans[link], costs[link], place, curved, radius, presumed)

    @property
    def follows_from_radius(self) -> bool:
        """Whether the links are those of all nodes within the radius."""
        if self.radius is None:
            return False
        return np.array_equal(linked_within(self.positions, self.radius, self.geometry).edges, self.edges)

    def without(self, failed: NDArray[np.int64]) -> Network:
        """Return the network without the links of these numbers, rows of ``edges``."""
        kept = np.ones(self.n_links, np.bool_)
        kept[failed] = False
        weights = None if self.weights is None else self.weights[kept]
        return replace(self, edges=self.edges[kept], weights=weights)


def linked_within(
    positions: NDArray[np.float64],
    radius: float,
    geometry: str = PLANE,
    names: Sequence[int] | Sequence[str] = (),
) -> Network:
    """Return the network in which nodes of distance at most ``radius`` are linked.

    Raises
    ------
    UsageError
        If the radius is not positive.
    """
    if not 0.0 < radius < np.inf:
        raise UsageError(f"radius {radius:g} links no nodes; take a number above 0")
    bare = Network(positions, np.zeros((0, 2), np.int64), None, float(radius), geometry, names)
    if geometry == PLANE:
        edges = cKDTree(positions).query_pairs(radius, output_type="ndarray") if len(positions) else []
    else:
        edges = _near(places(positions, geometry), radius)
    edges = np.asarray(edges, np.int64).reshape(-1, 2)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    return replace(bare, edges=edges[order])


def _spans(place: NDArray[np.float64], curved: bool, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    return _distances(place, curved, np.ascontiguousarray(edges))


@kernel
def _distances(place: NDArray[np.float64], curved: bool, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    found = np.empty(len(edges))
    for k in range(len(edges)):
        found[k] = distance(place, curved, edges[k, 0], edges[k, 1])
    return found


@kernel
def _near(place: NDArray[np.float64], radius: float) -> NDArray[np.int64]:
    """Return all pairs of the hyperbolic plane within a radius."""
    n, count = len(place), 0
    found = np.empty((max(4 * n, 16), 2), np.int64)
    for i in range(n):
        for j in range(i + 1, n):
            if distance(place, True, i, j) > radius:
                continue
            if count == len(found):
                longer = np.empty((2 * count, 2), np.int64)
                longer[:count] = found
                found = longer
            found[count, 0], found[count, 1] = i, j
            count += 1
    return found[:count]
