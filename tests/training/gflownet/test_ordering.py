"""Learners of an order, and objectives that cannot be ordered."""

import numpy as np
import pytest
import torch

from coplug.errors import RecipeError
from coplug.models.gflownet_mlp import GFlowNetMLP
from coplug.problems.function_grid import FunctionGrid
from coplug.problems.hypergrid import HyperGrid
from coplug.training.device import seeded
from coplug.training.gflownet.learner import GFlowNetLearner, GFlowNetOptimizerSettings
from coplug.training.gflownet.objectives import OBJECTIVES
from coplug.training.gflownet.ordering import OrderSettings
from coplug.training.gflownet.ranking import Archive
from coplug.training.gflownet.replay import Replay, ReplaySettings
from tests.training.gflownet.tabular import Endless, Words
from tests.training.gflownet.test_conditional import GRAPHS, IndependentSetDag
from tests.training.gflownet.test_learner import CPU, make_recipe, metrics_of, run

ORDER = OrderSettings(weight=1.0)
FAST = GFlowNetOptimizerSettings(learning_rate=1e-2)


def learner_of(environment, **changes):
    recipe = make_recipe(**({"order": ORDER, "optimizer": FAST} | changes))
    with seeded(recipe.seed, CPU):
        network = GFlowNetMLP(environment.n_features, environment.n_actions, width=32)
        return GFlowNetLearner(network, environment, recipe)


def run_of(learner):
    return [measured for epoch in range(learner.recipe.max_epochs) for measured in learner.steps(epoch, 0)]


@pytest.mark.parametrize("loss", OBJECTIVES)
def test_order_concentrates_on_the_best_cells(loss):
    learner = learner_of(
        HyperGrid(), loss=loss, batch_size=32, epoch_steps=120, max_epochs=1, exploration=0.1
    )
    before = learner.evaluate(0)["best"]
    assert before < 0.2
    run_of(learner)
    assert learner.evaluate(0)["best"] > (0.9 if loss == "tb" else 0.75)


def test_it_learns_nothing_from_the_scale_of_a_reward():
    class Steep(HyperGrid):
        def log_reward(self, states):
            return 1e3 * super().log_reward(states) ** 3 - 5.0

    learners = [learner_of(grid, epoch_steps=5, max_epochs=1) for grid in (HyperGrid(), Steep())]
    for learner in learners:
        run_of(learner)
    first, second = (learner.network.state_dict() for learner in learners)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("ranks", ["batch", "global"])
def test_several_objectives_lead_to_their_front(ranks):
    grid = FunctionGrid(("branin", "currin"), side=8)
    learner = learner_of(
        grid,
        order=OrderSettings(weight=1.0, ranks=ranks),
        batch_size=64,
        epoch_steps=150,
        max_epochs=1,
        backward_kl=0.1,
        replay=ReplaySettings(batch_size=4, paths=4),
    )
    before = learner.evaluate(0)
    measured = run_of(learner)
    after = learner.evaluate(0)
    assert after["best"] > 0.8 > 2 * before["best"]
    assert after["front"] > 0.8
    assert {"order", "objectives", "objectives_std", "length"} <= set(measured[0])


def test_a_run_with_an_order_goes_on_to_the_bit(tmp_path):
    grid = FunctionGrid(side=5)
    recipe = make_recipe(
        order=OrderSettings(weight=1.0, ranks="global"),
        batch_size=6,
        checkpoint_s=0.0,
        replay=ReplaySettings(batch_size=4, capacity=20),
    )
    _, whole = run(tmp_path / "whole", recipe, grid)
    with pytest.raises(InterruptedError):
        run(tmp_path / "crashed", recipe, grid, stop_at=(1, 2))
    _, resumed = run(tmp_path / "crashed", recipe, grid, resume=True)
    for ours, theirs in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert (
        metrics_of(tmp_path / "crashed")[-1]["valid_front"]
        == metrics_of(tmp_path / "whole")[-1]["valid_front"]
    )


def test_many_states_are_judged_by_a_sample():
    learner = learner_of(Endless(), epoch_steps=60, max_epochs=1)
    run_of(learner)
    assert learner.metric == "objective"
    assert learner.evaluate(0)["objective"] > 1.4  # of log 6, at the end of the line

    class TwoEnds(Endless):
        n_objectives = 2
        log_reward = None

        def objectives(self, states):
            return np.column_stack([states[:, 0], -states[:, 0]]).astype(float)

    learner = learner_of(TwoEnds(), epoch_steps=2, max_epochs=1)
    run_of(learner)
    assert learner.evaluate(0) == {"best": 1.0}


class Judged(FunctionGrid):
    """A grid whose objectives are what a test says."""

    answer = staticmethod(lambda values: values)

    def objectives(self, states):
        return self.answer(super().objectives(states))


def judged(answer):
    return type("Judged", (Judged,), {"answer": staticmethod(answer)})(side=4)


