"""Self-training in one file: a comparator of graphs learns from its own roll-outs how to find large independent sets.

Labels, loss, evaluation and network come from coplug; the algorithm is all here. With equal settings it gives the
weights that ``coplug train mis-comparator`` gives, to the last bit (on a CPU, one thread).

    python scripts/single_file/self_training.py [--seed 0] [--epochs 60] [--out DIR]

Source: L. Brusca et al., Maximum independent set: self-training through dynamic programming, NeurIPS 2023, with a
replay buffer.
"""

from __future__ import annotations

import argparse
import copy
import math
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import nn

from coplug.graphs import Graphs, collate
from coplug.models.comparator import ComparatorNetwork
from coplug.training.comparator.task import ComparatorTask

TRAINING = 1
"""First part of the keys by which generators follow from the seed."""


@dataclass(frozen=True)
class Settings:
    """What can be chosen; the defaults are the recipe's."""

    seed: int = 0
    epochs: int = 60
    epoch_steps: int = 50
    batch_size: int = 32
    updates_per_step: int = 8
    capacity: int = 4000
    refresh_steps: int = 5
    learning_rate: float = 3e-3
    gradient_clip: float = 1.0
    families: str = "rb:easy"
    rule: str = "out-or-in"
    roll_outs: str = "mixed"
    n_roots: int = 4
    n_pairs: int = 8
    n_rollouts: int = 3
    tie: float = 0.5
    regression: float = 0.003
    valid_graphs: int = 32
    valid_seed: int = 777


class Replay:
    """The newest labelled pairs of graphs, from which batches are drawn with replacement, in their order."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.pairs: list[Graphs] = []

    def add(self, labelled: Graphs) -> None:
        """Add pairs, and forget the oldest of too many."""
        new = [labelled.take(np.array([k])) for k in range(len(labelled))]
        self.pairs = [*self.pairs, *new][-self.capacity :]

    def sample(self, n: int, rng: np.random.Generator) -> Graphs:
        """Draw pairs as one batch."""
        drawn = np.sort(rng.integers(len(self.pairs), size=n))
        return collate([self.pairs[k] for k in drawn])


def train(settings: Settings) -> ComparatorNetwork:
    """Train as the settings say, and print each epoch's ratio to the sets of a local search."""
    torch.manual_seed(settings.seed)
    task = ComparatorTask(
        settings.families,
        settings.rule,
        settings.roll_outs,
        settings.n_roots,
        settings.n_pairs,
        settings.n_rollouts,
        settings.tie,
        settings.regression,
        settings.valid_graphs,
        settings.valid_seed,
    )
    network = ComparatorNetwork()
    labeler = copy.deepcopy(network)
    adam = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=0.0)
    replay = Replay(settings.capacity)
    total, done = settings.epochs * settings.epoch_steps, 0
    for epoch in range(settings.epochs):
        losses = []
        for number in range(settings.epoch_steps):
            for group in adam.param_groups:  # cosine schedule
                group["lr"] = settings.learning_rate * (0.5 * (1.0 + math.cos(math.pi * (done / total))))
            if done % settings.refresh_steps == 0:
                labeler.load_state_dict(network.state_dict())
            key = (TRAINING, epoch, number)
            rng = np.random.default_rng(np.random.SeedSequence(settings.seed, spawn_key=key))
            replay.add(task.label(labeler.eval(), rng))
            network.train()
            for _ in range(settings.updates_per_step):
                batch = replay.sample(settings.batch_size, rng)
                loss = task.loss(network, batch.to_torch(torch.device("cpu")))
                adam.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
                nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_clip)
                adam.step()
                losses.append(loss.item())
            done += 1
        found = ", ".join(f"{name} {value:.4f}" for name, value in task.evaluate(network.eval()).items())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4g}, {found}", flush=True)
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
        network.export(out, {"problem": "mis", "rule": given["rule"]})


if __name__ == "__main__":
    main()
