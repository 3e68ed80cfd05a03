import copy
import dataclasses
import json

import numpy as np
import pytest
import torch

from coplug.errors import RecipeError
from coplug.training.checkpoint import load_checkpoint
from coplug.training.device import seeded
from coplug.training.loop import train
from coplug.training.optimizer import DivergenceError, OptimizerSettings
from coplug.training.policy_gradient.learner import PolicyGradientLearner, PolicyGradientRecipe, trainer
from coplug.training.policy_gradient.rollout import collect, log_returns
from coplug.training.run_directory import RunDirectory
from tests.training.policy_gradient.maze import Network, Walk, best_return
from tests.training.test_supervised import Reporter

MAZE = "tests.training.policy_gradient.maze"


def make_recipe(**changes):
    settings = {
        "kind": "policy-gradient",
        "environment": f"{MAZE}:Walk",
        "network": f"{MAZE}:Network",
        "episodes_per_step": 8,
        "evaluation_episodes": 16,
        "discount": 1.0,
        "epoch_steps": 3,
        "max_epochs": 2,
        "device": "cpu",
    }
    return PolicyGradientRecipe(**(settings | changes))


def run(directory, recipe, resume=False, episodes=None):
    with (
        seeded(recipe.seed, torch.device("cpu")),
        RunDirectory(directory, recipe, resume=resume) as opened,
    ):
        learner = PolicyGradientLearner(Network(), episodes or Walk(), recipe)
        return train(learner, recipe, opened, Reporter()), learner


@pytest.mark.parametrize(
    ("algorithm", "baseline", "rate"),
    [
        ("ppo", "critic", 2e-3),
        pytest.param("reinforce", "critic", 5e-3, marks=pytest.mark.slow),
        pytest.param("reinforce", "mean", 5e-3, marks=pytest.mark.slow),
    ],
)
def test_the_optimal_return_is_reached_within_one_percent(tmp_path, algorithm, baseline, rate):
    recipe = make_recipe(
        algorithm=algorithm,
        baseline=baseline,
        episodes_per_step=32,
        evaluation_episodes=400,
        entropy=0.005,
        epoch_steps=25,
        max_epochs=16,
        optimizer=OptimizerSettings(learning_rate=rate, gradient_clip=0.5, schedule="linear"),
    )
    outcome, learner = run(tmp_path, recipe)
    fresh = np.random.default_rng(99).integers(2**31, size=2000).tolist()
    found = collect(learner.network, Walk(), fresh, None).returns.mean()
    best = best_return(fresh)
    assert found == pytest.approx(best, rel=0.01)
    assert outcome.best["valid_return"] > 0.95 * best


class Interrupted(Walk):
    """Fails in the n-th call of reset."""

    def __init__(self, n):
        super().__init__()
        self.left = n

    def reset(self, seeds):
        self.left -= 1
        if self.left == 0:
            raise InterruptedError
        return super().reset(seeds)


@pytest.mark.parametrize("algorithm", ["ppo", "reinforce"])
@pytest.mark.parametrize("when", [2, 4, 6])
def test_resume_continues_to_the_bit(tmp_path, algorithm, when):
    recipe = make_recipe(algorithm=algorithm, checkpoint_s=0.0, minibatch=8)
    _, whole = run(tmp_path / "whole", recipe)
    with pytest.raises(InterruptedError):
        run(tmp_path / "cut", recipe, episodes=Interrupted(when))
    _, resumed = run(tmp_path / "cut", recipe, resume=True)
    for one, two in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        assert torch.equal(one, two)
    logs = [(tmp_path / name / "metrics.jsonl").read_text().splitlines() for name in ("whole", "cut")]
    assert [json.loads(x) | {"time_s": 0, "environment_steps_per_s": 0} for x in logs[0]] == [
        json.loads(x) | {"time_s": 0, "environment_steps_per_s": 0} for x in logs[1]
    ]


class Poisoned(Walk):
    """Gives a NaN reward in every episode."""

    def step(self, actions):
        step = super().step(actions)
        step.rewards[0] = np.nan
        return step


def test_a_reward_that_is_not_finite_changes_nothing_and_is_kept(tmp_path):
    recipe = make_recipe(minibatch=4)
    torch.manual_seed(0)
    learner = PolicyGradientLearner(Network(), Walk(), recipe)
    before = copy.deepcopy(learner.state())
    learner.episodes = Poisoned()
    with pytest.raises(DivergenceError, match="the loss is nan"):
        next(learner.steps(0, 0))
    for name, tensor in learner.network.state_dict().items():
        assert torch.equal(tensor, before["network"][name])
    with pytest.raises(DivergenceError, match="epoch 1, step 0"):
        run(tmp_path, recipe, episodes=Poisoned())
    batch = load_checkpoint(tmp_path / "diverged.safetensors")["batch"]
    assert batch["advantages"].isnan().any()
    assert "nodes.node" in batch


