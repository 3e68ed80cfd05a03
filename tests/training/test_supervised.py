import json
import os

import pytest
import torch

from coplug.errors import OutputError, RecipeError, UsageError, WeightsError
from coplug.training.checkpoint import load_checkpoint, save_checkpoint
from coplug.training.device import seeded
from coplug.training.loop import train
from coplug.training.optimizer import DivergenceError, OptimizerSettings
from coplug.training.run_directory import RunDirectory
from coplug.training.supervised import NamedSupervisedRecipe, SupervisedLearner, SupervisedRecipe, trainer
from coplug.training.trainer import find_trainer


class Reporter:
    def __init__(self):
        self.messages = []

    def start(self, epoch, max_epochs, epoch_steps): ...

    def step(self, epoch, done, name, mean): ...

    def epoch(self, metrics): ...

    def message(self, text):
        self.messages.append(text)


class LineTask:
    """Fit a line; validation losses can be given by hand. Dropout makes steps depend on torch's generator."""

    metric, maximize = "loss", False

    def __init__(self, valid_losses=None, stop_at=None, fail_evaluation=None):
        self.fail_evaluation = fail_evaluation
        self.valid_losses = valid_losses
        self.stop_at = stop_at
        self.evaluated = 0
        self.prepared = 0
        self.loaded = 0

    def __len__(self):
        return 50

    def prepare(self, network, reporter):
        self.prepared += 1

    def batches(self, groups, device):
        for group in groups:
            if self.loaded == self.stop_at:
                raise InterruptedError
            self.loaded += 1
            yield torch.tensor(group, dtype=torch.float32)[:, None]

    def loss(self, model, x):
        return (model(torch.nn.functional.dropout(x, 0.5)) - 2.0 * x).square().mean()

    def contents(self, batch):
        return {"x": batch}

    def evaluate(self, model):
        self.evaluated += 1
        if self.evaluated == self.fail_evaluation:
            raise InterruptedError
        if self.valid_losses:
            return {"loss": self.valid_losses[self.evaluated - 1]}
        return {"loss": model.weight.sum().item()}

    def export(self, model, directory, info):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "policy.json").write_text(json.dumps(info["metrics"]))


def make_recipe(**changes):
    settings = {"kind": "line", "epoch_steps": 4, "max_epochs": 3, "batch_size": 4}
    return SupervisedRecipe(**(settings | changes))


def run(directory, recipe, resume=False, reporter=None, **task):
    task = LineTask(**task)
    with (
        seeded(recipe.seed, torch.device("cpu")),
        RunDirectory(directory, recipe, resume=resume) as opened,
    ):
        model = torch.nn.Linear(1, 1)
        outcome = train(SupervisedLearner(model, task, recipe), recipe, opened, reporter or Reporter())
    return outcome, model, task


def metrics_of(directory):
    return [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]


def test_learning_rate_drops_on_a_plateau_and_training_stops_early(tmp_path):
    recipe = make_recipe(max_epochs=50, patience=2, early_stop=5)
    losses = [3.0, 2.0, 2.0, 2.5, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 0.0]
    outcome, _, _ = run(tmp_path, recipe, valid_losses=losses)
    assert (outcome.status, outcome.epochs, outcome.best["epoch"]) == ("early_stop", 10, 4)
    rates = [m["learning_rate"] for m in metrics_of(tmp_path)]
    assert rates == pytest.approx([1e-3] * 4 + [2e-4] * 3 + [4e-5] * 2 + [8e-6])
    assert json.loads((outcome.policy / "policy.json").read_text()) == outcome.best


def test_kept_policies_are_the_best_and_the_last(tmp_path):
    recipe = make_recipe(max_epochs=8, keep_last=2, keep_best=3)
    run(tmp_path, recipe, valid_losses=[5.0, 1.0, 4.0, 2.0, 6.0, 1.0, 7.0, 8.0])
    assert sorted(p.name for p in (tmp_path / "policies").iterdir()) == [
        f"epoch-{e:04d}" for e in (1, 3, 5, 6, 7)
    ]


