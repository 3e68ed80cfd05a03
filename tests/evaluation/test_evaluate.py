"""Policies beside baselines on the same episodes, from Python and from the command line."""

import json

import gymnasium
import numpy as np
import pytest
from typer.testing import CliRunner

from coplug.cli import app
from coplug.contracts.episodes import at_random, baselines_of, least, returns_by
from coplug.envs.registration import ENVIRONMENTS, NAMESPACE
from coplug.envs.rules import return_by
from coplug.envs.scip.parameters import ParameterSpace
from coplug.errors import UsageError
from coplug.evaluation.environments import evaluate_environment
from coplug.evaluation.runs import evaluate_run
from coplug.graphs.graph import from_edges
from coplug.problems.mis.episodes import IndependentSetEpisodes, family_episodes

SMALL = {"family": "erdos_renyi", "size": "tiny"}


def test_least_takes_the_first_of_equal_ones_in_each_segment():
    assert least(np.array([3, 1, 1, 5, 0, 0]), np.array([0, 3, 4, 6])).tolist() == [1, 0, 0]


def test_baselines_of_sets_on_a_star(monkeypatch):
    star = from_edges(6, np.array([[0, k] for k in range(1, 6)]))
    episodes = family_episodes(**SMALL)
    monkeypatch.setattr(IndependentSetEpisodes, "_graph", lambda self, seed: star)
    found = {name: returns([0, 1]).tolist() for name, returns in baselines_of(episodes).items()}
    assert found["min-degree"] == found["local-search"] == [5.0, 5.0]
    assert all(value in (1.0, 5.0) for value in found["random"])


def test_returns_do_not_depend_on_how_many_are_side_by_side():
    episodes = family_episodes(**SMALL)
    (rule,) = [returns for name, returns in baselines_of(episodes).items() if name == "min-degree"]
    one_by_one = [rule([seed])[0] for seed in range(5)]
    assert rule(range(5)).tolist() == one_by_one
    drawn = returns_by(episodes, at_random, range(5), side_by_side=2, seed=1)
    assert (drawn > 0).all()


def test_an_environments_baselines_use_the_same_seeds():
    one = evaluate_environment(
        "coplug/ExtremalGraph-v0", seeds=range(2), arguments={"n_nodes": 6, "max_steps": 5}
    )
    two = evaluate_environment(
        "coplug/ExtremalGraph-v0", ["random"], range(2), {"n_nodes": 6, "max_steps": 5}
    )
    assert one.returns["random"] == two.returns["random"]


@pytest.mark.parametrize(
    ("id_", "policies", "arguments", "message"),
    [
        ("coplug/Nothing-v0", [], {}, "coplug/Nothing-v0: .*see `coplug list envs`"),
        ("nosuch_module:Env-v0", [], {}, "No module named 'nosuch_module'"),
        ("coplug/ExtremalGraph-v0", ["best"], {}, "has no policy 'best'; choose from random"),
        ("coplug/ExtremalGraph-v0", [], {"colour": 1}, "colour"),
        ("coplug/ExtremalGraph-v0", [], {"n_nodes": 1}, "n_nodes"),
        (
            "coplug/IndependentSet-ER20-v0",
            [],
            {"parameters": 3},
            "parameters 3 of erdos_renyi are no mapping",
        ),
        ("coplug/Knapsack-v0", [], {"weights": "[1,nan]"}, r"weights '\[1,nan\]' do not fit"),
        ("coplug/MultiObjectiveSets-v0", [], {"weights": "x"}, "weights 'x' do not fit"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(id_, policies, arguments, message):
    with pytest.raises(UsageError, match=message) as caught:
        evaluate_environment(id_, policies, [0], arguments)
    assert "\n" not in str(caught.value)


def test_a_trained_policy_beside_its_baselines(tmp_path):
    pytest.importorskip("torch")
    out = tmp_path / "run"
    sets = [f"environment_arguments.{key}={value}" for key, value in SMALL.items()]
    sets += ["epoch_steps=1", "max_epochs=1", "evaluation_episodes=2", "episodes_per_step=2"]
    words = ["train", "independent-set-ppo", "--out", str(out), *(w for s in sets for w in ("--set", s))]
    trained = CliRunner().invoke(app, words)
    assert trained.exit_code == 0, trained.output
    assert "mean return of random" in trained.output
    row = json.loads((out / "metrics.jsonl").read_text())
    assert row["environment_steps"] > 0
    assert row["environment_steps_per_s"] > 0
    assert {
        "train_return_std",
        "train_kl",
        "train_clipped",
        "train_explained_variance",
        "train_entropy",
    } <= set(row)
    assert row["baseline_random"] < row["baseline_local-search"]
    shown = CliRunner().invoke(app, ["evaluate", str(out), "--seeds", "3", "--json"])
    document = json.loads(shown.output)
    assert list(document["policies"]) == ["learned", "drawn", "random", "min-degree", "local-search"]
    low, high = document["policies"]["learned"]["interval"]
    assert low <= document["policies"]["learned"]["mean"] <= high
    again = evaluate_run(out, ["learned"], range(3))
    assert list(again.returns["learned"]) == document["policies"]["learned"]["returns"]
    with pytest.raises(UsageError, match="choose from learned, drawn, random"):
        evaluate_run(out, ["greedy"])


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(UsageError, match="holds no run"):
        evaluate_run(tmp_path)


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS.names()))
def test_every_environment_has_baselines_that_end_an_episode(name):
    found = evaluate_environment(NAMESPACE + name, seeds=[1])
    assert "random" in found.returns
    assert len(found.returns) >= 2
    assert np.isfinite(list(found.returns.values())).all()


class _Clearing(gymnasium.Env):
    """Each of four numbers once; the mask is in the info alone, and another number costs 100."""

    observation_space, action_space = gymnasium.spaces.Discrete(1), gymnasium.spaces.Discrete(4)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.mask = np.ones(4, bool)
        return 0, {"action_mask": self.mask.copy()}

    def step(self, action):
        reward = 1.0 if self.mask[action] else -100.0
        self.mask[action] = False
        return 0, reward, not self.mask.any(), False, {"action_mask": self.mask.copy()}


def test_random_actions_follow_the_mask_of_the_info():
    found = [return_by(_Clearing(), None, seed) for seed in range(5)]
    assert found == [4.0] * 5


def test_baselines_of_graphs_are_what_they_say():
    means = evaluate_environment("coplug/IndependentSet-ER20-v0", seeds=range(20)).means()
    assert means["min-degree"].value > means["random"].value
    means = evaluate_environment("coplug/ExtremalGraph-v0", ["greedy"], range(3), {"n_nodes": 8}).means()
    assert means["greedy"].value == 10.0  # a known value: no graph of 8 nodes and girth 5 has more edges


def test_defaults_of_parameters_are_scips_or_next_to_them():
    space = ParameterSpace(
        {
            "branching/scorefac": gymnasium.spaces.Box(0.5, 1.0, (), np.float64),
            "nodeselection/childsel": ["d", "h"],
            "separating/maxroundsroot": [3, 40, -1],
            "conflict/enable": gymnasium.spaces.Discrete(2),
        }
    )
    values = space.values(space.defaults())
    assert values == {
        "branching/scorefac": 0.5,
        "nodeselection/childsel": "h",
        "separating/maxroundsroot": -1,
        "conflict/enable": 1,
    }
