"""PPO beside stable-baselines3's on an environment of fixed size; needs the extra ``sb3``."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
import torch
from torch import nn

from coplug.envs.gymnasium_episodes import GymnasiumEpisodes
from coplug.graphs import one_graph
from coplug.training.optimizer import OptimizerSettings
from coplug.training.policy_gradient.learner import PolicyGradientLearner, PolicyGradientRecipe
from coplug.training.policy_gradient.rollout import collect

SEEDS = range(3)
STEPS = 30_000


def encode(observation, info):
    return one_graph({"node": observation[None]}, extras={"actions": np.arange(2)})


class Mlp(nn.Module):
    """Two hidden layers of 64 with tanh for the policy and as many for the critic, as stable-baselines3 has."""

    def __init__(self):
        super().__init__()
        self.policy, self.critic = (
            nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, n))
            for n in (2, 1)
        )
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.orthogonal_(module.weight, 2**0.5)
                nn.init.zeros_(module.bias)
        nn.init.orthogonal_(self.policy[-1].weight, 0.01)

    def forward(self, graphs):
        x = graphs.nodes["node"].values
        return self.policy(x).reshape(-1), self.critic(x)[:, 0]


def make():
    return gymnasium.make("CartPole-v1")


def ours(seed):
    recipe = PolicyGradientRecipe(
        kind="policy-gradient",
        environment="",
        network="",
        seed=seed,
        episodes_per_step=8,
        update_epochs=10,
        minibatch=64,
        entropy=0.0,
        max_epochs=1,
        epoch_steps=10**6,
        optimizer=OptimizerSettings(learning_rate=3e-4, gradient_clip=0.5),
    )
    torch.manual_seed(seed)
    learner = PolicyGradientLearner(Mlp(), GymnasiumEpisodes(make, encode), recipe)
    acted = 0.0
    for measured in learner.steps(0, 0):
        acted += 8 * measured["length"]
        if acted >= STEPS:
            break
    seeds = np.random.default_rng(123).integers(2**31, size=50).tolist()
    return collect(learner.network, GymnasiumEpisodes(make, encode), seeds, None).returns.mean()


def theirs(sb3, seed):
    model = sb3.PPO("MlpPolicy", make(), seed=seed, device="cpu").learn(STEPS)
    environment, returns = make(), []
    for start in np.random.default_rng(123).integers(2**31, size=50).tolist():
        observation, _ = environment.reset(seed=start)
        over, total = False, 0.0
        while not over:
            action, _ = model.predict(observation, deterministic=True)
            observation, reward, terminated, truncated, _ = environment.step(int(action))
            total, over = total + reward, terminated or truncated
        returns.append(total)
    return np.mean(returns)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_as_good_as_stable_baselines3_within_the_noise_of_seeds():
    sb3 = pytest.importorskip("stable_baselines3", reason="needs the extra sb3")
    found = np.array([ours(seed) for seed in SEEDS])
    reference = np.array([theirs(sb3, seed) for seed in SEEDS])
    print(f"ours {found.round(1)}, stable-baselines3 {reference.round(1)}")
    noise = np.hypot(found.std(ddof=1), reference.std(ddof=1)) / np.sqrt(len(SEEDS))
    assert found.mean() > reference.mean() - 2.0 * max(noise, 10.0)