@pytest.mark.parametrize("crash", [(0, 0), (0, 3), (1, 0), (2, 2)])
@pytest.mark.parametrize("checkpoint_s", [0.0, 1000.0])
def test_resume_continues_to_the_bit(tmp_path, crash, checkpoint_s):
    recipe = make_recipe(checkpoint_s=checkpoint_s)
    _, whole, _ = run(tmp_path / "whole", recipe)
    with pytest.raises(InterruptedError):
        run(tmp_path / "crashed", recipe, stop_at=4 * crash[0] + crash[1])
    _, resumed, task = run(tmp_path / "crashed", recipe, resume=True)
    assert torch.equal(whole.weight, resumed.weight)
    assert torch.equal(whole.bias, resumed.bias)
    without_time = [[m | {"time_s": 0} for m in metrics_of(tmp_path / name)] for name in ("whole", "crashed")]
    assert without_time[0] == without_time[1]
    had_checkpoint = crash[0] > 0 or (checkpoint_s == 0.0 and crash[1] > 0)
    assert task.prepared == (not had_checkpoint)


def test_metrics_after_the_last_checkpoint_are_dropped(tmp_path):
    recipe = make_recipe()
    run(tmp_path, recipe)
    with (tmp_path / "metrics.jsonl").open("a") as stream:
        stream.write('{"epoch": 3, "half a li')
    run(tmp_path, make_recipe(max_epochs=5), resume=True)
    assert [m["epoch"] for m in metrics_of(tmp_path)] == [0, 1, 2, 3, 4]


def test_finished_run_stays_as_it_is(tmp_path):
    _, model, _ = run(tmp_path, make_recipe())
    outcome, again, _ = run(tmp_path, make_recipe(), resume=True)
    assert (outcome.status, outcome.epochs) == ("max_epochs", 3)
    assert torch.equal(model.weight, again.weight)


def test_time_limit_cuts_the_epoch_short_and_still_gives_a_policy(tmp_path):
    outcome, _, task = run(tmp_path, make_recipe(max_time_s=0.2, epoch_steps=10**9))
    assert (outcome.status, outcome.epochs, task.evaluated) == ("time_limit", 1, 1)
    assert outcome.policy is not None


def test_loss_that_is_not_finite_leaves_the_checkpoint_and_the_batch(tmp_path):
    recipe = make_recipe(optimizer=OptimizerSettings(learning_rate=1e30), checkpoint_s=0.0)
    with pytest.raises(
        DivergenceError, match=r"the loss is (inf|nan) in epoch 1, step .*weights and batch are in"
    ):
        run(tmp_path, recipe)
    diverged = load_checkpoint(tmp_path / "diverged.safetensors")
    assert diverged["batch"]["x"].shape == (4, 1)
    kept = load_checkpoint(tmp_path / "checkpoint.safetensors")
    assert kept["state"]["progress"]["step"] == diverged["step"] > 0
    assert torch.equal(
        kept["state"]["learner"]["network"]["weight"], diverged["learner"]["network"]["weight"]
    )


def test_gradient_clip_bounds_the_step(tmp_path):
    recipe = make_recipe(optimizer=OptimizerSettings(gradient_clip=1e-12), max_epochs=1)
    _, clipped, _ = run(tmp_path / "a", recipe)
    _, free, _ = run(tmp_path / "b", make_recipe(max_epochs=1))
    assert not torch.equal(clipped.weight, free.weight)


