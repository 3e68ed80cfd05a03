from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import RecipeError, SamplesError, WeightsError
from coplug.inference.weights import load_weights
from coplug.models.gcnn import GCNN
from coplug.models.segments import segment_log_softmax
from coplug.training import branching, supervised
from coplug.training.batches import collate
from coplug.training.branching import (
    BranchingRecipe,
    BranchingTask,
    ModelSettings,
    SampleSettings,
    TensorBatch,
    best_ranks,
    losses,
    targets,
    trainer,
)
from coplug.training.optimizer import OptimizerSettings
from coplug.training.samples import SampleSet
from coplug.training.supervised import NamedSupervisedRecipe, SupervisedLearner

CPU = torch.device("cpu")


class Silent:
    def __init__(self):
        self.epochs = []

    def start(self, epoch, max_epochs, epoch_steps): ...

    def step(self, epoch, done, name, mean): ...

    def epoch(self, metrics):
        self.epochs.append(metrics)

    def message(self, text): ...


@st.composite
def batches(draw, make_sample):
    """A batch and logits in which ties of scores and of logits are frequent."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    batch = TensorBatch.from_graphs(collate([make_sample(rng, n_candidates=n) for n in sizes]), CPU)
    logits = torch.from_numpy(
        rng.integers(-2, 3, sum(sizes)).astype(np.float32) * draw(st.sampled_from([1.0, 0.3, 50.0]))
    )
    return batch, logits


def parts(batch, values):
    pointer = batch.candidate_ptr.tolist()
    return [values[start:stop] for start, stop in pairwise(pointer)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_segment_softmax_and_loss_against_torch(make_sample, data):
    batch, logits = data.draw(batches(make_sample))
    logits.requires_grad_()
    expected = torch.cat([torch.log_softmax(part, 0) for part in parts(batch, logits)])
    torch.testing.assert_close(segment_log_softmax(logits, batch.segment, len(batch)), expected)
    chosen = batch.chosen - batch.candidate_ptr[:-1]
    expected_loss = torch.stack(
        [
            torch.nn.functional.cross_entropy(part[None], c[None])
            for part, c in zip(parts(batch, logits), chosen, strict=True)
        ]
    )
    loss = losses(logits, batch)
    torch.testing.assert_close(loss, expected_loss)
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    (expected_gradient,) = torch.autograd.grad(expected_loss.sum(), logits)
    torch.testing.assert_close(gradient, expected_gradient)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([0.05, 0.5, 1.0]))
def test_soft_targets_against_a_loop(make_sample, data, temperature):
    batch, logits = data.draw(batches(make_sample))
    expected, expected_loss = [], []
    for scores, part in zip(parts(batch, batch.scores), parts(batch, logits), strict=True):
        best = scores.max()
        weight = (scores / best) ** (1 / temperature) if best > 0 else torch.ones_like(scores)
        expected.append(weight / weight.sum())
        expected_loss.append(-(expected[-1].float() * torch.log_softmax(part, 0)).sum())
    torch.testing.assert_close(targets(batch, temperature), torch.cat(expected).float())
    torch.testing.assert_close(losses(logits, batch, temperature), torch.stack(expected_loss))


def test_hard_targets_are_the_experts_choice(make_sample):
    rng = np.random.default_rng(0)
    batch = TensorBatch.from_graphs(collate([make_sample(rng) for _ in range(4)]), CPU)
    assert torch.nonzero(targets(batch, 0.0))[:, 0].tolist() == batch.chosen.tolist()
    logits = torch.randn(len(batch.candidates))
    hard = -(targets(batch, 0.0) * segment_log_softmax(logits, batch.segment, 4)).sum()
    torch.testing.assert_close(losses(logits, batch).sum(), hard)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_accuracy_against_brute_force(make_sample, data):
    batch, logits = data.draw(batches(make_sample))
    ranks = best_ranks(logits, batch)
    for k in (1, 2, 3, 5, 10):
        expected = []
        for scores, part in zip(parts(batch, batch.scores), parts(batch, logits), strict=True):
            ranked = sorted(range(len(part)), key=lambda i: (-part[i].item(), i))
            expected.append(any(scores[i] == scores.max() for i in ranked[:k]))
        assert (ranks < k).tolist() == expected


def recipe_for(rule_samples, **changes):
    train, valid = rule_samples
    defaults = {
        "kind": "branching-imitation",
        "samples": SampleSettings(train=str(train), valid=str(valid)),
        "model": ModelSettings(width=8),
        "optimizer": OptimizerSettings(learning_rate=1e-2),
        "device": "cpu",
        "epoch_steps": 60,
        "max_epochs": 6,
    }
    return BranchingRecipe(**(defaults | changes))


def test_learns_a_rule(rule_samples, tmp_path):
    reporter = Silent()
    before = torch.get_rng_state()
    outcome = trainer.train(recipe_for(rule_samples), tmp_path / "run", resume=False, reporter=reporter)
    assert outcome.status == "max_epochs"
    assert outcome.best["valid_acc@1"] > 0.95
    assert outcome.best["valid_acc@1"] <= outcome.best["valid_acc@3"] <= outcome.best["valid_acc@5"] == 1.0
    assert len(reporter.epochs) == 6
    assert torch.equal(before, torch.get_rng_state())
    _, config = load_weights(outcome.policy)
    assert config["training"]["metrics"] == outcome.best
    assert config["training"]["recipe"]["model"] == {"width": 8, "weights": ""}


def test_goes_on_from_the_weights_of_a_policy(rule_samples, tmp_path):
    first = trainer.train(recipe_for(rule_samples), tmp_path / "first", resume=False, reporter=Silent())
    still = recipe_for(
        rule_samples,
        model=ModelSettings(weights=str(first.policy)),
        optimizer=OptimizerSettings(learning_rate=1e-12),
        epoch_steps=1,
        max_epochs=1,
    )
    second = trainer.train(still, tmp_path / "second", resume=False, reporter=Silent())
    (before, _), (after, config) = load_weights(first.policy), load_weights(second.policy)
    assert config["width"] == 8
    for name in before:
        np.testing.assert_allclose(after[name], before[name], atol=1e-9)
    none = recipe_for(rule_samples, model=ModelSettings(weights=str(tmp_path / "none")))
    with pytest.raises(WeightsError, match="no such weights directory"):
        trainer.train(none, tmp_path / "third", resume=False, reporter=Silent())
    assert not (tmp_path / "third").exists()


def test_soft_targets_learn_the_rule_too(rule_samples, tmp_path):
    recipe = recipe_for(rule_samples, soft_targets=0.2)
    outcome = trainer.train(recipe, tmp_path / "run", resume=False, reporter=Silent())
    assert outcome.best["valid_acc@1"] > 0.95


def test_batches_depend_on_seed_and_epoch_alone(rule_samples):
    recipe = recipe_for(rule_samples, epoch_steps=5)
    task = BranchingTask(SampleSet(rule_samples[0]), SampleSet(rule_samples[1]))
    learner = SupervisedLearner(GCNN(8), task, recipe)

    def first_features(epoch, start):
        return [batch.graph[0][0].tolist() for batch in learner.inputs(epoch, start)]

    whole = first_features(3, 0)
    assert len(whole) == 5
    assert first_features(3, 2) == whole[2:]
    assert first_features(3, 5) == []
    assert first_features(4, 0) != whole


def test_evaluation_does_not_depend_on_batches(rule_samples, monkeypatch):
    task = BranchingTask(*(SampleSet(d) for d in rule_samples))
    model = GCNN(8)
    whole = task.evaluate(model)
    monkeypatch.setattr(branching, "VALID_BATCH_SIZE", 7)
    assert task.evaluate(model) == pytest.approx(whole, rel=1e-5)


def test_several_directories_of_samples_count_as_one(rule_samples, tmp_path):
    both = SampleSettings(train=", ".join(map(str, rule_samples)), valid=str(rule_samples[1]))
    recipe = recipe_for(rule_samples, samples=both, max_epochs=1)
    outcome = trainer.train(recipe, tmp_path / "run", resume=False, reporter=Silent())
    _, config = load_weights(outcome.policy)
    assert config["training"]["train_samples"] == sum(len(SampleSet(directory)) for directory in rule_samples)


def test_missing_samples_and_unusable_device(rule_samples, tmp_path):
    settings = SampleSettings(train=str(tmp_path / "none"), valid=str(rule_samples[1]))
    with pytest.raises(SamplesError, match="none"):
        trainer.train(
            recipe_for(rule_samples, samples=settings), tmp_path / "run", resume=False, reporter=Silent()
        )
    with pytest.raises(RecipeError, match="device 'abacus' cannot be used"):
        trainer.train(
            recipe_for(rule_samples, device="abacus"), tmp_path / "run", resume=False, reporter=Silent()
        )
    assert not (tmp_path / "run").exists()


def test_the_supervised_kind_trains_the_same_network(rule_samples, tmp_path):
    own = trainer.train(
        recipe_for(rule_samples, max_epochs=2), tmp_path / "own", resume=False, reporter=Silent()
    )
    learned, valid = map(str, rule_samples)
    recipe = NamedSupervisedRecipe(
        kind="supervised",
        task="coplug.training.branching:branching_task",
        task_arguments={"train": learned, "valid": valid},
        network="gcnn",
        network_arguments={"width": 8},
        optimizer=OptimizerSettings(learning_rate=1e-2),
        device="cpu",
        epoch_steps=60,
        max_epochs=2,
    )
    named = supervised.trainer.train(recipe, tmp_path / "named", resume=False, reporter=Silent())
    (ours, _), (theirs, config) = load_weights(own.policy), load_weights(named.policy)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert config["training"]["train_samples"] == 1000
