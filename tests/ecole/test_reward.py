from __future__ import annotations

import math
import time

import numpy as np
import pytest

import coplug.ecole as ecole
from coplug.ecole import reward
from coplug.problems.milp.families.setcover import SetCover
from tests.ecole.models import AUCTION, at_root, branchy_model


def episode(function, model=None, choose=lambda action_set: action_set[-1]):
    """Return the rewards of one episode and its model."""
    environment = ecole.environment.Branching(observation_function=None, reward_function=function)
    environment.seed(3)
    _, action_set, offset, done, _ = environment.reset(model or branchy_model())
    rewards = [offset]
    while not done:
        _, action_set, value, done, _ = environment.step(choose(action_set))
        rewards.append(value)
    return rewards, environment.model


@pytest.mark.parametrize(
    ("function", "total"),
    [
        (reward.NNodes(), lambda solver: solver.getNTotalNodes()),
        (reward.LpIterations(), lambda solver: solver.getNLPIterations()),
        (reward.IsDone(), lambda solver: 1),
    ],
)
def test_counters_sum_to_scips_own_count(function, total):
    rewards, model = episode(function)
    assert len(rewards) > 3
    assert sum(rewards) == total(model.solver)
    again, _ = episode(function)
    assert again == rewards


@pytest.mark.parametrize("wall", [True, False])
def test_solving_time_counts_what_the_agent_takes(wall):
    function = reward.SolvingTime(wall=wall)
    function.before_reset(None)
    start = time.process_time()
    while time.process_time() - start < 0.05:
        pass
    first, second = function.extract(None), function.extract(None)
    assert first >= 0.05
    assert 0.0 <= second < first


class Two(reward.RewardArithmetic):
    """Rewards 2, 4, 6, ..."""

    def __init__(self):
        self.value = 0.0

    def before_reset(self, model):
        self.value = 0.0

    def extract(self, model, done=False):
        self.value += 2.0
        return self.value


@pytest.mark.parametrize(
    ("formula", "first", "text"),
    [
        (lambda r: r + 1, 3, "(Two() + Constant(1.0))"),
        (lambda r: 1 - r, -1, "(Constant(1.0) - Two())"),
        (lambda r: 3 * r / 4 // 1, 1, "(((Constant(3.0) * Two()) / Constant(4.0)) // Constant(1.0))"),
        (lambda r: 2**r % 3, 1, "((Constant(2.0) ** Two()) % Constant(3.0))"),
        (lambda r: -r, -2, "(-Two())"),
        (lambda r: abs(-r), 2, "(abs((-Two())))"),
        (lambda r: round(r * 0.4), 1, "round((Two() * Constant(0.4)))"),
        (lambda r: math.floor(r * 0.9), 1, "math.floor((Two() * Constant(0.9)))"),
        (lambda r: math.ceil(r * 0.6), 2, "math.ceil((Two() * Constant(0.6)))"),
        (lambda r: math.trunc(r * 0.9), 1, "math.trunc((Two() * Constant(0.9)))"),
        (lambda r: r.exp(), math.exp(2), "Two().exp()"),
        (lambda r: (r + 2).sqrt(), 2, "(Two() + Constant(2.0)).sqrt()"),
        (lambda r: r.isfinite(), 1, "Two().isfinite()"),
        (lambda r: r.apply(lambda x: x * x), 4, "lambda(Two())"),
    ],
)
def test_arithmetic(formula, first, text):
    function = formula(Two())
    function.before_reset(None)
    assert function.extract(None) == pytest.approx(first)
    assert isinstance(function.extract(None), float)
    assert repr(function) == text
    function.before_reset(None)
    assert function.extract(None, done=True) == pytest.approx(first)


def test_cumsum_starts_over_with_each_episode():
    function = Two().cumsum()
    for _ in range(2):
        function.before_reset(None)
        assert [function.extract(None) for _ in range(3)] == [2, 6, 12]
    assert repr(function) == "Two().cumsum()"
    assert (function * 2).extract(None) == 40


class Clock:
    """A clock that the test moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def integral_at_root(function):
    """Return the model at its root and the clock of the integral, which then shows 10 s."""
    clock = Clock()
    function._clock = clock
    model = branchy_model()
    function.before_reset(model)
    clock.now = 10.0
    assert not ecole.dynamics.BranchingDynamics().reset_dynamics(model)[0]
    function.extract(model)
    return model, clock


@pytest.mark.parametrize(
    ("make", "height"),
    [
        (lambda: reward.PrimalIntegral(bound_function=lambda m: (100.0, -1e20)), lambda p, d: 100.0 - p),
        (lambda: reward.PrimalIntegral(bound_function=lambda m: (7.0, 1e9)), lambda p, d: 7.0 - 1e9),
        (lambda: reward.DualIntegral(bound_function=lambda m: (100.0, 1e20)), lambda p, d: d - 100.0),
        (lambda: reward.DualIntegral(bound_function=lambda m: (0.0, 5.0)), lambda p, d: 5.0),
        (lambda: reward.PrimalDualIntegral(), lambda p, d: d - p),
    ],
)
def test_integrals_of_a_maximization_are_height_times_time(make, height):
    function = make()
    model, clock = integral_at_root(function)
    primal, dual = model.primal_bound, model.dual_bound
    assert abs(primal) < 1e6  # there is an incumbent
    clock.now = 12.5
    assert function.extract(model) == pytest.approx(2.5 * height(primal, dual))
    assert function.extract(model) == 0.0


def test_integral_of_a_minimization():
    model = ecole.scip.Model.from_instance(
        ecole_setcover_instance()  # every objective value lies between 0 and 1e4
    )
    function = reward.PrimalDualIntegral(bound_function=lambda m: (1e4, 0.0))
    clock = function._clock = Clock()
    function.before_reset(model)
    clock.now = 1.0
    assert function.extract(model) == pytest.approx(1e4)
    model.solve()
    assert function.extract(model) == 0.0
    clock.now = 3.0
    assert function.extract(model) == pytest.approx(0.0, abs=1e-6)


def ecole_setcover_instance():
    return SetCover(40, 80, 0.1).generate(np.random.RandomState(0))


def test_bounds_are_followed_between_the_steps():
    heights = []
    function = reward.PrimalDualIntegral(bound_function=lambda m: (-1e4, 1e4))
    clock = function._clock = Clock()
    model = branchy_model()
    function.before_reset(model)
    original = function._tracker.eventexec

    def ticking(event):
        clock.now += 1.0  # one second before each event
        original(event)
        heights.append(min(model.dual_bound, 1e4) - max(model.primal_bound, -1e4))

    function._tracker.eventexec = ticking
    model.solve()
    assert len(heights) > 3
    assert heights == sorted(heights, reverse=True)
    assert function.extract(model) == pytest.approx(2e4 + sum(heights[:-1]))


def test_two_integrals_live_in_one_model():
    rewards, _ = episode(reward.PrimalIntegral() + reward.DualIntegral(wall=True))
    assert all(math.isfinite(value) for value in rewards)


def test_an_integral_before_its_reset_says_what_to_do():
    with pytest.raises(ValueError, match="before_reset"):
        reward.DualIntegral().extract(at_root(AUCTION)[0])
