"""Learning the diffusion, the codes of seed sets, and a student that tells the spread of a code at once."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from coplug.models.diffusion_network import DiffusionNetwork, ThresholdNetwork
from coplug.models.seed_autoencoder import SeedAutoencoder
from coplug.problems.influence.limits import Limits
from coplug.training.deepim.pairs import Pairs

NETWORK_STEPS, CODE_STEPS, STUDENT_STEPS = 40, 150, 300
NETWORK_RATE, CODE_RATE, STUDENT_RATE = 0.01, 3e-3, 3e-3
AT_ONCE = 8
"""Sets of a step that fits the diffusion."""

STUDENT_BATCH = 64
NOISE = 0.3
"""Of the codes that a student is taught, around those of known sets."""


def fit_diffusion(network: DiffusionNetwork, pairs: Pairs, limits: Limits) -> None:
    """Fit what a diffusion network learns to the nodes that sets reach, by cross-entropy.

    Fixed thresholds are known exactly, and nothing is learned there; nor is anything kept that fits the sets worse.
    """
    if isinstance(network, ThresholdNetwork):
        return
    sets, reached = torch.from_numpy(pairs.sets.T).float(), torch.from_numpy(pairs.reached.T)
    parts = torch.split(torch.arange(sets.shape[1]), AT_ONCE)

    def loss_of(part: Tensor) -> Tensor:
        expected = network(sets[:, part]).clamp(1e-5, 1 - 1e-5)
        return nn.functional.binary_cross_entropy(expected, reached[:, part])

    def whole_loss() -> float:
        with torch.no_grad():
            return sum(float(loss_of(part)) * len(part) for part in parts)

    before, untaught = copy.deepcopy(network.state_dict()), whole_loss()
    optimizer = torch.optim.Adam(network.parameters(), lr=NETWORK_RATE)
    for _ in range(NETWORK_STEPS):
        _descend(optimizer, loss_of(torch.randperm(sets.shape[1])[:AT_ONCE]))
        if limits.over():
            break
    if not whole_loss() < untaught:
        network.load_state_dict(before)


def fit_codes(autoencoder: SeedAutoencoder, pairs: Pairs, limits: Limits) -> None:
    """Fit codes, so that the scores of a set's code tell its members, which are rare, from other nodes."""
    sets = torch.from_numpy(pairs.sets).float()
    rarity = (1 - sets).sum() / sets.sum().clamp(min=1)
    optimizer = torch.optim.Adam(autoencoder.parameters(), lr=CODE_RATE)
    for _ in range(CODE_STEPS):
        scores = autoencoder(autoencoder.encode(sets))
        _descend(optimizer, nn.functional.binary_cross_entropy_with_logits(scores, sets, pos_weight=rarity))
        if limits.over():
            return


def fit_student(student: nn.Module, codes: Tensor, shares: Tensor, limits: Limits) -> None:
    """Fit a student to the shares that a teacher tells of codes, by squares."""
    optimizer = torch.optim.Adam(student.parameters(), lr=STUDENT_RATE)
    for _ in range(STUDENT_STEPS):
        part = torch.randint(len(codes), (STUDENT_BATCH,))
        _descend(optimizer, (student(codes[part]) - shares[part]).square().mean())
        if limits.over():
            return


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
    optimizer.step()