def test_run_directory_that_does_not_fit(tmp_path):
    with pytest.raises(UsageError, match="no run to resume"):
        run(tmp_path / "new", make_recipe(), resume=True)
    run(tmp_path / "old", make_recipe())
    with pytest.raises(UsageError, match="holds a run"):
        run(tmp_path / "old", make_recipe())
    with pytest.raises(RecipeError, match=r"other values of optimizer, seed;"):
        run(tmp_path / "old", make_recipe(seed=1, optimizer=OptimizerSettings(factor=0.5)), resume=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        run(tmp_path / "file" / "run", make_recipe())


def test_run_directory_records_versions_and_recipe(tmp_path):
    run(tmp_path, make_recipe())
    run(tmp_path, make_recipe(), resume=True)
    sessions = [json.loads(line) for line in (tmp_path / "sessions.jsonl").read_text().splitlines()]
    assert len(sessions) == 2
    assert sessions[0]["versions"]["torch"].startswith(torch.__version__.split("+")[0])
    assert 'kind = "line"' in (tmp_path / "recipe.toml").read_text()


def test_the_published_policy_has_a_card(tmp_path):
    recipe = make_recipe(description="A line", seed=4)
    outcome, *_ = run(tmp_path, recipe, valid_losses=[3.0, 1.25, 2.0])
    card = (outcome.policy / "README.md").read_text()
    assert card.startswith("# A line\n")
    assert "seed 4" in card
    assert "epoch 2, the best of its run" in card
    assert "| valid loss | 1.25 |" in card
    assert "epoch_steps = 4" in card


def test_a_card_that_the_learner_wrote_is_kept(tmp_path, monkeypatch):
    def export(self, model, directory, info):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "README.md").write_text("mine")

    monkeypatch.setattr(LineTask, "export", export)
    outcome, *_ = run(tmp_path, make_recipe())
    assert (outcome.policy / "README.md").read_text() == "mine"


def edited(directory, change):
    """Change the last checkpoint of a run, as a program that knows the format would."""
    path = directory / "checkpoint.safetensors"
    saved = load_checkpoint(path)
    change(saved)
    save_checkpoint(path, saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda saved: saved.pop("state"),
        lambda saved: saved.update(epoch=-1),
        lambda saved: saved.update(metrics_bytes="many"),
        lambda saved: saved["state"].pop("learner"),
        lambda saved: saved["state"]["learner"].pop("optimizer"),
        lambda saved: saved["state"]["learner"]["network"].update(weight=torch.zeros(7)),
        lambda saved: saved["state"]["learner"]["optimizer"].update(adam={}),
        lambda saved: saved["state"].update(generators=[]),
        lambda saved: saved["state"].update(generators=[torch.zeros(3)]),
        lambda saved: saved["state"]["progress"].update(step=-1),
        lambda saved: saved["state"]["progress"].update(best=[1.0]),
        lambda saved: saved["state"].update(progress=None),
    ],
)
def test_a_checkpoint_of_something_else_is_one_line(tmp_path, change):
    run(tmp_path, make_recipe())
    edited(tmp_path, change)
    with pytest.raises(WeightsError, match=r"checkpoint.safetensors.*; train anew in another dir") as caught:
        run(tmp_path, make_recipe(max_epochs=5), resume=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"kind = ", b"\xff\xfe", b"a = " + b"[" * 10**5, bytes(range(256))])
def test_a_damaged_recipe_of_a_run_is_one_line(tmp_path, data):
    run(tmp_path, make_recipe())
    (tmp_path / "recipe.toml").write_bytes(data)
    with pytest.raises(RecipeError, match=r"recipe.toml") as caught:
        run(tmp_path, make_recipe(), resume=True)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full device is needed")
def test_a_full_disk_is_one_line_and_keeps_the_last_checkpoint(tmp_path):
    recipe = make_recipe()
    run(tmp_path, recipe)
    before = (tmp_path / "checkpoint.safetensors").read_bytes()
    (tmp_path / "metrics.jsonl").unlink()
    (tmp_path / "metrics.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"cannot write .*metrics.jsonl: No space left") as caught:
        run(tmp_path, make_recipe(max_epochs=4), resume=True)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before


def test_tensorboard_shows_every_epoch(tmp_path):
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run(tmp_path, make_recipe())
    events = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("valid_loss")] == [0, 1, 2]


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_schedule_that_ends_with_max_epochs_keeps_it(tmp_path, schedule):
    optimizer = OptimizerSettings(schedule=schedule)
    run(tmp_path, make_recipe(optimizer=optimizer))
    before = (tmp_path / "recipe.toml").read_bytes()
    message = rf"other values of max_epochs \(with which the {schedule} schedule ends\); resume with"
    with pytest.raises(RecipeError, match=message) as caught:
        run(tmp_path, make_recipe(optimizer=optimizer, max_epochs=5), resume=True)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "recipe.toml").read_bytes() == before
    run(tmp_path, make_recipe(optimizer=optimizer, keep_last=2, threads=2), resume=True)


