"""What single environments and batches of them share: where networks come from, and what is observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from coplug.errors import UsageError, shown
from coplug.families import make_family
from coplug.inference.architectures.routing import FORWARDER
from coplug.problems.routing.families import NETWORKS
from coplug.problems.routing.network import Network
from coplug.problems.routing.packet import Packet, drawn_pair
from coplug.problems.routing.reading import Wanted, read_network

Networks = str | Path | Network | Sequence[Network] | Any
"""See :class:`~.environment.GeometricRoutingEnv`; what has ``generate(rng)`` is a family."""

MAX_REDRAWS = 100

LARGEST = 100.0
"""Of what is observed; more is cut off."""


class Begun(NamedTuple):
    """An episode's packet, and how many networks were thrown away before."""

    packet: Packet
    redraws: int


@dataclass(frozen=True)
class Setting:
    """Where episodes take place.

    Attributes
    ----------
    source : Family or list of Network
    max_neighbours : int
    max_hops : int
    """

    source: Any
    max_neighbours: int
    max_hops: int

    @property
    def space(self) -> spaces.Dict:
        """What is observed."""
        shape = (self.max_neighbours, len(FORWARDER))
        return spaces.Dict({"neighbours": spaces.Box(-LARGEST, LARGEST, shape, np.float32)})

    def seen(self, packet: Packet) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """Return what is observed of a packet, float32, shape (m, 10), and the mask, int8, shape (m,); 0 at the end."""
        neighbours = np.zeros((self.max_neighbours, len(FORWARDER)), np.float32)
        mask = np.zeros(self.max_neighbours, np.int8)
        if not packet.arrived:
            features = packet.features()
            neighbours[: len(features)] = np.clip(features, -LARGEST, LARGEST)
            mask[: len(features)] = 1
        return neighbours, mask

    def begin(self, rng: np.random.Generator, source: Any = None) -> Begun:
        """Draw a network and a packet in it.

        Raises
        ------
        UsageError
            If no draw is of use.
        """
        source = self.source if source is None else source
        for redraws in range(MAX_REDRAWS):
            network = (
                source[int(rng.integers(len(source)))] if isinstance(source, list) else source.generate(rng)
            )
            degrees = np.diff(network.links.ptr)
            pair = drawn_pair(network, rng) if degrees.max(initial=0) <= self.max_neighbours else None
            if pair is not None:
                return Begun(Packet(network, *pair), redraws)
        raise UsageError(
            f"{MAX_REDRAWS} networks in a row were of no use: none had a connected pair that is no link, and at most "
            f"{self.max_neighbours} neighbours a node"
        )


def make_setting(
    networks: Networks,
    size: str | None,
    parameters: Mapping[str, float] | None,
    max_neighbours: int,
    max_hops: int,
) -> Setting:
    """Return the setting of an environment's arguments.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    InstanceError
        If a file cannot be read.
    """
    for name, value in (("max_neighbours", max_neighbours), ("max_hops", max_hops)):
        if value < 1:
            raise UsageError(f"{name} {value} is out of range; take at least 1")
    return Setting(source_of(networks, size, parameters), max_neighbours, max_hops)


def source_of(
    networks: Networks, size: str | None = None, parameters: Mapping[str, float] | None = None
) -> Any:
    """Return a family, or a list of networks."""
    if isinstance(networks, str | Path) and Path(networks).suffix:
        return [read_network(Path(networks), Wanted())]
    if isinstance(networks, str):
        return make_family(networks, size, parameters, NETWORKS)
    if size is not None or parameters:
        raise UsageError("size and parameters are for a family that is given by name")
    if isinstance(networks, Network):
        return [networks]
    if isinstance(networks, Sequence) and networks and all(isinstance(one, Network) for one in networks):
        return list(networks)
    if hasattr(networks, "generate"):
        return networks
    raise UsageError(f"{shown(networks)} is no network; give a family, a file, a Network or a list of them")
