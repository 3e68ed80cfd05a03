"""What happens to networks between training and use: links fail, nodes move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coplug.errors import UsageError

from .network import Network, linked_within


def with_failures(network: Network, share: float, rng: np.random.Generator) -> Network:
    """Return the network without a share of its links, rounded to whole ones and drawn uniformly."""
    failed = rng.choice(network.n_links, round(share * network.n_links), replace=False)
    return network.without(failed)


def with_moves(network: Network, sigma: float, rng: np.random.Generator) -> Network:
    """Return the network whose nodes have moved by normal steps, linked within the same radius.

    Parameters
    ----------
    network : Network
        With a radius.
    sigma : float
        Standard deviation of a step in either direction, in radii.
    rng : numpy.random.Generator

    Raises
    ------
    UsageError
        If links do not come from a radius, or cost other than distances.
    """
    if network.weights is not None:
        raise UsageError("nodes can move where links cost distances; leave --weights out")
    if not network.follows_from_radius:
        raise UsageError("nodes can move where links come from a radius; give --radius R")
    assert network.radius is not None
    moved = network.positions + rng.normal(0.0, sigma * network.radius, size=network.positions.shape)
    linked = linked_within(moved, network.radius, network.geometry, network.names)
    return replace(linked, notes=network.notes)
