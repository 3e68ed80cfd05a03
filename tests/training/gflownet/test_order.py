"""Losses on the order of objects."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.training.gflownet.objectives import OBJECTIVES
from coplug.training.gflownet.order import best_cross_entropy, pairwise_cross_entropy
from tests.training.gflownet.tabular import ENVIRONMENTS, all_trajectories, random_policy

LEVELS = st.lists(st.integers(-3, 3), min_size=2, max_size=9)
TRANSFORMS = {
    "affine": lambda u: 7.0 * u - 100.0,
    "exponential": np.exp,
    "cube": lambda u: u**3,
    "arcus tangent": np.arctan,
    "tiny": lambda u: 1e-9 * u,
    "huge": lambda u: 1e12 * u,
}


def learned(n, seed=0):
    return torch.randn(n, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 3


def written_out(log_reward, values):
    """The mean cross-entropy over pairs, a pair at a time."""
    losses = []
    for i in range(len(values)):
        for j in range(i):
            predicted = torch.stack([log_reward[i], log_reward[j]])
            target = {1: (1.0, 0.0), 0: (0.5, 0.5), -1: (0.0, 1.0)}[int(np.sign(values[i] - values[j]))]
            losses.append(torch.nn.functional.cross_entropy(predicted, torch.tensor(target).double()))
    return torch.stack(losses).mean()


@given(levels=LEVELS, seed=st.integers(0, 100))
@settings(deadline=None, max_examples=50)
def test_pairs_are_compared_as_written_out(levels, seed):
    log_reward = learned(len(levels), seed)
    loss = pairwise_cross_entropy(log_reward, torch.tensor(levels).double())
    torch.testing.assert_close(loss, written_out(log_reward, levels))


@pytest.mark.parametrize("name", TRANSFORMS)
@given(levels=LEVELS, seed=st.integers(0, 100), log_z=st.floats(-50, 50))
@settings(deadline=None, max_examples=25)
def test_neither_a_monotone_transform_nor_log_z_changes_the_loss(name, levels, seed, log_z):
    values = np.array(levels, float)
    transformed = TRANSFORMS[name](values)
    log_reward = learned(len(levels), seed)
    loss = pairwise_cross_entropy(log_reward, torch.from_numpy(values))
    torch.testing.assert_close(pairwise_cross_entropy(log_reward, torch.from_numpy(transformed)), loss)
    torch.testing.assert_close(pairwise_cross_entropy(log_reward + log_z, torch.from_numpy(values)), loss)
    best = torch.from_numpy(values == values.max())
    torch.testing.assert_close(
        best_cross_entropy(log_reward + log_z, best), best_cross_entropy(log_reward, best)
    )


def test_exact_small_cases():
    zero = torch.zeros(3, dtype=torch.float64)
    values = torch.tensor([1.0, 2.0, 3.0])
    assert pairwise_cross_entropy(zero, values).item() == pytest.approx(math.log(2))
    log_reward = torch.tensor([0.0, math.log(3.0)], dtype=torch.float64)
    assert pairwise_cross_entropy(log_reward, values[:2]).item() == pytest.approx(-math.log(3 / 4))
    assert pairwise_cross_entropy(log_reward, values[:2].flip(0)).item() == pytest.approx(-math.log(1 / 4))
    tie = pairwise_cross_entropy(log_reward, torch.ones(2)).item()
    assert tie == pytest.approx(-0.5 * math.log(3 / 4) - 0.5 * math.log(1 / 4))
    assert pairwise_cross_entropy(zero[:1], values[:1]).item() == 0.0
    assert best_cross_entropy(zero, torch.tensor([True, False, True])).item() == pytest.approx(math.log(3))
    certain = torch.tensor([0.0, -1e9, 0.0], dtype=torch.float64)
    assert best_cross_entropy(certain, torch.tensor([True, False, True])).item() == pytest.approx(math.log(2))


def test_large_differences_stay_finite():
    log_reward = torch.tensor([1e4, -1e4], requires_grad=True)
    loss = pairwise_cross_entropy(log_reward, torch.tensor([0.0, 1.0]))
    loss.backward()
    assert loss.item() == pytest.approx(2e4)
    assert log_reward.grad.tolist() == [1.0, -1.0]


def test_gradients():
    values = torch.tensor([1.0, 2.0, 2.0, -1.0])
    log_reward = learned(4).requires_grad_()
    assert torch.autograd.gradcheck(lambda r: pairwise_cross_entropy(r, values), log_reward)
    assert torch.autograd.gradcheck(lambda r: best_cross_entropy(r, values == 2.0), log_reward)


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("loss", OBJECTIVES)
def test_a_learned_reward_is_its_own_target(name, loss):
    """Without rewards, the loss is that of a batch whose rewards are what the policy takes them for."""
    environment = ENVIRONMENTS[name]()
    policy, batch = random_policy(environment), all_trajectories(environment)
    free = OBJECTIVES[loss].balance(policy, batch.without_reward(), 0.8)
    given = type(batch)(batch.states, batch.actions, batch.lengths, free.log_reward.detach().numpy())
    torch.testing.assert_close(free.loss, OBJECTIVES[loss].balance(policy, given, 0.8).loss)
    if loss == "tb":
        assert free.loss.item() == 0.0
    free.loss.backward()
    free = OBJECTIVES[loss].balance(policy, batch.without_reward(), 0.8)
    pairwise_cross_entropy(free.log_reward, torch.from_numpy(batch.log_reward)).backward()
    assert all(torch.isfinite(p.grad).all() for p in policy.network.parameters() if p.grad is not None)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_divergence_of_the_backward_policy_is_written_out(name):
    environment = ENVIRONMENTS[name]()
    policy, batch = random_policy(environment), all_trajectories(environment)
    divergences = []
    for i, length in enumerate(batch.lengths):
        for state in batch.states[i, 1:length]:
            backward = policy.backward(state[None])[0]
            backward = backward[backward > 0]
            divergences.append(-np.log(backward * len(backward)).mean())
    balance = OBJECTIVES["tb"].balance(policy, batch, 0.8)
    assert balance.divergence.item() == pytest.approx(np.mean(divergences))
    assert OBJECTIVES["fm"].balance(policy, batch, 0.8).divergence.item() == 0.0
    with torch.no_grad():
        policy.network.backward_logits.zero_()
    assert OBJECTIVES["tb"].balance(policy, batch, 0.8).divergence.item() == pytest.approx(0.0, abs=1e-12)
