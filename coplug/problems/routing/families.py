"""Random wireless networks, and how they are written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from coplug.errors import UsageError
from coplug.families import InstanceKind, any_rng

from .geometry import HYPERBOLIC, PLANE
from .network import Network, linked_within


def render(network: Network, file_format: str) -> bytes:
    """Return the bytes of a file, see :data:`NETWORKS`."""
    NETWORKS.check_format(file_format)
    document: dict[str, Any] = {"positions": network.positions.tolist()}
    if network.geometry != PLANE:
        document["geometry"] = network.geometry
    if network.radius is not None:
        document["radius"] = network.radius
    if not network.follows_from_radius:
        document["edges"] = network.edges.tolist()
    return (json.dumps(document) + "\n").encode()


NETWORKS = InstanceKind[Network](
    name="networks",
    formats=("json",),
    render=render,
    summary=lambda network: f"{network.n_nodes} nodes, {network.n_links} links",
)
"""Networks with positions, as what a family draws."""


@dataclass(frozen=True)
class WirelessSquare:
    """Nodes uniform in a square, linked within a radius of 1.

    The side is ``sqrt(n_nodes / density)``. Source: arXiv:2308.09829.

    Attributes
    ----------
    n_nodes : int
        At least 1.
    density : float
        Nodes in a square with the radius as its side, above 0.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    draws: ClassVar = NETWORKS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_nodes": 27},
        "easy": {"n_nodes": 50},
        "medium": {"n_nodes": 125},
        "hard": {"n_nodes": 216, "density": 2.0},
    }

    n_nodes: int = 50
    density: float = 5.0

    def __post_init__(self) -> None:
        _check(self.n_nodes, self.density)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Network:
        """Draw the positions."""
        side = math.sqrt(self.n_nodes / self.density)
        return linked_within(rng.uniform(0.0, side, size=(self.n_nodes, 2)), 1.0)


@dataclass(frozen=True)
class WirelessHyperbolic:
    """Nodes in a disk of the hyperbolic plane, linked within the disk's radius.

    The radius is ``R = 2 log(n_nodes / density)``; angles are uniform, the distance ``r`` from the centre has density
    ``alpha sinh(alpha r) / (cosh(alpha R) - 1)``. Source: arXiv:2308.09829, which leaves ``alpha`` open.

    Attributes
    ----------
    n_nodes : int
        At least 1, and above ``density``.
    density : float
        The paper's delta, above 0.
    alpha : float
        Above 0; above 0.5 degrees have a power law with exponent ``2 alpha + 1``.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    draws: ClassVar = NETWORKS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_nodes": 27},
        "easy": {"n_nodes": 50},
        "medium": {"n_nodes": 125},
        "hard": {"n_nodes": 216, "density": 1.0},
    }

    n_nodes: int = 50
    density: float = 2.0
    alpha: float = 1.0

    def __post_init__(self) -> None:
        _check(self.n_nodes, self.density)
        if self.n_nodes <= self.density or not 0.0 < self.alpha < math.inf:
            raise UsageError(
                f"a disk of {self.n_nodes} nodes with density {self.density:g} and alpha {self.alpha:g} is none; take "
                "more nodes than the density, and alpha above 0"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Network:
        """Draw the positions, distances from the centre first."""
        radius = 2.0 * math.log(self.n_nodes / self.density)
        share = rng.uniform(size=self.n_nodes)
        r = np.arccosh(1.0 + share * (math.cosh(self.alpha * radius) - 1.0)) / self.alpha
        phi = rng.uniform(0.0, 2.0 * math.pi, size=self.n_nodes)
        return linked_within(np.column_stack([r * np.cos(phi), r * np.sin(phi)]), radius, HYPERBOLIC)


def _check(n_nodes: int, density: float) -> None:
    if n_nodes < 1 or not 0.0 < density < math.inf:
        raise UsageError(
            f"a network of {n_nodes} nodes with density {density:g} is none; take at least 1, and above 0"
        )
