import json
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from coplug.errors import PolicyError, RecipeError
from coplug.training import session
from coplug.training.alphazero.learner import (
    AlphaZeroLearner,
    AlphaZeroRecipe,
    SearchSettings,
    policy_loss,
    trainer,
)
from coplug.training.alphazero.network_model import network_model
from coplug.training.alphazero.selfplay import match, play
from coplug.training.device import seeded
from coplug.training.distributed import World
from coplug.training.loop import train
from coplug.training.optimizer import DivergenceError, OptimizerSettings
from coplug.training.run_directory import RunDirectory
from tests.training.alphazero.games import Change, Nim, Table, greedy
from tests.training.test_supervised import Reporter

GAMES = "tests.training.alphazero.games"
CPU = torch.device("cpu")


def make_recipe(**changes):
    settings = {
        "kind": "alphazero",
        "game": f"{GAMES}:Nim",
        "network": f"{GAMES}:Table",
        "search": SearchSettings(simulations=24),
        "epoch_steps": 3,
        "max_epochs": 2,
        "episodes_per_step": 8,
        "evaluation_episodes": 8,
        "capacity": 2000,
        "batch_size": 32,
        "device": "cpu",
    }
    return AlphaZeroRecipe(**(settings | changes))


def run(directory, recipe, game, network, resume=False):
    with (
        seeded(recipe.seed, CPU),
        RunDirectory(directory, recipe, resume=resume) as opened,
    ):
        learner = AlphaZeroLearner(network(), game, recipe)
        return train(learner, recipe, opened, Reporter()), learner


@pytest.mark.parametrize("kind", ["puct", "gumbel"])
def test_nim_is_solved(tmp_path, kind):
    recipe = make_recipe(
        search=SearchSettings(kind=kind, simulations=24, considered=3),
        epoch_steps=15,
        max_epochs=8,
        episodes_per_step=32,
        updates_per_step=16,
        optimizer=OptimizerSettings(learning_rate=0.05, schedule="cosine"),
    )
    outcome, learner = run(tmp_path, recipe, Nim(11), lambda: Table(12))
    piles = np.arange(1, 12)[:, None]
    actions, values = greedy(learner.network, Nim(11), piles)
    lost = piles[:, 0] % 4 == 0
    assert ((actions + 1)[~lost] == piles[~lost, 0] % 4).all()
    assert (values[~lost] > 0.0).all()
    assert (values[lost] < 0.0).all()
    assert outcome.best["valid_generation"] >= 1


def test_change_is_paid_with_the_fewest_coins(tmp_path):
    game = Change()
    recipe = make_recipe(
        epoch_steps=15,
        max_epochs=6,
        episodes_per_step=32,
        updates_per_step=16,
        evaluation_episodes=64,
        optimizer=OptimizerSettings(learning_rate=0.05, schedule="cosine"),
    )
    _, learner = run(tmp_path, recipe, game, lambda: Table(21))
    amounts = np.arange(1, 21)[:, None]
    left, coins = amounts.copy(), np.zeros(20, int)
    for _ in range(20):
        active = left[:, 0] > 0
        actions, _ = greedy(learner.network, game, left[active])
        left[active] -= game.coins[actions][:, None]
        coins[active] += 1
    np.testing.assert_array_equal(coins, game.fewest()[1:])


def test_values_are_returns_to_the_player_who_moved():
    torch.manual_seed(0)
    model = network_model(Nim(), Table(), CPU)
    settings = SearchSettings(simulations=8).build(two_player=True)
    played = play(model, 5, settings, 4, np.random.default_rng(0))
    piles = played.examples.nodes["state"].values[:, 0]
    values = played.examples.extras["value"].values
    # Moves come turn by turn; the winner's are worth 1, the loser's -1.
    assert set(values.tolist()) <= {1.0, -1.0}
    np.testing.assert_allclose(played.examples.extras["policy"].values.sum(1), 1.0)
    assert len(piles) == played.lengths.sum()
    for i in range(5):
        first = values[i]
        assert first == played.returns[i] == (1.0 if played.lengths[i] % 2 else -1.0)


