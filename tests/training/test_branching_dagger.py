import json
from pathlib import Path

import numpy as np
import pytest

from coplug.errors import InstanceError, RecipeError, UsageError
from coplug.inference.weights import load_weights
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.problems.milp.files import write_instance
from coplug.training import branching_dagger
from coplug.training.branching_dagger import trainer
from coplug.training.recipe import parse_recipe
from tests.training.test_supervised import Reporter


@pytest.fixture(scope="module")
def instances(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instances")
    for seed in range(3):
        instance = CombinatorialAuction(40, 160).generate(np.random.RandomState(seed))
        write_instance(instance, folder / f"auction-{seed}.lp")
    return folder


def make_recipe(instances, **changes):
    table = {
        "kind": "branching-dagger",
        "device": "cpu",
        "rounds": 2,
        "average_best": 2,
        "instances": dict.fromkeys(("train", "valid", "select"), str(instances)),
        "collect": {"train": 12, "valid": 6, "probability": 0.5},
        "learn": {"epoch_steps": 4, "max_epochs": 2, "batch_size": 4},
        "model": {"width": 8},
    }
    return parse_recipe(trainer.recipe_type, table | changes, "test")


def weights(directory):
    return load_weights(directory)[0]


def test_rounds_their_mean_and_the_table(instances, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reporter = Reporter()
    outcome = trainer.train(make_recipe(instances), Path("run"), resume=False, reporter=reporter)
    rounds = json.loads(Path("run/rounds.json").read_text())
    assert [r["number"] for r in rounds] == [0, 1]
    first, second = (weights(r["policy"]) for r in rounds)
    mean = weights("run/inherited-2")
    for name, array in mean.items():
        np.testing.assert_allclose(array, (first[name].astype(float) + second[name]) / 2, atol=1e-7)
    actor = json.loads(Path("run/round-02/train/collection.json").read_text())["actor"]
    assert actor == rounds[0]["policy"]
    assert json.loads(Path("run/round-01/train/collection.json").read_text())["actor"] == ""
    best = min([-r["score"] for r in rounds] + [outcome.best["mean_of_2_nodes"]])
    assert outcome.best["valid_nodes"] == best
    assert "| mean of the best 2 |" in "".join(reporter.messages)
    assert load_weights(outcome.policy)[1]["training"]["metrics"] == outcome.best


def test_policies_bring_the_scip_parameters_under_which_they_learned(instances, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parameters = {"separating/maxrounds": 1}
    recipe = make_recipe(instances, rounds=1, scip_parameters=parameters)
    outcome = trainer.train(recipe, Path("run"), resume=False, reporter=Reporter())
    assert load_weights(outcome.policy)[1]["scip_parameters"] == parameters
    collection = json.loads(Path("run/round-01/train/collection.json").read_text())
    assert collection["scip_parameters"] == parameters


def test_parameters_that_no_policy_may_bring_are_refused_before_anything_is_collected(instances):
    with pytest.raises(
        RecipeError, match="scip_parameters sets 'limits/nodes', which is not a policy's to set"
    ):
        make_recipe(instances, scip_parameters={"limits/nodes": 3})


def test_a_run_that_was_cut_short_continues_to_the_same_weights(instances, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = make_recipe(instances)
    trainer.train(recipe, Path("whole"), resume=False, reporter=Reporter())

    real, calls = branching_dagger.train_branching, []

    def cut(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(branching_dagger, "train_branching", cut)
    outcome = trainer.train(recipe, Path("cut"), resume=False, reporter=Reporter())
    assert (outcome.status, outcome.signal) == ("interrupted", 2)
    monkeypatch.setattr(branching_dagger, "train_branching", real)
    trainer.train(recipe, Path("cut"), resume=True, reporter=Reporter())
    for part in ("round-02/run/policy", "policy"):
        whole, again = weights(Path("whole") / part), weights(Path("cut") / part)
        assert all(np.array_equal(whole[name], again[name]) for name in whole)


def test_run_directories_and_instances_that_do_not_fit(instances, tmp_path):
    recipe = make_recipe(instances)
    with pytest.raises(UsageError, match="no run to resume"):
        trainer.train(recipe, tmp_path / "none", resume=True, reporter=Reporter())
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "recipe.toml").write_text("kind = 'x'\n")
    with pytest.raises(UsageError, match="holds a run"):
        trainer.train(recipe, tmp_path / "old", resume=False, reporter=Reporter())
    with pytest.raises(RecipeError, match="another recipe"):
        trainer.train(recipe, tmp_path / "old", resume=True, reporter=Reporter())
    missing = make_recipe("nowhere")
    with pytest.raises(InstanceError, match="nowhere does not exist"):
        trainer.train(missing, tmp_path / "new", resume=False, reporter=Reporter())
    assert not (tmp_path / "new").exists()


def test_select_by_lists_the_known(instances):
    with pytest.raises(RecipeError, match="nodes, time_s"):
        make_recipe(instances, select={"by": "gap"})