def with_nan(values):
    return np.where(values == values.max(), np.nan, values)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (with_nan, r"Judged gave objectives \[.*nan.*\] for the object \[.*\], expected finite"),
        (
            lambda values: values[:, :1],
            r"Judged gave objectives of shape \(15, 1\) for 15 objects, expected \(15, 2\)",
        ),
        (lambda values: values[:-1], r"objectives of shape \(14, 2\) for 15 objects"),
    ],
)
def test_objectives_that_are_none(answer, message):
    with pytest.raises(RecipeError, match=message):
        learner_of(judged(answer))


def test_objectives_that_are_all_alike(tmp_path):
    with pytest.raises(
        RecipeError, match=r"all objects of Judged that were met have the objectives \[0.0, 0.0\]"
    ):
        run(tmp_path, make_recipe(order=ORDER), judged(np.zeros_like))


def test_training_that_stops_at_an_objective_keeps_its_last_checkpoint(tmp_path):
    class Fails(Endless):
        n_calls = 0

        def log_reward(self, states):
            Fails.n_calls += 1
            values = super().log_reward(states)
            return values if Fails.n_calls < 20 else values * np.nan

    with pytest.raises(RecipeError, match=r"Fails gave objectives \[nan\].*The last checkpoint is kept"):
        run(tmp_path, make_recipe(order=ORDER, epoch_steps=3), Fails())
    assert (tmp_path / "checkpoint.safetensors").exists()
    assert len(metrics_of(tmp_path)) >= 1


class Stuck(Endless):
    """A line that ends in a state without an action."""

    def forward_mask(self, states):
        return np.column_stack([states[:, 0] < 3, states[:, 0] < 3])


class Orphans(Endless):
    """A line whose third state has no parent."""

    def backward_mask(self, states):
        return (states > 0) & (states != 3)


def test_a_state_without_an_action():
    with pytest.raises(RecipeError, match="Stuck allows no action in a state; let its forward_mask allow"):
        run_of(learner_of(Stuck(), epoch_steps=20))


def test_a_state_without_an_action_among_few_that_are_walked_on_in_compiled_code():
    class Walled(FunctionGrid):
        def forward_mask(self, states):
            return super().forward_mask(states) & (states.sum(axis=1) < 3)[:, None]

    with pytest.raises(RecipeError, match="Walled allows no action in a state"):
        learner_of(Walled(side=4), order=ORDER)


@pytest.mark.parametrize("loss", ["tb", "fm"])
def test_a_state_without_a_parent(loss):
    with pytest.raises(RecipeError, match="Orphans has a state without a parent that is not its source"):
        run_of(learner_of(Orphans(), loss=loss, epoch_steps=20))


@pytest.mark.parametrize(
    ("environment", "changes", "message"),
    [
        (
            FunctionGrid(),
            {"order": OrderSettings()},
            "FunctionGrid has objectives and no reward; set order.weight",
        ),
        (IndependentSetDag(GRAPHS), {"loss": "db"}, "IndependentSetDag draws from many"),
        (
            Words(),
            {"loss": "fm", "backward_kl": 0.1},
            "backward_kl regularises P_B, which loss fm has none of",
        ),
    ],
)
def test_what_cannot_be_ordered(environment, changes, message):
    with pytest.raises(RecipeError, match=message):
        learner_of(environment, **changes)


def test_an_unknown_kind_of_ranks():
    with pytest.raises(RecipeError, match=r"order\.ranks is 'local', expected one of batch, global"):
        OrderSettings(ranks="local")


def test_global_ranks_agree_between_batches():
    archive = Archive(2, capacity=10)
    assert archive.ranks(np.array([[0.0, 0.0]])).tolist() == [0]
    assert archive.ranks(np.array([[1.0, 1.0], [2.0, 0.0]])).tolist() == [0, 0]
    assert archive.ranks(np.array([[0.0, 0.0], [1.0, 0.5]])).tolist() == [2, 1]
    assert len(archive) == 4
    assert archive.undominated(np.array([[0.5, 0.5], [0.0, 3.0], [0.0, 2.0]])).tolist() == [
        False,
        True,
        False,
    ]
    small = Archive(2, capacity=2)
    small.ranks(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]))
    assert len(small) == 2
    assert small.ranks(np.array([[0.5, 0.5]])).tolist() == [1]


def test_replay_of_several_objectives_prefers_the_front_by_several_paths():
    replay = Replay(ReplaySettings(batch_size=8, top_share=1.0, paths=3), 1, n_values=2)
    replay.add(np.arange(4)[:, None], np.array([[0.0, 3.0], [1.0, 1.0], [0.5, 0.5], [0.0, 0.0]]))
    drawn = replay.draw(np.random.default_rng(0))
    assert drawn.shape == (24, 1)
    assert set(drawn[:, 0].tolist()) == {0, 1}
    assert (drawn.reshape(8, 3) == drawn.reshape(8, 3)[:, :1]).all()
