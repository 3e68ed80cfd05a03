"""The diffusion network of a network: which arcs answer each other, and how many rounds it takes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from coplug.models.diffusion_network import (
    ALMOST_ONE,
    CascadeNetwork,
    ContagionNetwork,
    DiffusionNetwork,
    LinearNetwork,
    ThresholdNetwork,
    Wires,
)
from coplug.problems.influence.network import Network

ROUNDS = 10
"""Of messages: how far apart cause and effect may be."""

THRESHOLD_ROUNDS = 20
"""With fixed thresholds, where long cascades are what is sought."""


def diffusion_network(network: Network) -> DiffusionNetwork:
    """Return the network that passes messages as the diffusion does, with nothing learned yet."""
    diffusion = network.diffusion
    if diffusion.model == "sis":
        rounds = max(1, min(ROUNDS, diffusion.rounds))
        times = diffusion.rounds / rounds
        infection, recovery = (
            float(-np.expm1(times * np.log1p(-min(chance, ALMOST_ONE))))
            for chance in (diffusion.beta, diffusion.recovery)
        )
        return ContagionNetwork(_wires(network, np.full(network.n_arcs, infection)), rounds, recovery)
    wires = _wires(network, network.widths)
    if diffusion.threshold is not None:
        return ThresholdNetwork(wires, THRESHOLD_ROUNDS, diffusion.threshold)
    return (CascadeNetwork if diffusion.model == "ic" else LinearNetwork)(wires, ROUNDS)


def _wires(network: Network, chances: NDArray[np.floating]) -> Wires:
    out, n = network.out, network.n_nodes
    tails = np.repeat(np.arange(n), np.diff(out.ptr))
    heads = out.ends.astype(np.int64)
    keys, turned = tails * n + heads, heads * n + tails  # ascending, as rows and what is in them are
    back = np.minimum(np.searchsorted(keys, turned), max(len(keys) - 1, 0))
    has_back = keys[back] == turned
    degrees = np.log1p(np.diff(out.ptr)), np.log1p(np.diff(network.into.ptr))
    known = [degrees[0][tails], degrees[1][heads]]
    features = np.stack(
        [np.ones(len(tails)), *(ends - ends.sum() / max(len(ends), 1) for ends in known)], axis=1
    )
    return Wires(
        n,
        torch.from_numpy(tails),
        torch.from_numpy(heads),
        torch.from_numpy(np.where(has_back, back, np.arange(len(tails)))),
        torch.from_numpy(has_back.astype(np.float32)[:, None]),
        torch.from_numpy(np.asarray(chances, np.float32)[:, None]),
        torch.from_numpy(features.astype(np.float32)),
    )
