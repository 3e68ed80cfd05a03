"""A GFlowNet in one file: HyperGrid by trajectory balance.

The grid and the network come from coplug; the algorithm is all here. With equal settings it gives the weights that
``coplug train hypergrid-gflownet`` gives: to the last bit (on a CPU, one thread) on grids of more than 128 cells a
trajectory of the batch; smaller ones are evaluated as a whole there, which rounds differently.

    python scripts/single_file/gflownet.py [--seed 0] [--epochs 8] [--out DIR]

Sources: E. Bengio et al., NeurIPS 2021 (the grid); N. Malkin et al., NeurIPS 2022 (trajectory balance).
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.models.gflownet_mlp import GFlowNetMLP
from coplug.problems.hypergrid import HyperGrid

TRAINING = 1
"""First part of the keys by which generators follow from the seed."""


@dataclass(frozen=True)
class Settings:
    """What can be chosen; the defaults are the recipe's."""

    seed: int = 0
    epochs: int = 8
    epoch_steps: int = 250
    batch_size: int = 16
    exploration: float = 0.1
    learning_rate: float = 2e-3
    log_z_learning_rate: float = 0.1
    n_dimensions: int = 2
    side: int = 8
    r0: float = 0.1
    width: int = 64
    depth: int = 2


class Trajectories(NamedTuple):
    """Paths from the origin to objects, padded to the longest: an object stays, and stops again."""

    states: NDArray[np.int64]  # before each action, shape (n, max_length, n_dimensions)
    actions: NDArray[np.int64]  # shape (n, max_length)
    lengths: NDArray[np.int64]  # shape (n,)
    log_reward: NDArray[np.float64]  # shape (n,)


def masked(logits: Tensor, mask: NDArray[np.bool_]) -> Tensor:
    """Return logits with the lowest finite value where an action is not allowed; the origin has none to undo."""
    return logits.masked_fill(~torch.from_numpy(mask), torch.finfo(logits.dtype).min)