@pytest.mark.parametrize("key", ["max_epochs", "early_stop"])
def test_a_run_that_goes_on_for_longer_is_that_of_a_straight_one(tmp_path, key):
    losses = [1.0, *[2.0] * 9]
    short, long = ({"max_epochs": 10, "early_stop": 9, "patience": 2} | {key: n} for n in (4, 9))
    _, straight, _ = run(tmp_path / "straight", make_recipe(**long), valid_losses=losses)
    ended, *_ = run(tmp_path / "resumed", make_recipe(**short), valid_losses=losses)
    assert ended.status == key
    _, resumed, _ = run(
        tmp_path / "resumed", make_recipe(**long), valid_losses=losses[ended.epochs :], resume=True
    )
    assert torch.equal(straight.weight, resumed.weight)
    rates = [[m["learning_rate"] for m in metrics_of(tmp_path / name)] for name in ("straight", "resumed")]
    assert rates[0] == rates[1]
    assert len(set(rates[0])) > 2


def test_an_interruption_at_the_end_of_an_epoch_keeps_its_learning_rate(tmp_path):
    recipe = make_recipe(optimizer=OptimizerSettings(schedule="linear"), checkpoint_s=0.0)
    run(tmp_path / "whole", recipe)
    with pytest.raises(InterruptedError):
        run(tmp_path / "cut", recipe, fail_evaluation=1)
    run(tmp_path / "cut", recipe, resume=True)
    rates = [[m["learning_rate"] for m in metrics_of(tmp_path / name)] for name in ("whole", "cut")]
    assert rates[0] == rates[1] == pytest.approx([1e-3 * 9 / 12, 1e-3 * 5 / 12, 1e-3 * 1 / 12])


def named(**changes):
    task = {"task": "tests.training.test_supervised:LineTask", "task_arguments": {}}
    network = {"network": "torch.nn:Linear", "network_arguments": {"in_features": 1, "out_features": 1}}
    settings = {"kind": "supervised", "device": "cpu", "epoch_steps": 4, "max_epochs": 3, "batch_size": 4}
    return NamedSupervisedRecipe(**(task | network | settings | changes))


def test_a_recipe_names_task_and_network(tmp_path):
    _, straight, _ = run(tmp_path / "straight", make_recipe())
    outcome = find_trainer("supervised", "test").train(
        named(), tmp_path / "named", resume=False, reporter=Reporter()
    )
    assert (outcome.status, outcome.metric) == ("max_epochs", "valid_loss")
    kept = load_checkpoint(tmp_path / "named" / "checkpoint.safetensors")
    assert torch.equal(kept["state"]["learner"]["network"]["weight"], straight.weight)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "torch.nn:Flatten"}, "task 'torch.nn:Flatten' made an object without batches"),
        ({"task_arguments": {"speed": 3}}, r"arguments given \(speed\)"),
        ({"network": "torch.nn:Nothing"}, "network: module torch.nn has no 'Nothing'"),
        (
            {"network": "perceptron"},
            "network is 'perceptron', expected package.module:object or one of .*gcnn",
        ),
    ],
)
def test_what_a_recipe_names_in_vain_is_one_line_and_writes_nothing(tmp_path, changes, message):
    with pytest.raises(RecipeError, match=message) as caught:
        trainer.train(named(**changes), tmp_path / "run", resume=False, reporter=Reporter())
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_threads_are_the_recipes_and_given_back(tmp_path):
    before = torch.get_num_threads()
    trainer.train(named(threads=2), tmp_path / "run", resume=False, reporter=Reporter())
    assert torch.get_num_threads() == before
    (session,) = (json.loads(line) for line in (tmp_path / "run" / "sessions.jsonl").read_text().splitlines())
    assert session["threads"] == 2
