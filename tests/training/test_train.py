"""``coplug.train``: what the command does, from a script."""

import pytest

import coplug
from coplug.errors import PolicyError, RecipeError
from coplug.training.reporter import Silent

SHORT = {"max_epochs": 1, "epoch_steps": 2, "environment_arguments.side": 4, "optimizer.learning_rate": 1e-3}


class Heard(Silent):
    def __init__(self):
        self.epochs = []

    def epoch(self, metrics):
        self.epochs.append(dict(metrics))


def test_a_recipe_is_trained_with_settings_as_a_mapping_or_as_texts(tmp_path):
    heard = Heard()
    outcome = coplug.train("hypergrid-gflownet", SHORT, out=tmp_path / "a", reporter=heard)
    assert (outcome.status, outcome.epochs, outcome.out) == ("max_epochs", 1, tmp_path / "a")
    assert (tmp_path / "a" / "recipe.toml").is_file()
    texts = [f"{key}={value}" for key, value in SHORT.items()]
    other = Heard()
    coplug.train("hypergrid-gflownet", texts, out=str(tmp_path / "b"), reporter=other)
    assert [epoch["train_loss"] for epoch in heard.epochs] == [epoch["train_loss"] for epoch in other.epochs]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_epoch": 1}, "unknown key max_epoch"),
        ({"max_epochs": "1"}, "max_epochs is '1', expected an integer"),
    ],
)
def test_wrong_settings_are_one_line(settings, message, tmp_path):
    with pytest.raises(RecipeError, match=message):
        coplug.train("hypergrid-gflownet", settings, out=tmp_path)


def test_without_torch_nothing_is_trained(monkeypatch):
    monkeypatch.setattr("coplug.training.train.find_spec", lambda name: None)
    with pytest.raises(PolicyError, match="training needs torch"):
        coplug.train("hypergrid-gflownet")
