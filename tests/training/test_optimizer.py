import copy
import math

import pytest
import torch

from coplug.errors import RecipeError
from coplug.training.optimizer import DivergenceError, Optimizer, OptimizerSettings, schedule_factor


def parameter(value=1.0):
    return torch.nn.Parameter(torch.tensor([value]))


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ("constant", [1.0] * 5),
        ("linear", [1.0, 0.75, 0.5, 0.25, 0.0]),
        ("cosine", [0.5 * (1 + math.cos(math.pi * k / 4)) for k in range(5)]),
    ],
)
def test_schedules(schedule, factors):
    assert [schedule_factor(schedule, k, 4) for k in range(5)] == pytest.approx(factors)
    assert schedule_factor(schedule, 9, 4) == pytest.approx(factors[-1])
    assert schedule_factor(schedule, 3, 0) == 1.0


def test_an_unknown_schedule_lists_the_known_ones():
    with pytest.raises(RecipeError, match="constant, linear, cosine"):
        OptimizerSettings(schedule="exponential")


def test_steps_follow_the_schedule_the_plateau_and_each_groups_rate():
    fast, slow = parameter(), parameter()
    settings = OptimizerSettings(learning_rate=0.1, schedule="linear", factor=0.5)
    optimizer = Optimizer([{"params": [fast]}, {"params": [slow], "lr": 0.01}], settings, total_steps=10)
    rates = []
    for k in range(4):
        if k == 2:
            optimizer.reduce()
        optimizer.step((fast * 1e6 + slow * 1e6).sum(), {})
        optimizer.advance()
        rates.append([group["lr"] for group in optimizer.adam.param_groups])
    assert [r[0] for r in rates] == pytest.approx([0.1, 0.09, 0.04, 0.035])
    assert [r[1] for r in rates] == pytest.approx([0.01, 0.009, 0.004, 0.0035])
    # With a constant gradient each step of Adam is as long as its rate.
    assert fast.item() == pytest.approx(1 - sum(r[0] for r in rates), abs=1e-6)


def test_the_norm_is_measured_before_clipping_and_the_step_is_clipped():
    settings = OptimizerSettings(gradient_clip=0.5)
    p = parameter()
    measured = Optimizer([p], settings).step((3.0 * p).sum(), {})
    assert measured == {"loss": 3.0, "gradient_norm": pytest.approx(3.0)}
    assert p.grad.item() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda p: (p * math.nan).sum(), "the loss is nan"),
        (lambda p: (p / 0.0).sum(), "the loss is inf"),
        (lambda p: (p - 1.0).sqrt().sum(), "the norm of the gradient is inf"),
    ],
)
def test_nothing_changes_at_what_is_not_finite(loss, message):
    p = parameter()
    optimizer = Optimizer([p], OptimizerSettings())
    before = optimizer.state()
    with pytest.raises(DivergenceError, match=message) as caught:
        optimizer.step(loss(p), {"x": p.detach()})
    assert p.item() == 1.0
    assert optimizer.state() == before
    assert set(caught.value.batch) == {"x"}


def test_state_continues_to_the_bit():
    def train(p, optimizer, steps):
        for _ in range(steps):
            optimizer.step((p - 3.0).square().sum(), {})
            optimizer.advance()

    settings = OptimizerSettings(learning_rate=0.1, schedule="cosine", weight_decay=0.01)
    p = parameter()
    optimizer = Optimizer([p], settings, 20)
    train(p, optimizer, 5)
    optimizer.reduce()
    q = parameter(p.item())
    other = Optimizer([q], settings, 20)
    other.load_state(copy.deepcopy(optimizer.state()))
    train(p, optimizer, 5)
    train(q, other, 5)
    assert torch.equal(p, q)
    assert other.learning_rate == optimizer.learning_rate
