"""PPO in one file: independent sets of small graphs, node by node.

The environment, the network and sums over ragged rows come from coplug; the algorithm is all here. With equal settings
it gives the weights that ``coplug train independent-set-er20-ppo`` gives, to the last bit (on a CPU, one thread).

    python scripts/single_file/ppo.py [--seed 0] [--epochs 6] [--out DIR]

Sources: J. Schulman et al., arXiv 1707.06347 (PPO), and ICLR 2016 (advantages).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from coplug.contracts.episodes import Observation, actions_of
from coplug.graphs import Graphs, collate
from coplug.models.mis_policy import NodePolicy
from coplug.models.segments import segment_ids, segment_log_softmax, segment_sum
from coplug.problems.mis.episodes import IndependentSetEpisodes, family_episodes

TRAINING, EVALUATION = 1, 2
"""First parts of the keys by which generators follow from the seed."""


@dataclass(frozen=True)
class Settings:
    """What can be chosen; the defaults are the recipe's."""

    seed: int = 0
    epochs: int = 6
    epoch_steps: int = 15
    episodes_per_step: int = 32
    evaluation_episodes: int = 100
    discount: float = 1.0
    gae_lambda: float = 0.95
    clip: float = 0.2
    update_epochs: int = 3
    minibatch: int = 128
    entropy: float = 0.001
    value: float = 0.5
    learning_rate: float = 2e-3
    gradient_clip: float = 0.5
    width: int = 32
    depth: int = 3
    family: str = "erdos_renyi"
    parameters: str = "min_nodes=20 max_nodes=20 edge_probability=0.15"


class Rollout(NamedTuple):
    """Finished episodes, one after the other: what was observed, done, expected and rewarded, all of shape (n,)."""

    graphs: Graphs
    actions: NDArray[np.int64]
    log_probabilities: NDArray[np.float64]
    values: NDArray[np.float64]
    rewards: NDArray[np.float64]
    lengths: NDArray[np.int64]  # of the episodes


def generator(seed: int, *key: int) -> np.random.Generator:
    """Return the generator that belongs to a seed and a key."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def act(
    network: nn.Module,
    episodes: IndependentSetEpisodes,
    seeds: Sequence[int],
    rng: np.random.Generator | None,
) -> Rollout:
    """Act in episodes side by side until all have ended; by the most probable actions without ``rng``."""
    observation: Observation | None = episodes.reset(seeds)
    graphs: list[Graphs] = []
    columns: list[tuple[NDArray[Any], ...]] = []
    while observation is not None:
        log_probabilities, values = look(network, observation.graphs)
        ptr = actions_of(observation.graphs).ptr
        uniforms = [None] * len(values) if rng is None else rng.random(len(values)).tolist()
        rows = np.split(log_probabilities, ptr[1:-1])
        actions = np.array([choose(row, uniform) for row, uniform in zip(rows, uniforms, strict=True)])
        step = episodes.step(actions)
        graphs.append(observation.graphs)
        taken = log_probabilities[ptr[:-1] + actions]
        columns.append((observation.episodes, actions, taken, values, step.rewards))
        observation = step.observation
    episode, *rest = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.argsort(episode, kind="stable")
    actions, taken, values, rewards = (column[order] for column in rest)
    return Rollout(collate(graphs).take(order), actions, taken, values, rewards, np.bincount(episode))


@torch.no_grad()
def look(network: nn.Module, graphs: Graphs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return log-probabilities of all actions and values of all graphs."""
    ptr = actions_of(graphs).ptr
    logits, values = network(graphs.to_torch(torch.device("cpu")))
    logits = logits.double().numpy()
    shifted = logits - np.repeat(np.maximum.reduceat(logits, ptr[:-1]), np.diff(ptr))
    totals = np.log(np.add.reduceat(np.exp(shifted), ptr[:-1]))
    return shifted - np.repeat(totals, np.diff(ptr)), values.double().numpy()


def choose(log_probabilities: NDArray[np.float64], uniform: float | None) -> int:
    """Return where a uniform number falls in the cumulative distribution; the most probable action for None."""
    if uniform is None:
        return int(log_probabilities.argmax())
    passed = np.cumsum(np.exp(log_probabilities))
    return min(int((passed <= uniform).sum()), len(passed) - 1)