def test_discounted_values_of_one_player():
    settings = SearchSettings(simulations=4, discount=0.5).build(two_player=False)
    played = play(network_model(Change(8), Table(9), CPU), 6, settings, 0, np.random.default_rng(1))
    values = played.examples.extras["value"].values
    for i in range(6):
        n = played.lengths[i]
        assert values[i] == pytest.approx(-(2.0 - 0.5 ** (n - 1)))
        assert played.returns[i] == -n


def test_a_match_is_fair():
    class Perfect(torch.nn.Module):
        def forward(self, x):
            piles = x.argmax(1)
            wanted = torch.nn.functional.one_hot((piles % 4 - 1).clamp(min=0), 3)
            return 9.0 * wanted, torch.where(piles % 4 == 0, -1.0, 1.0)

    class Foolish(torch.nn.Module):
        def forward(self, x):
            return torch.zeros(len(x), 3), torch.zeros(len(x))

    game = Nim()
    perfect, foolish = (network_model(game, network, CPU) for network in (Perfect(), Foolish()))
    settings = SearchSettings(simulations=1, dirichlet_fraction=0.0).build(two_player=True)
    lead = match(game, (perfect, foolish), 60, settings, np.random.default_rng(0))
    assert lead > 0.7
    assert match(game, (foolish, perfect), 60, settings, np.random.default_rng(0)) == pytest.approx(-lead)
    assert match(game, (perfect, perfect), 60, settings, np.random.default_rng(0)) == 0.0


def test_illegal_actions_have_no_part_in_the_loss():
    logits = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    legal = torch.tensor([[True, True, False], [True, True, True]])
    policy = torch.tensor([[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]], dtype=torch.float64)
    loss = policy_loss(logits, policy, legal)
    one = -(policy[0, :2] * torch.log_softmax(logits[0, :2], 0)).sum()
    two = -torch.log_softmax(logits[1], 0)[0]
    assert loss.item() == pytest.approx(((one + two) / 2).item())
    loss.backward()
    assert logits.grad[0, 2] == 0.0
    assert torch.isfinite(logits.grad).all()
    assert torch.autograd.gradcheck(lambda x: policy_loss(x, policy, legal), (logits,))


class Interrupted(Nim):
    def __init__(self, n):
        super().__init__()
        self.left = n

    def initial_states(self, n, rng):
        self.left -= 1
        if self.left == 0:
            raise InterruptedError
        return super().initial_states(n, rng)


@pytest.mark.parametrize("when", [2, 5, 7])
def test_resume_continues_to_the_bit(tmp_path, when):
    recipe = make_recipe(checkpoint_s=0.0)
    _, whole = run(tmp_path / "whole", recipe, Nim(), Table)
    with pytest.raises(InterruptedError):
        run(tmp_path / "cut", recipe, Interrupted(when), Table)
    _, resumed = run(tmp_path / "cut", recipe, Nim(), Table, resume=True)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name])
        assert torch.equal(whole.player.state_dict()[name], resumed.player.state_dict()[name])
    logs = [(tmp_path / name / "metrics.jsonl").read_text().splitlines() for name in ("whole", "cut")]
    assert [json.loads(x) | {"time_s": 0, "environment_steps_per_s": 0} for x in logs[0]] == [
        json.loads(x) | {"time_s": 0, "environment_steps_per_s": 0} for x in logs[1]
    ]


def test_the_player_is_replaced_only_by_a_better_network():
    torch.manual_seed(0)
    learner = AlphaZeroLearner(Table(21), Change(), make_recipe(gate=0.5))
    first = learner.evaluate(0)
    assert (first["generation"], learner.player_return) == (1.0, first["return"])
    with torch.no_grad():
        learner.network.logits.bias += torch.tensor([50.0, 0.0, 0.0])  # pays with single coins
    assert learner.evaluate(1)["generation"] == 1.0
    assert learner.player.logits.bias[0] < 10
    assert learner.player_return == first["return"]


class NotFinite(Change):
    def step(self, states, actions):
        following = super().step(states, actions)
        return type(following)(following.states, following.rewards * 1e200, following.terminal)


