import math

import numpy as np
import pytest
import torch

from coplug.training.policy_gradient.losses import (
    explained_variance,
    kl_estimate,
    look_at,
    ppo_loss,
    reinforce_loss,
    value_loss,
)

PTR = torch.tensor([0, 3, 4, 6])
ACTIONS = torch.tensor([1, 0, 1])


def test_log_probabilities_and_entropies_are_each_graphs_own():
    logits = torch.randn(6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    chosen = look_at(logits, PTR, ACTIONS)
    for i in range(3):
        log_p = torch.log_softmax(logits[PTR[i] : PTR[i + 1]], 0)
        assert chosen.log_probability[i].item() == pytest.approx(log_p[ACTIONS[i]].item())
        assert chosen.entropy[i].item() == pytest.approx(-(log_p.exp() * log_p).sum().item())
    assert chosen.entropy[1] == 0.0


def test_gradients():
    logits = torch.randn(6, dtype=torch.float64, requires_grad=True)
    advantage = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    old = look_at(logits, PTR, ACTIONS).log_probability.detach() + torch.tensor([0.05, -0.05, 0.1])

    def reinforce(x):
        return reinforce_loss(look_at(x, PTR, ACTIONS).log_probability, advantage)

    def ppo(x):
        return ppo_loss(look_at(x, PTR, ACTIONS).log_probability, old, advantage, 0.2)[0]

    def entropy(x):
        return look_at(x, PTR, ACTIONS).entropy.mean()

    for function in (reinforce, ppo, entropy):
        assert torch.autograd.gradcheck(function, (logits,))


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "clipped", "moves"),
    [
        (1.0, 2.0, -2.0, 0.0, True),
        (1.5, 2.0, -2.4, 1.0, False),
        (1.5, -2.0, 3.0, 1.0, True),
        (0.5, 2.0, -1.0, 1.0, True),
        (0.5, -2.0, 1.6, 1.0, False),
    ],
)
def test_ppo_clips_what_has_gone_far_enough(ratio, advantage, loss, clipped, moves):
    log_p = torch.tensor([math.log(ratio)], dtype=torch.float64, requires_grad=True)
    found, fraction = ppo_loss(log_p, torch.zeros(1), torch.tensor([advantage]), 0.2)
    assert (found.item(), fraction.item()) == (pytest.approx(loss), clipped)
    found.backward()
    assert (log_p.grad.item() != 0.0) == moves


def test_at_the_old_policy_ppos_gradient_is_reinforces():
    logits = torch.randn(6, dtype=torch.float64, requires_grad=True)
    advantage = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    log_p = look_at(logits, PTR, ACTIONS).log_probability
    (one,) = torch.autograd.grad(reinforce_loss(log_p, advantage), logits, retain_graph=True)
    (two,) = torch.autograd.grad(ppo_loss(log_p, log_p.detach(), advantage, 0.2)[0], logits)
    torch.testing.assert_close(one, two)


def test_value_loss():
    assert value_loss(torch.tensor([1.0, 3.0]), torch.tensor([0.0, 3.0])).item() == 0.25


def test_divergence_is_estimated_without_bias_and_is_never_negative():
    rng = np.random.default_rng(0)
    old, new = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    drawn = rng.choice(3, size=200_000, p=old)
    log_old, log_new = (torch.from_numpy(np.log(p)[drawn]) for p in (old, new))
    exact = float((old * np.log(old / new)).sum())
    assert kl_estimate(log_new, log_old).item() == pytest.approx(exact, rel=0.02)
    assert kl_estimate(log_old, log_old).item() == 0.0
    assert (kl_estimate(log_new[:1], log_old[:1]) >= 0.0).all()


def test_explained_variance_by_hand():
    targets = np.array([0.0, 2.0, 4.0])
    assert explained_variance(targets, targets) == 1.0
    assert explained_variance(np.array([7.0, 7.0, 7.0]), targets) == pytest.approx(0.0)
    assert explained_variance(-targets, targets) == pytest.approx(-3.0)
    assert explained_variance(targets, np.ones(3)) == 0.0
