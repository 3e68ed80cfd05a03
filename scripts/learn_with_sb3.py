"""Let sb3-contrib's MaskablePPO learn in environments of coplug, and compare what it learned with random actions.

    python scripts/learn_with_sb3.py coplug/IndependentSet-ER20-v0 [more ids] [--steps 100000] [--seed 0] [--out CSV]

A flat network would have to learn for each action anew what makes it good. So :class:`ActionFeatures` turns an
observation into a row of features an action, by the shapes of its parts, and :class:`ScoringPolicy` scores every row
by the same small network; observations without such parts go to SB3's own policies, flat. Both the learned policy (its
most probable actions) and random legal ones act in episodes that it has not seen, of the same seeds; ``z`` is the mean
of the differences over its standard error. Seconds are the training's, of CPU. Needs the extra ``sb3``.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize
from torch import Tensor, nn

import coplug.envs  # noqa: F401 # registers

FRESH = 10**6
"""Seed of the first episode of the comparison."""


def action_features(parts: Mapping[str, NDArray[Any]], n_actions: int) -> NDArray[np.float32]:
    """Return what is known of each action, float32, shape (n_actions, k), on a logarithmic scale.

    Of a part with a row or a column an action those, of a matrix over actions the sums of its rows and what the
    neighbours have of them, of a matrix over nodes where actions are pairs of nodes the pair's entry, of a single
    number the number. What else there is, is left out: with it k may be 0.
    """
    columns: list[NDArray[Any]] = [np.empty((0, n_actions))]
    for part in parts.values():
        n = len(part)
        if part.shape == (n_actions, n_actions):
            sums = part.sum(axis=1)
            columns.append(np.stack([sums, part @ sums / np.maximum(sums, 1)]))
        elif n == n_actions:
            columns.append(part.reshape(n_actions, -1).T)
        elif part.shape[1:] == (n_actions,):
            columns.append(part)
        elif part.shape == (n, n) and n * (n - 1) // 2 == n_actions:
            columns.append(part[None, *np.triu_indices(n, 1)])
        elif part.shape == (1,):
            columns.append(np.tile(part, (1, n_actions)))
    features = np.concatenate(columns).T.astype(np.float64)
    return (np.sign(features) * np.log1p(np.abs(features))).astype(np.float32)


class ActionFeatures(gymnasium.ObservationWrapper[NDArray[np.float32], Any, Any]):
    """Observe :func:`action_features`; the action mask stays what it is."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        super().__init__(env)
        space: Any = env.observation_space
        parts = {name: np.zeros(part.shape) for name, part in space.spaces.items()}
        self.n_actions = int(env.action_space.n)  # type: ignore[attr-defined] # of discrete spaces, as the masked ones are
        shape = action_features(parts, self.n_actions).shape
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, shape, np.float32)

    def observation(self, observation: Any) -> NDArray[np.float32]:
        """Return the features of each action."""
        return action_features(observation, self.n_actions)