@torch.no_grad()
def forward_policy(network: GFlowNetMLP, grid: HyperGrid, states: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return P_F of each action, shape (n, n_actions)."""
    mask = grid.forward_mask(states)
    logits = masked(network(torch.from_numpy(grid.encode(states)))[0], mask).double()
    return np.where(mask, logits.softmax(dim=1).numpy(), 0.0)


def draw(
    network: GFlowNetMLP, grid: HyperGrid, n: int, exploration: float, rng: np.random.Generator
) -> Trajectories:
    """Draw trajectories; an action is one of those allowed at random with probability ``exploration``."""
    stop = grid.n_actions - 1
    current, walking = grid.initial(n), np.arange(n)
    lengths, states, actions = np.zeros(n, np.int64), [], []
    while walking.size:
        mask = grid.forward_mask(current[walking])
        p = (1.0 - exploration) * forward_policy(network, grid, current[walking])
        p += exploration * mask / mask.sum(axis=1, keepdims=True)
        passed = np.cumsum(p, axis=1)
        chosen = np.full(n, stop)
        chosen[walking] = (passed <= rng.random((len(passed), 1)) * passed[:, -1:]).sum(axis=1)
        states.append(current)
        actions.append(chosen)
        lengths[walking] += 1
        walking = walking[chosen[walking] != stop]
        current = current.copy()
        current[walking] = grid.step(current[walking], chosen[walking])
    return Trajectories(
        np.stack(states, axis=1), np.stack(actions, axis=1), lengths, grid.log_reward(current)
    )


def trajectory_balance(network: GFlowNetMLP, grid: HyperGrid, batch: Trajectories) -> Tensor:
    """Return the mean over trajectories of ``(log Z + sum log P_F - log R - sum log P_B)^2``."""
    is_action = np.arange(batch.actions.shape[1]) < batch.lengths[:, None]
    rows, columns = np.nonzero(is_action)
    states = batch.states[is_action]
    forward, backward, _ = network(torch.from_numpy(grid.encode(states)))
    actions = torch.from_numpy(batch.actions[is_action])
    log_forward = (
        masked(forward, grid.forward_mask(states)).log_softmax(dim=1).gather(1, actions[:, None])[:, 0]
    )
    # An action is undone from the state that it led to, the next one of the same trajectory.
    after = np.flatnonzero(columns > 0)
    undone = torch.from_numpy(batch.actions[rows[after], columns[after] - 1])
    log_undone = masked(backward, grid.backward_mask(states))[torch.from_numpy(after)].log_softmax(dim=1)
    log_backward = log_undone.gather(1, undone[:, None])[:, 0]
    log_ratio = padded(log_forward, rows, columns, is_action) - padded(
        log_backward, rows[after], columns[after] - 1, is_action
    )
    learned = network.log_z + log_ratio.sum(dim=1)
    return (learned - torch.from_numpy(batch.log_reward).to(learned.dtype)).square().mean()


def padded(
    values: Tensor, rows: NDArray[np.int64], columns: NDArray[np.int64], like: NDArray[np.bool_]
) -> Tensor:
    """Return values at their places in a matrix of zeros."""
    return values.new_zeros(like.shape).index_put((torch.from_numpy(rows), torch.from_numpy(columns)), values)


def total_variation(network: GFlowNetMLP, grid: HyperGrid) -> float:
    """Return the distance of the distribution that P_F induces from R / Z, in [0, 1], by a sum over all paths."""
    cells = grid.states()
    p = forward_policy(network, grid, cells)
    reached = np.zeros(len(cells))
    reached[grid.index(grid.initial(1))] = 1.0
    for k in np.argsort(cells.sum(axis=1), kind="stable"):  # every step leads to a cell of a larger sum
        for action in range(grid.n_dimensions):
            if p[k, action] > 0.0:
                after = grid.step(cells[k : k + 1], np.array([action]))
                reached[grid.index(after)[0]] += reached[k] * p[k, action]
    target = np.exp(grid.log_reward(cells))
    return float(0.5 * np.abs(reached * p[:, -1] - target / target.sum()).sum())


def train(settings: Settings) -> GFlowNetMLP:
    """Train as the settings say, and print the total variation after each epoch."""
    torch.manual_seed(settings.seed)
    grid = HyperGrid(settings.n_dimensions, settings.side, settings.r0)
    network = GFlowNetMLP(grid.n_features, grid.n_actions, settings.width, settings.depth)
    rates = [settings.learning_rate, settings.log_z_learning_rate]
    others = [p for p in network.parameters() if p is not network.log_z]
    adam = torch.optim.AdamW([{"params": others}, {"params": [network.log_z]}], lr=rates[0], weight_decay=0.0)
    total, done = settings.epochs * settings.epoch_steps, 0
    for epoch in range(settings.epochs):
        for number in range(settings.epoch_steps):
            for group, rate in zip(adam.param_groups, rates, strict=True):  # cosine schedule
                group["lr"] = rate * (0.5 * (1.0 + math.cos(math.pi * (done / total))))
            key = (TRAINING, epoch, number)
            rng = np.random.default_rng(np.random.SeedSequence(settings.seed, spawn_key=key))
            batch = draw(network, grid, settings.batch_size, settings.exploration, rng)
            loss = trajectory_balance(network, grid, batch)
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
            adam.step()
            done += 1
        print(
            f"epoch {epoch + 1}: loss {loss.item():.4g}, total variation {total_variation(network, grid):.4g}",
            flush=True,
        )
    return network


def main() -> None:
    """Read the settings, train, and write the network."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    for field in fields(Settings):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default
        )
    parser.add_argument("--out", type=Path, help="folder for the network, which coplug reads")
    given = vars(parser.parse_args())
    out = given.pop("out")
    torch.set_num_threads(1)
    network = train(Settings(**given))
    if out:
        network.export(out, {})


if __name__ == "__main__":
    main()
