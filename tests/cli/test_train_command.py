import io
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from coplug.cli import train as train_module
from coplug.cli import train_progress
from coplug.cli.train_progress import make_reporter
from coplug.errors import PolicyError, SamplesError
from coplug.extras import install_command
from coplug.training import recipe_files
from coplug.training.outcome import Outcome


@pytest.fixture
def app():
    app = typer.Typer()
    app.command()(train_module.train)
    return app


def invoke(app, *words):
    return CliRunner().invoke(app, list(words))


class StubTrainer:
    def __init__(self, outcome):
        self.outcome = outcome
        self.calls = []

    def train(self, recipe, out, *, resume, reporter):
        self.calls.append((recipe, out, resume))
        reporter.start(0, 3, 2)
        reporter.step(0, 1, "loss", 0.5)
        reporter.epoch({"epoch": 0, "train_loss": 0.5, "valid_loss": 0.25})
        return self.outcome


@pytest.fixture
def stub(monkeypatch):
    def install(outcome):
        trainer = StubTrainer(outcome)
        trainer.recipe_type = recipe_files.find_trainer("branching-imitation", "test").recipe_type
        monkeypatch.setattr(recipe_files, "find_trainer", lambda kind, source: trainer)
        return trainer

    return install


def test_passes_settings_on_and_names_the_policy(app, stub):
    best = {"epoch": 0, "valid_loss": 0.25}
    trainer = stub(Outcome("early_stop", 7, best, Path("somewhere/policy")))
    found = invoke(app, "branching-gcnn", "--set", "seed=3", "--set", "model.width=8", "--out", "somewhere")
    assert found.exit_code == 0, found.output
    ((recipe, out, resume),) = trainer.calls
    assert (recipe.seed, recipe.model.width, out, resume) == (3, 8, Path("somewhere"), False)
    assert (
        "early stop after 7 epochs\nbest: epoch 1, valid loss 0.25\npolicy: somewhere/policy" in found.output
    )
    assert "epoch 1: train loss 0.5, valid loss 0.25" in found.output


def test_interruption_gives_its_exit_status_and_the_way_back(app, stub):
    stub(Outcome("interrupted", 0, {}, None, signal=2))
    found = invoke(app, "branching-gcnn", "--resume")
    assert found.exit_code == 130
    assert "continue with: coplug train branching-gcnn --out runs/branching-gcnn --resume" in found.output


def test_without_torch_one_line_says_what_to_install(app, monkeypatch):
    monkeypatch.setattr("coplug.training.train.find_spec", lambda name: None)
    found = invoke(app, "branching-gcnn")
    assert isinstance(found.exception, PolicyError)
    assert str(found.exception) == f"training needs torch: {install_command('train')}"


def test_missing_samples_are_named(app, tmp_path):
    found = invoke(
        app, "branching-gcnn", "--set", f"samples.train={tmp_path}/none", "--out", str(tmp_path / "run")
    )
    assert isinstance(found.exception, SamplesError)


def drive(reporter, after_batch=lambda: None, epochs=2, batches=3):
    reporter.message("measuring")
    reporter.start(0, epochs, batches)
    for epoch in range(epochs):
        for done in range(1, batches + 1):
            reporter.step(epoch, done, "loss", 0.5)
            after_batch()
        reporter.epoch({"epoch": epoch, "valid_loss": 0.25, "valid_acc@1": 0.6543})


def test_bar_on_a_terminal():
    stream = io.StringIO()
    with make_reporter(Console(file=stream, force_terminal=True, width=150)) as reporter:
        drive(reporter, after_batch=reporter.progress.refresh)
    text = stream.getvalue()
    for part in ("measuring", "epoch 1/2", "loss 0.5", "valid loss 0.25", "valid acc@1 0.6543"):
        assert part in text


def test_lines_in_a_pipe(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(train_progress, "_LINE_EVERY_S", 1e-6)
    with make_reporter(Console(file=stream)) as reporter:
        drive(reporter)
    text = stream.getvalue()
    assert "\x1b" not in text
    assert "\r" not in text
    assert "epoch 1: step 2/3, loss 0.5" in text
    assert "epoch 2: valid loss 0.25, valid acc@1 0.6543" in text