class Scorer(nn.Module):
    """A score of each row that knows the mean of all rows, and a latent vector for the critic.

    Parameters
    ----------
    shape : (n_actions, k)
    width : int
    """

    def __init__(self, shape: Sequence[int], width: int = 64) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.latent_dim_pi, self.latent_dim_vf = self.shape[0], width
        self.embed = nn.Sequential(nn.Linear(self.shape[1], width), nn.Tanh())
        self.score = nn.Sequential(nn.Linear(2 * width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores, shape (n, n_actions), and means, shape (n, width); takes the rows flattened."""
        return self.forward_actor(features), self.forward_critic(features)

    def forward_actor(self, features: Tensor) -> Tensor:
        """Return the scores."""
        rows = self._rows(features)
        mean = rows.mean(dim=1, keepdim=True).expand_as(rows)
        scores: Tensor = self.score(torch.cat([rows, mean], dim=2))[:, :, 0]
        return scores

    def forward_critic(self, features: Tensor) -> Tensor:
        """Return the means."""
        return self._rows(features).mean(dim=1)

    def _rows(self, features: Tensor) -> Tensor:
        rows: Tensor = self.embed(features.reshape(-1, *self.shape))
        return rows


class ScoringPolicy(MaskableActorCriticPolicy):  # type: ignore[misc] # its package is optional
    """A policy whose logits are the scores of the actions."""

    def _build_mlp_extractor(self) -> None:
        self.mlp_extractor = Scorer(self.observation_space.shape)

    def _build(self, lr_schedule: Callable[[float], float]) -> None:
        super()._build(lr_schedule)
        self.action_net = nn.Identity()
        self.optimizer = self.optimizer_class(self.parameters(), lr=lr_schedule(1.0), **self.optimizer_kwargs)


class CpuLimit(BaseCallback):  # type: ignore[misc] # its package is optional
    """Ends training after so many CPU seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.end = time.process_time() + seconds

    def _on_step(self) -> bool:
        return time.process_time() < self.end


@dataclass(frozen=True)
class Row:
    """A line of the CSV; returns are means over the episodes of the comparison."""

    environment: str
    seed: int
    steps: int
    cpu_s: float
    learned: float
    learned_error: float
    random: float
    random_error: float
    z: float


def made(id_: str) -> gymnasium.Env[Any, Any]:
    """Return an environment as it is learned in: with a row of features an action, where its parts have such."""
    env = gymnasium.make(id_)
    if not isinstance(env.observation_space, gymnasium.spaces.Dict):
        return env
    by_action = ActionFeatures(env)
    shape = by_action.observation_space.shape
    return by_action if shape and shape[1] else env


def learn(id_: str, steps: int, seed: int, limit_s: float = 600.0) -> tuple[MaskablePPO, float]:
    """Return a trained agent and the CPU seconds that it took."""
    environments = make_vec_env(lambda: made(id_), n_envs=8, seed=seed)
    scaled = VecNormalize(environments, norm_obs=False, norm_reward=True)
    begin = time.process_time()
    agent = MaskablePPO(
        _policy_for(scaled.observation_space),
        scaled,
        learning_rate=1e-3,
        n_steps=128,
        batch_size=256,
        n_epochs=4,
        ent_coef=0.003,
        seed=seed,
        device="cpu",
    )
    agent.learn(steps, callback=CpuLimit(limit_s))
    return agent, time.process_time() - begin


def _policy_for(space: gymnasium.Space[Any]) -> str | type[ScoringPolicy]:
    if isinstance(space, gymnasium.spaces.Dict):
        return "MultiInputPolicy"
    return ScoringPolicy if len(space.shape or ()) == 2 else "MlpPolicy"


def returns(id_: str, choose: Callable[[Any, Any], int], episodes: int) -> NDArray[np.float64]:
    """Return the returns of episodes that are not learned from, shape (episodes,)."""
    env = made(id_)
    env.action_space.seed(FRESH)
    totals = np.zeros(episodes)
    for k in range(episodes):
        observation, _ = env.reset(seed=FRESH + k)
        over = False
        while not over:
            observation, reward, terminated, truncated, _ = env.step(choose(env, observation))
            totals[k] += float(reward)
            over = terminated or truncated
    env.close()
    return totals


def compared(id_: str, agent: MaskablePPO, seconds: float, seed: int, episodes: int) -> Row:
    """Let an agent and random actions act in the same episodes."""

    def by_agent(env: Any, observation: Any) -> int:
        return int(
            agent.predict(observation, action_masks=env.unwrapped.action_masks(), deterministic=True)[0]
        )

    learned = returns(id_, by_agent, episodes)
    drawn = returns(id_, lambda env, observation: int(env.action_space.sample()), episodes)
    error = np.sqrt(episodes)
    better = learned - drawn
    return Row(
        environment=id_,
        seed=seed,
        steps=agent.num_timesteps,
        cpu_s=round(seconds, 1),
        learned=round(float(learned.mean()), 3),
        learned_error=round(float(learned.std(ddof=1) / error), 3),
        random=round(float(drawn.mean()), 3),
        random_error=round(float(drawn.std(ddof=1) / error), 3),
        z=round(float(better.mean() / max(better.std(ddof=1) / error, 1e-9)), 1),
    )


def main() -> None:
    """Learn in each environment, and print how it went."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("ids", nargs="+", metavar="ID")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600.0, help="CPU seconds after which training ends")
    parser.add_argument("--episodes", type=int, default=200, help="of the comparison")
    parser.add_argument("--out", type=Path, help="CSV file, to which rows are added")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for id_ in options.ids:
        agent, seconds = learn(id_, options.steps, options.seed, options.seconds)
        row = compared(id_, agent, seconds, options.seed, options.episodes)
        print(row, flush=True)
        if options.out:
            add(options.out, row)


def add(path: Path, row: Row) -> None:
    """Add a row to a CSV file, which is begun if it is not there."""
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(asdict(row))


if __name__ == "__main__":
    main()
