"""A linear map of the paper's features, by least squares: what its perceptron has to be better than."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .features import stretch
from .network import Network
from .perceptron import Perceptron, linear_map
from .shortest import shortest_to
from .walks import distances_to


def tensile_examples(
    network: Network, origin: int, dest: int, nodes: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the paper's features of all neighbours of some nodes, and the values that shortest paths give them.

    Returns
    -------
    features : float32, shape (n, 4)
    values : float32, shape (n,)
        Minus the link and the shortest path from its end.
    """
    links = network.links
    left, to_dest, to_origin = (
        shortest_to(links, dest)[0],
        distances_to(links, dest),
        distances_to(links, origin),
    )
    rows, values = [], []
    for node in nodes.tolist():
        own = stretch(to_origin[node], to_dest[node], to_origin[dest])
        for k in range(links.ptr[node], links.ptr[node + 1]):
            end = links.ends[k]
            other = stretch(to_origin[end], to_dest[end], to_origin[dest])
            rows.append((to_dest[node], to_dest[end], own, other))
            values.append(-(links.costs[k] + left[end]))
    return np.array(rows, np.float32).reshape(-1, 4), np.array(values, np.float32)


def fitted(features: NDArray[np.float32], values: NDArray[np.float32]) -> Perceptron:
    """Return the linear map with a constant that is nearest to values in the mean square."""
    columns = np.column_stack([features, np.ones(len(features))]).astype(np.float64)
    weights = np.linalg.lstsq(columns, values, rcond=None)[0]
    return linear_map(weights[:-1], float(weights[-1]))


def draw_nodes(
    network: Network, rng: np.random.Generator, n_nodes: int = 3
) -> tuple[int, int, NDArray[np.int64]]:
    """Draw a connected pair and some nodes that are connected with it: origin, destination, nodes."""
    origin, dest = rng.choice(network.n_nodes, 2, replace=False).tolist()
    left = shortest_to(network.links, dest)[0]
    while not np.isfinite(left[origin]):
        origin, dest = rng.choice(network.n_nodes, 2, replace=False).tolist()
        left = shortest_to(network.links, dest)[0]
    connected = np.flatnonzero(np.isfinite(left) & (np.arange(network.n_nodes) != dest))
    return origin, dest, np.asarray(rng.choice(connected, min(n_nodes, len(connected)), replace=False))