def test_a_value_that_is_not_finite_changes_nothing():
    torch.manual_seed(0)
    learner = AlphaZeroLearner(Table(21), NotFinite(), make_recipe())
    before = {name: tensor.clone() for name, tensor in learner.network.state_dict().items()}
    with pytest.raises(DivergenceError, match="loss is inf"):
        next(learner.steps(0, 0))
    assert all(torch.equal(tensor, before[name]) for name, tensor in learner.network.state_dict().items())


class Short(Table):
    """Knows the first actions only, as a network does whose input ends where a small state does."""

    def __init__(self, n_logits):
        super().__init__(9, n_logits)


def test_a_network_may_leave_out_actions_that_are_not_legal():
    torch.manual_seed(0)
    game, piles = Nim(8), np.array([[1], [2]])
    found = network_model(game, Short(2), CPU).evaluate(piles)
    assert found.logits.shape == found.legal.shape == (2, 2)
    with pytest.raises(PolicyError, match="gave 2 logits, but action 2 is legal"):
        network_model(game, Short(2), CPU).evaluate(np.array([[1], [3]]))
    played = play(
        network_model(Nim(2), Table(3, 2), CPU),
        6,
        SearchSettings(simulations=4).build(True),
        0,
        np.random.default_rng(0),
    )
    assert played.examples.extras["policy"].values.shape[1] == 3
    learner = AlphaZeroLearner(Table(3, 2), Nim(2), make_recipe())
    assert np.isfinite(next(learner.steps(0, 0))["policy_loss"])


class Compiled(Table):
    """Asks to be evaluated by other code."""

    def compiled(self):
        weight, bias = self.logits.weight.detach().numpy().copy(), self.logits.bias.detach().numpy().copy()
        return lambda x: (x @ weight.T + bias, np.full(len(x), 0.25))


def test_a_compiled_network_is_asked_in_searches_with_its_weights_of_now():
    torch.manual_seed(0)
    network, piles = Compiled(9), np.arange(1, 8)[:, None]
    first = network_model(Nim(8), network, CPU).evaluate(piles)
    assert (first.values == 0.25).all()
    plain = Table(9)
    plain.load_state_dict(network.state_dict())
    np.testing.assert_allclose(
        first.logits, network_model(Nim(8), plain, CPU).evaluate(piles).logits, atol=1e-6
    )
    with torch.no_grad():
        network.logits.bias += 1.0
    np.testing.assert_allclose(
        network_model(Nim(8), network, CPU).evaluate(piles).logits, first.logits + 1, atol=1e-6
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"game": f"{GAMES}:Chess"}, "has no 'Chess'"),
        ({"game": f"{GAMES}:Table"}, "made an object without initial_states, step, legal, encode"),
        ({"network_arguments": {"depth": 2}}, r"arguments given \(depth\)"),
    ],
)
def test_bad_recipes_are_one_line_and_write_nothing(tmp_path, changes, message):
    with pytest.raises(RecipeError, match=message):
        trainer.train(make_recipe(**changes), tmp_path / "run", resume=False, reporter=Reporter())
    assert not (tmp_path / "run").exists()


def test_unknown_search_lists_the_known():
    with pytest.raises(RecipeError, match="puct, gumbel"):
        SearchSettings(kind="best-first")


def test_trainer_makes_what_the_recipe_names(tmp_path):
    recipe = make_recipe(game_arguments={"largest": 7}, network_arguments={"n_inputs": 8})
    outcome = trainer.train(recipe, tmp_path / "run", resume=False, reporter=Reporter())
    assert (outcome.epochs, outcome.metric) == (2, "valid_generation")
    assert (outcome.policy / "info.json").exists()


def test_several_processes_are_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "joined_world", lambda device: nullcontext(World(0, 2)))
    with pytest.raises(RecipeError, match="kind alphazero trains in one process; start it without torchrun"):
        trainer.train(make_recipe(game="nowhere"), tmp_path / "run", resume=False, reporter=Reporter())
    assert not (tmp_path / "run").exists()
