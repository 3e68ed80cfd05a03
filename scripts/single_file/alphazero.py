"""AlphaZero in one file: graphs with many edges and without cycles of lengths 3 and 4.

The game, the network and the tree search come from coplug; self-play, replay, losses and gate are all here. With equal
settings it gives the weights that ``coplug train extremal-alphazero`` gives, to the last bit (on a CPU, one thread).

    python scripts/single_file/alphazero.py [--seed 0] [--epochs 10] [--out DIR]

Sources: D. Silver et al., Science 362 (2018); I. Danihelka et al., ICLR 2022 (the search); A. Mehrabian et al., 2024.
"""

from __future__ import annotations

import argparse
import copy
import math
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from coplug.algorithms.guided import GuidedModel, first_actions
from coplug.algorithms.mcts import search
from coplug.algorithms.settings import Gumbel
from coplug.models.pairformer import Pairformer
from coplug.problems.extremal.game import ExtremalGame

TRAINING, EVALUATION = 1, 2
"""First parts of the keys by which generators follow from the seed."""


@dataclass(frozen=True)
class Settings:
    """What can be chosen; the defaults are the recipe's."""

    seed: int = 0
    epochs: int = 10
    epoch_steps: int = 10
    episodes_per_step: int = 24
    updates_per_step: int = 12
    batch_size: int = 64
    capacity: int = 40_000
    value: float = 0.1
    evaluation_episodes: int = 32
    gate: float = -100.0
    simulations: int = 16
    considered: int = 8
    learning_rate: float = 2e-3
    gradient_clip: float = 1.0
    width: int = 16
    depth: int = 3
    nodes: int = 24
    smallest: int = 12
    ban: int = 5
    slack: int = 0
    steps_per_node: int = 3
    padded: float = 0.5


class Played(NamedTuple):
    """Moves in the order of time, and of each of n episodes the return."""

    states: NDArray[np.int32]  # shape (n_moves, length)
    policies: NDArray[np.float64]  # what the search found, shape (n_moves, n_actions)
    values: NDArray[np.float64]  # the return from there, shape (n_moves,)
    returns: NDArray[np.float64]  # shape (n,)


def generator(seed: int, *key: int) -> np.random.Generator:
    """Return the generator that belongs to a seed and a key."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def play(
    game: ExtremalGame, network: Pairformer, n_episodes: int, settings: Gumbel, rng: np.random.Generator
) -> Played:
    """Play episodes side by side to their end, and search before every move."""
    model = GuidedModel(game, network.compiled())
    states, waiting = game.initial_states(n_episodes, rng), np.arange(n_episodes)
    moves: list[tuple[NDArray[Any], ...]] = []
    while len(waiting):
        found = search(model, states, settings, rng)
        following = game.step(states, found.best)
        moves.append((states, found.policy, following.rewards, waiting))
        goes_on = ~following.terminal
        states, waiting = following.states[goes_on], waiting[goes_on]
    return_from = np.zeros(n_episodes)
    values = []
    for _, _, rewards, episodes in reversed(moves):
        return_from[episodes] = rewards + return_from[episodes]
        values.append(return_from[episodes])
    return Played(
        np.concatenate([states for states, *_ in moves]),
        np.concatenate([policy for _, policy, *_ in moves]),
        np.concatenate(values[::-1]),
        return_from,
    )


class Replay:
    """The newest moves, from which batches are drawn with replacement, in the order in which they were added."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.columns: list[NDArray[Any]] = []

    def add(self, played: Played) -> None:
        """Add moves, and forget the oldest of too many."""
        new: list[NDArray[Any]] = [played.states, played.policies, played.values]
        old = self.columns or [column[:0] for column in new]
        self.columns = [np.concatenate(both)[-self.capacity :] for both in zip(old, new, strict=True)]

    def sample(self, n: int, rng: np.random.Generator) -> list[NDArray[Any]]:
        """Draw moves: states, policies and values."""
        drawn = np.sort(rng.integers(len(self.columns[0]), size=n))
        return [column[drawn] for column in self.columns]


def loss_of(game: ExtremalGame, network: Pairformer, batch: list[NDArray[Any]], weight: float) -> Tensor:
    """Return the cross-entropy of searched policies, and the squared error of values with its weight."""
    states, policies, returns = batch
    logits, values = network(torch.from_numpy(game.encode(states)))
    k = logits.shape[1]  # the largest graph of the batch has so many pairs
    illegal = ~torch.from_numpy(first_actions(game.legal(states), k))
    log_p = torch.log_softmax(logits.masked_fill(illegal, -torch.inf), dim=1).masked_fill(illegal, 0.0)
    policy = torch.from_numpy(policies)[:, :k].to(logits.dtype)
    cross_entropy = -(policy * log_p).sum(dim=1).mean()
    squared_error = (values - torch.from_numpy(returns).to(values.dtype)).square().mean()
    loss: Tensor = cross_entropy + weight * squared_error
    return loss


def train(settings: Settings) -> Pairformer:
    """Train as the settings say, and print each epoch's mean returns."""
    torch.manual_seed(settings.seed)
    game = ExtremalGame(
        settings.nodes,
        settings.smallest,
        ban=settings.ban,
        slack=settings.slack,
        steps_per_node=settings.steps_per_node,
        padded=settings.padded,
    )
    network = Pairformer(settings.width, settings.depth)
    player, player_return = copy.deepcopy(network), -math.inf
    adam = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=0.0)
    searching = Gumbel(n_considered=settings.considered, n_simulations=settings.simulations)
    replay = Replay(settings.capacity)
    total, done = settings.epochs * settings.epoch_steps, 0
    for epoch in range(settings.epochs):
        returns = []
        for number in range(settings.epoch_steps):
            for group in adam.param_groups:  # cosine schedule
                group["lr"] = settings.learning_rate * (0.5 * (1.0 + math.cos(math.pi * (done / total))))
            rng = generator(settings.seed, TRAINING, epoch, number)
            played = play(game, player.eval(), settings.episodes_per_step, searching, rng)
            replay.add(played)
            network.train()
            for _ in range(settings.updates_per_step):
                loss = loss_of(game, network, replay.sample(settings.batch_size, rng), settings.value)
                adam.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
                nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_clip)
                adam.step()
            done += 1
            returns.append(played.returns.mean())
        without_noise = replace(searching, gumbel_scale=0.0)
        rng = generator(settings.seed, EVALUATION)
        found = play(game, network.eval(), settings.evaluation_episodes, without_noise, rng).returns.mean()
        if found > player_return + settings.gate:
            player.load_state_dict(network.state_dict())
            player_return = float(found)
        print(f"epoch {epoch + 1}: return {np.mean(returns):.3f}, evaluated {found:.3f}", flush=True)
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
