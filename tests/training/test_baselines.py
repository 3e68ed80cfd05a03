"""What learners are measured against in the run: baselines of games, of DAGs and of tasks, logged with every epoch."""

import json

import numpy as np
import pytest

import coplug.contracts.dag as dags
import coplug.contracts.game as games
from coplug.graphs.graph import Graph
from coplug.problems.extremal.game import ExtremalGame
from coplug.problems.hypergrid import HyperGrid
from coplug.problems.mis.dag import IndependentSetDag
from coplug.training.recipe_files import load_recipe
from tests.training import test_self_training as chain
from tests.training.test_supervised import Reporter

STAR = Graph.of(6, [(0, k) for k in range(1, 6)])


class Noted(Reporter):
    def __init__(self):
        super().__init__()
        self.said = []

    def message(self, text):
        self.said.append(text)


def logged(directory):
    return [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]


def trained(name, out, *settings):
    trainer, recipe = load_recipe(name, ["device=cpu", "epoch_steps=1", "max_epochs=1", *settings])
    reporter = Noted()
    trainer.train(recipe, out, resume=False, reporter=reporter)
    (row,) = logged(out)
    return row, reporter.said


def test_hill_climbing_finds_what_is_proved_best_of_six_nodes():
    game = ExtremalGame(6)
    starts = game.initial_states(8, np.random.default_rng(0))
    found = {name: returns(starts) for name, returns in games.baselines_of(game).items()}
    assert found["hill-climbing"].tolist() == [6.0] * 8  # no cycle of lengths 3 and 4
    assert (found["random"] <= 6.0).all()
    assert (found["random"] > 0.0).all()


def test_random_moves_are_legal_and_each_as_likely():
    legal = np.tile([True, False, True, False], (4000, 1))
    drawn = games.at_random(None, legal, np.random.default_rng(0))
    assert set(drawn.tolist()) == {0, 2}
    assert abs((drawn == 0).mean() - 0.5) < 0.03


def test_random_walks_on_a_line_stop_as_chance_has_it():
    grid = HyperGrid(1, 3)  # stops at 0, 1, 2 with probabilities 1/2, 1/4, 1/4
    found = dags.baselines_of(grid)["random"](grid.initial(20_000))
    expected = grid.log_reward(np.array([[0], [1], [2]])) @ [0.5, 0.25, 0.25]
    assert found.mean() == pytest.approx(expected, abs=0.02)


def test_sets_on_a_star():
    dag = IndependentSetDag([STAR, Graph.of(2, [(0, 1)])], beta=2.0)
    sources = dag.empty(np.array([0, 1, 0]))
    found = {name: worth(sources).tolist() for name, worth in dags.baselines_of(dag).items()}
    assert found["min-degree"] == found["local-search"] == [10.0, 2.0, 10.0]
    assert found["random"][1] == 2.0
    assert set(found["random"]) <= {10.0, 2.0}


def test_alphazero_and_gflownets_say_and_log_them(tmp_path):
    sizes = ("game_arguments.nodes=6", "game_arguments.smallest=6", "game_arguments.padded=0.0")
    small = (
        "evaluation_episodes=2",
        "episodes_per_step=2",
        "updates_per_step=1",
        "batch_size=4",
        "search.simulations=2",
    )
    row, said = trained(
        "extremal-alphazero",
        tmp_path / "a",
        *sizes,
        *small,
        "network_arguments.width=4",
        "network_arguments.depth=1",
    )
    assert row["baseline_hill-climbing"] == 6.0
    assert row["baseline_random"] <= 6.0
    assert row["environment_steps"] == 2 * 3 * 6
    assert said[0].startswith("in the evaluation, mean return of random ")
    row, said = trained("hypergrid-gflownet", tmp_path / "b", "evaluation_samples=5000")
    assert row["baseline_random"] == pytest.approx(row["valid_log_reward"], abs=0.3)  # hardly trained
    assert row["environment_steps"] == pytest.approx(16 * row["train_length"])
    assert said[0].startswith("in the evaluation, mean log reward of random ")


class WithBaselines(chain.Distance):
    def baselines(self):
        return {"guess": 2.5}


def test_self_training_counts_samples_and_logs_what_its_task_names(tmp_path):
    recipe = chain.make_recipe()
    chain.run(tmp_path / "whole", recipe, WithBaselines())
    rows = logged(tmp_path / "whole")
    assert [row["samples"] for row in rows] == [80.0, 160.0, 240.0]  # 5 steps of 16
    assert {row["baseline_guess"] for row in rows} == {2.5}
    assert all(row["samples_per_s"] > 0.0 for row in rows)
    chain.run(tmp_path / "none", recipe, chain.Distance())
    assert not any(name.startswith("baseline_") for name in logged(tmp_path / "none")[0])


def test_baselines_are_those_of_the_first_session(tmp_path):
    class Changed(WithBaselines):
        def baselines(self):
            raise AssertionError("measured once")

    with pytest.raises(InterruptedError):
        chain.run(tmp_path, chain.make_recipe(), WithBaselines(fail_at=7))
    chain.run(tmp_path, chain.make_recipe(), Changed(), resume=True)
    assert [row["baseline_guess"] for row in logged(tmp_path)] == [2.5] * 3
    assert [row["samples"] for row in logged(tmp_path)] == [80.0, 160.0, 240.0]
