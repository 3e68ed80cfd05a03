"""Policy gradient through the environments as a control of training on the rate itself, for reproduce_icgnn.py.

Networks act in ``coplug/Precoding-v0`` and ``coplug/PowerAllocation-v0``: an action is the precoder, or the amplitudes,
that they make of an observation. REINFORCE draws the network's numbers from a normal distribution around what it says
and knows nothing of the reward but its value; its baseline is what the same network gets without anything random in a
second environment of the same seed. The control of the control has the gradient of the rate, which it knows, from the
same observations, in as many updates of as many steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
import torch
from icgnn_parts import Row
from torch import Tensor, nn

import coplug  # noqa: F401 # registers the environments
from coplug.models.icgnn import Drawn
from coplug.models.icgnn_power import IcgnnPower
from coplug.models.icgnn_precoding import IcgnnPrecoding
from coplug.problems.wireless.layouts import noise_w
from coplug.problems.wireless.linear import hermitian, scaled_to_power
from coplug.problems.wireless.power_instance import make_power
from coplug.problems.wireless.power_options import PowerOptions
from coplug.problems.wireless.weighted_mmse import gram_domain

UPDATES, COPIES, SEEDS = 400, 64, 3
DEVIATION, LEARNING_RATE = 0.1, 3e-3
TEST_SEED = 100_000
"""Of the first environment of the evaluation; training has seeds below."""

Act = Callable[[Any, Any, Drawn | None], tuple[Any, Tensor]]
"""Of network, observations and what lets it be random: actions, and the rates that count, which torch can follow."""


@dataclass(frozen=True)
class Case:
    """An environment and what acts in it."""

    name: str
    arguments: dict[str, Any]
    act: Act
    network: Callable[[], nn.Module]
    baselines: tuple[str, ...]


def precode(network: Any, observations: Any, drawn: Drawn | None) -> tuple[Any, Tensor]:
    """Make precoders of channels at 20 dB."""
    channels = (observations[:, 0] + 1j * observations[:, 1]).astype(np.complex64)
    b, n_users = channels.shape[:2]
    domain = gram_domain(channels, np.full(b, 0.01))
    at = network(
        torch.from_numpy(domain.gram),
        torch.from_numpy(domain.noise),
        torch.zeros(b),
        torch.ones(b, n_users),
        drawn,
    )[-1]
    precoders = scaled_to_power(hermitian(channels) @ at.duals.detach().numpy())
    return np.stack([precoders.real, precoders.imag], axis=1), torch.log2(1.0 + at.sinr).sum(dim=-1)


def allocate(network: Any, observations: Any, drawn: Drawn | None) -> tuple[Any, Tensor]:
    """Make amplitudes of large-scale fading in dB."""
    arrays = {"beta": 10.0 ** (observations / 10.0), "noise": np.array(noise_w()), "power": np.array(0.1)}
    instance = make_power("observed", arrays, PowerOptions())
    inputs = (torch.from_numpy(array.astype(np.float32)) for array in (instance.gain, instance.fading))
    at = network(*inputs, drawn)[-1]
    rates = instance.data_share * torch.log2(1.0 + at.sinr)
    return at.amplitudes.detach().numpy(), rates.amin(dim=-1) if network.least_rate else rates.sum(dim=-1)


CASES = (
    Case(
        "coplug/Precoding-v0",
        {"n_users": 8, "n_antennas": 8},
        precode,
        lambda: IcgnnPrecoding(2, learned_start=True),
        ("rzf", "wmmse"),
    ),
    Case(
        "coplug/PowerAllocation-v0",
        {"n_aps": 20, "n_users": 6, "goal": "least"},
        allocate,
        lambda: IcgnnPower(4, least_rate=True),
        ("full", "best"),
    ),
    Case(
        "coplug/PowerAllocation-v0",
        {"n_aps": 20, "n_users": 6, "goal": "sum"},
        allocate,
        lambda: IcgnnPower(4),
        ("full", "best"),
    ),
)


class Copies:
    """Environments side by side that begin again by themselves, each episode with a seed of its own."""

    def __init__(self, case: Case, count: int, seed: int) -> None:
        self.all: list[Any] = [gymnasium.make(case.name, **case.arguments).unwrapped for _ in range(count)]
        self.seeds = iter(range(seed, 2**31))
        self.observations = np.stack([self._reset(env) for env in self.all])

    def step(self, actions: Any) -> Any:
        """Act in each; return the rewards."""
        rewards = np.empty(len(self.all))
        for i, (env, action) in enumerate(zip(self.all, actions, strict=True)):
            self.observations[i], rewards[i], over, _, _ = env.step(action)
            if over:
                self.observations[i] = self._reset(env)
        return rewards

    def _reset(self, env: Any) -> Any:
        return env.reset(seed=next(self.seeds))[0]


def control_table(draws: int) -> list[Row]:
    """Measure what both gradients make of a fresh network, beside classical rules, in reward a step."""
    rows = []
    for case in CASES:
        row: Row = {
            "environment": case.name,
            "arguments": ", ".join(f"{k}={v}" for k, v in case.arguments.items()),
        }
        for name in case.baselines:
            row[f"classical: {'simple' if name == case.baselines[0] else 'best'}"] = (
                f"{name} {_mean_reward(case, _rule(name), draws):.3f}"
            )
        row["fresh"] = f"{_mean_reward(case, _networks(case, case.network()), draws):.3f}"
        for name, learn in (("gradient of the rate", follow_rate), ("policy gradient", follow_rewards)):
            found = []
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                network = case.network()
                learn(case, network, seed * 10_000)
                found.append(_mean_reward(case, _networks(case, network), draws))
            row[name] = f"{np.mean(found):.3f} ± {np.std(found, ddof=1):.3f}"
        rows.append(row)
    return rows


def follow_rate(case: Case, network: nn.Module, seed: int) -> None:
    """Train on the rate itself."""
    copies = Copies(case, COPIES, seed)

    def loss() -> Tensor:
        actions, rates = case.act(network, copies.observations, None)
        copies.step(actions)
        return -rates.mean()

    _train(network, loss)


def follow_rewards(case: Case, network: nn.Module, seed: int) -> None:
    """Train by REINFORCE on what the environments answer."""
    copies, twins = Copies(case, COPIES, seed), Copies(case, COPIES, seed)

    def loss() -> Tensor:
        drawn = Drawn(DEVIATION)
        actions, _ = case.act(network, copies.observations, drawn)
        with torch.no_grad():
            usual, _ = case.act(network, twins.observations, None)
        advantage = torch.from_numpy(copies.step(actions) - twins.step(usual)).float()
        return -(advantage / (advantage.std() + 1e-6) * drawn.log_likelihood).mean()

    _train(network, loss)


def _train(network: nn.Module, loss: Callable[[], Tensor]) -> None:
    optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, UPDATES)
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()


def _networks(case: Case, network: Any) -> Callable[[Copies], Any]:
    def act(copies: Copies) -> Any:
        with torch.no_grad():
            return case.act(network, copies.observations, None)[0]

    return act


def _rule(name: str) -> Callable[[Copies], Any]:
    rng = np.random.default_rng(0)
    return lambda copies: [
        env.baselines[name](env, seen, rng) for env, seen in zip(copies.all, copies.observations, strict=True)
    ]


def _mean_reward(case: Case, act: Callable[[Copies], Any], draws: int) -> float:
    copies = Copies(case, 50, TEST_SEED)
    return float(np.mean([copies.step(act(copies)) for _ in range(max(1, draws // 50))]))