def test_trainer_makes_what_the_recipe_names(tmp_path):
    recipe = make_recipe(environment_arguments={"horizon": 4}, network_arguments={"width": 8})
    outcome = trainer.train(recipe, tmp_path / "run", resume=False, reporter=Reporter())
    assert outcome.epochs == 2
    assert outcome.metric == "valid_return"
    assert (outcome.policy / "info.json").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"environment": "nowhere"}, "expected package.module:object"),
        ({"environment": "no.such.module:Walk"}, "environment 'no.such.module:Walk' cannot be imported"),
        ({"environment": f"{MAZE}:Nothing"}, "has no 'Nothing'"),
        ({"environment_arguments": {"size": 3}}, r"cannot be made with the arguments given \(size\)"),
        ({"network": f"{MAZE}:Walk"}, "made an object without parameters, export"),
        ({"algorithm": "a2c"}, "ppo, reinforce"),
        ({"baseline": "best"}, "critic, mean, none"),
    ],
)
def test_bad_recipes_are_one_line_and_write_nothing(tmp_path, changes, message):
    with pytest.raises(RecipeError, match=message) as caught:
        trainer.train(make_recipe(**changes), tmp_path / "run", resume=False, reporter=Reporter())
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_without_a_critic_its_values_are_not_used():
    recipe = make_recipe(algorithm="reinforce", baseline="none")
    learner = PolicyGradientLearner(Network(), Walk(), recipe)
    transitions = collect(learner.network, Walk(), [1, 2, 3], np.random.default_rng(0))
    advantages, targets = learner._advantages(transitions)
    for i in range(3):
        part = slice(transitions.ptr[i], transitions.ptr[i + 1])
        to_go = np.cumsum(transitions.rewards[part][::-1])[::-1]
        np.testing.assert_allclose(advantages[part], to_go)
    np.testing.assert_allclose(targets, advantages)


def test_with_logarithms_the_targets_are_those_of_the_costs_to_go():
    recipe = make_recipe(returns="log", gae_lambda=1.0)
    learner = PolicyGradientLearner(Network(), Walk(), recipe)
    found = collect(learner.network, Walk(), [1, 2, 3], np.random.default_rng(0))
    costs = dataclasses.replace(found, rewards=-np.abs(found.rewards))
    advantages, targets = learner._advantages(costs)
    for i in range(3):
        part = slice(costs.ptr[i], costs.ptr[i + 1])
        to_go = np.cumsum(costs.rewards[part][::-1])[::-1]
        np.testing.assert_allclose(targets[part], -np.log(1.0 - to_go))
    np.testing.assert_allclose(advantages, targets - costs.values)


@pytest.mark.parametrize(("algorithm", "decay"), [("ppo", 0.5), ("reinforce", 1.0)])
def test_with_logarithms_lambda_is_of_the_advantages_alone(algorithm, decay):
    learner = PolicyGradientLearner(
        Network(), Walk(), make_recipe(returns="log", gae_lambda=0.5, algorithm=algorithm)
    )
    found = collect(learner.network, Walk(), [1, 2, 3], np.random.default_rng(0))
    costs = dataclasses.replace(found, rewards=-np.abs(found.rewards), values=-np.abs(found.values) - 0.1)
    advantages, targets = learner._advantages(costs)
    arguments = costs.rewards, costs.values, costs.ptr, costs.parents, 1.0
    np.testing.assert_allclose(targets, log_returns(*arguments, 1.0))
    np.testing.assert_allclose(advantages, log_returns(*arguments, decay) - costs.values)


def test_logarithms_of_gains_are_refused():
    learner = PolicyGradientLearner(Network(), Walk(), make_recipe(returns="log"))
    found = collect(learner.network, Walk(), [1, 2, 3], np.random.default_rng(0))
    gains = dataclasses.replace(found, rewards=np.ones_like(found.rewards))
    with pytest.raises(RecipeError, match="costs"):
        learner._advantages(gains)


def test_only_so_many_transitions_are_learned_from(monkeypatch):
    learner = PolicyGradientLearner(
        Network(), Walk(), make_recipe(learned_transitions=20, update_epochs=3, minibatch=8)
    )
    seen = []
    update = learner._update
    monkeypatch.setattr(learner, "_update", lambda *a: (seen.append(a[-1]), update(*a))[1])
    next(learner.steps(0, 0))
    assert [len(part) for part in seen] == [8, 8, 4] * 3
    sets = [set(np.concatenate(seen[k : k + 3]).tolist()) for k in (0, 3, 6)]
    assert len(sets[0]) == 20
    assert sets[0] == sets[1] == sets[2]
    next(learner.steps(0, 1))
    assert set(np.concatenate(seen[9:12]).tolist()) != sets[0]