def advantages_of(rollout: Rollout, discount: float, decay: float) -> NDArray[np.float64]:
    """Return generalized advantage estimates; every episode ends by itself, so nothing follows its last step."""
    advantages, end = np.empty_like(rollout.rewards), 0
    for length in rollout.lengths:
        begin, end = end, end + length
        following_value, following = 0.0, 0.0
        for t in range(end - 1, begin - 1, -1):
            delta = rollout.rewards[t] + discount * following_value - rollout.values[t]
            following = delta + discount * decay * following
            following_value = rollout.values[t]
            advantages[t] = following
    return advantages


def loss_of(
    network: nn.Module,
    rollout: Rollout,
    advantages: NDArray[np.float64],
    part: NDArray[np.int64],
    settings: Settings,
) -> Tensor:
    """Return the clipped surrogate with entropy bonus and the critic's error, of some transitions."""
    graphs = rollout.graphs.take(part).to_torch(torch.device("cpu"))
    targets = advantages + rollout.values
    action, old, advantage, target = (
        torch.from_numpy(array[part])
        for array in (rollout.actions, rollout.log_probabilities, advantages, targets)
    )
    if len(part) > 1:
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    logits, values = network(graphs)
    ptr = actions_of(graphs).ptr
    segment = segment_ids(ptr, len(logits))
    log_p = segment_log_softmax(logits, segment, len(part))
    entropy = -segment_sum(log_p.exp() * log_p, segment, len(part)).mean()
    ratio = (log_p[ptr[:-1] + action] - old).exp()
    clipped = ratio.clamp(1.0 - settings.clip, 1.0 + settings.clip)
    policy_loss = -torch.minimum(ratio * advantage, clipped * advantage).mean()
    value_loss = 0.5 * (values - target).square().mean()
    loss: Tensor = policy_loss - settings.entropy * entropy + settings.value * value_loss
    return loss


def train(settings: Settings) -> NodePolicy:
    """Train as the settings say, and print each epoch's mean returns."""
    torch.manual_seed(settings.seed)
    episodes = family_episodes(settings.family, parameters=settings.parameters)
    network = NodePolicy(settings.width, settings.depth)
    adam = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=0.0)
    total, done, acted = settings.epochs * settings.epoch_steps, 0, 0
    for epoch in range(settings.epochs):
        returns = []
        for number in range(settings.epoch_steps):
            rate = (
                settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * (done / total)))
            )  # cosine schedule
            for group in adam.param_groups:
                group["lr"] = rate
            rng = generator(settings.seed, TRAINING, epoch, number)
            seeds = rng.integers(2**31, size=settings.episodes_per_step).tolist()
            rollout = act(network.eval(), episodes, seeds, rng.spawn(1)[0])
            network.train()
            advantages = advantages_of(rollout, settings.discount, settings.gae_lambda)
            learned = rng.permutation(len(rollout.actions))
            for _ in range(settings.update_epochs):
                order = rng.permutation(learned)
                for k in range(0, len(order), settings.minibatch):
                    loss = loss_of(network, rollout, advantages, order[k : k + settings.minibatch], settings)
                    adam.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
                    nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_clip)
                    adam.step()
            done, acted = done + 1, acted + len(rollout.actions)
            returns.append(rollout.rewards.sum() / settings.episodes_per_step)
        seeds = (
            generator(settings.seed, EVALUATION).integers(2**31, size=settings.evaluation_episodes).tolist()
        )
        found = act(network.eval(), episodes, seeds, None)
        mean = found.rewards.sum() / len(seeds)
        print(
            f"epoch {epoch + 1}: {acted} steps, return {np.mean(returns):.3f}, evaluated {mean:.3f}",
            flush=True,
        )
    return network


def main() -> None:
    """Read the settings, train, and write the policy."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    for field in fields(Settings):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default
        )
    parser.add_argument("--out", type=Path, help="folder for the policy, which coplug reads")
    given = vars(parser.parse_args())
    out = given.pop("out")
    torch.set_num_threads(1)
    network = train(Settings(**given))
    if out:
        network.export(out, {})


if __name__ == "__main__":
    main()
