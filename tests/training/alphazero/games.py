"""Small games whose values are known."""

from __future__ import annotations

import json

import numpy as np
import torch
from torch import nn

from coplug.contracts.model import Transition


class Nim:
    """Take 1, 2 or 3 from a pile; who takes the last one wins 1. Lost for the mover where 4 divides the pile."""

    n_actions, two_player = 3, True

    def __init__(self, largest: int = 15) -> None:
        self.largest = largest

    def initial_states(self, n, rng):
        return rng.integers(1, self.largest + 1, size=(n, 1))

    def step(self, states, actions):
        left = states - (actions + 1)[:, None]
        over = left[:, 0] == 0
        return Transition(left, over.astype(float), over)

    def legal(self, states):
        return states > np.arange(3)

    def encode(self, states):
        return np.eye(self.largest + 1, dtype=np.float32)[states[:, 0]]


class Change:
    """Pay an amount with coins of 1, 4 and 5; each costs 1. The greedy choice of the largest coin is not optimal."""

    n_actions, two_player = 3, False
    coins = np.array([1, 4, 5])

    def __init__(self, largest: int = 20) -> None:
        self.largest = largest

    def initial_states(self, n, rng):
        return rng.integers(1, self.largest + 1, size=(n, 1))

    def step(self, states, actions):
        left = states - self.coins[actions][:, None]
        return Transition(left, np.full(len(states), -1.0), left[:, 0] == 0)

    def legal(self, states):
        return states >= self.coins

    def encode(self, states):
        return np.eye(self.largest + 1, dtype=np.float32)[states[:, 0]]

    def fewest(self):
        """Fewest coins for 0, 1, ..., by dynamic programming."""
        best = [0]
        for amount in range(1, self.largest + 1):
            best.append(1 + min(best[amount - c] for c in self.coins.tolist() if c <= amount))
        return np.array(best)


class Table(nn.Module):
    """Logits and a value for each encoded state."""

    def __init__(self, n_inputs: int = 16, n_actions: int = 3) -> None:
        super().__init__()
        self.logits = nn.Linear(n_inputs, n_actions)
        self.value = nn.Linear(n_inputs, 1)

    def forward(self, x):
        return self.logits(x), self.value(x)[:, 0]

    def export(self, directory, info):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "info.json").write_text(json.dumps(info))


def greedy(network, game, states):
    """Return the network's own choice, without a search."""
    with torch.no_grad():
        logits, values = network(torch.from_numpy(game.encode(states)))
    return logits.masked_fill(~torch.from_numpy(game.legal(states)), -torch.inf).argmax(
        1
    ).numpy(), values.numpy()
