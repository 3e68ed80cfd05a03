"""The recipe of extremal graphs, shortened: it trains, and the search takes what it wrote."""

import numpy as np
import pytest

from coplug.errors import WeightsError
from coplug.graphs.graph import Graph
from coplug.problems.extremal.graph import FlipGraph
from coplug.problems.extremal.guide import flip_weights, load_guide
from coplug.training.recipe_files import load_recipe
from tests.training.test_supervised import Reporter

SHORT = (
    *("max_epochs=1", "epoch_steps=2", "episodes_per_step=2", "updates_per_step=2", "batch_size=8"),
    *("evaluation_episodes=2", "game_arguments.nodes=7", "game_arguments.smallest=5", "search.simulations=4"),
    *("network_arguments.width=4", "network_arguments.depth=1"),
)


def train(out, *settings):
    trainer, recipe = load_recipe("extremal-alphazero", [*SHORT, *settings])
    return trainer.train(recipe, out, resume=False, reporter=Reporter())


def test_the_search_takes_what_training_wrote(tmp_path):
    outcome = train(tmp_path / "run")
    assert outcome.best["valid_return"] > 0
    weights = flip_weights(load_guide(str(outcome.policy)), FlipGraph(Graph.of(8, [(0, 1), (1, 2)])))
    assert weights.max() == 1.0
    assert np.ptp(weights) > 0
    again = train(tmp_path / "again", f"network_arguments.weights={outcome.policy}")
    assert again.epochs == 1
    with pytest.raises(WeightsError, match="width is 4, expected 5"):
        train(tmp_path / "other", f"network_arguments.weights={outcome.policy}", "network_arguments.width=5")


def test_the_resnet_learns_by_the_same_recipe_but_is_no_guide(tmp_path):
    outcome = train(tmp_path / "run", "network=coplug.models.pair_resnet:PairResNet")
    with pytest.raises(WeightsError, match="'pair-resnet'"):
        load_guide(str(outcome.policy))
