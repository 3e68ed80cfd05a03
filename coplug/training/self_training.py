"""Self-training: the model learns labels that its own roll-outs gave, and its better self gives the next ones.

It knows no problem: how labels come about and what is learned from them is a :class:`SelfTrainingTask`'s. Source of the
scheme: Brusca et al., Maximum Independent Set: Self-Training through Dynamic Programming (NeurIPS 2023), algorithm 2,
with a replay buffer.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from coplug.graphs import GraphBatch
from coplug.training.loop import LoopRecipe
from coplug.training.optimizer import DivergenceError, Optimizer, OptimizerSettings
from coplug.training.replay import Graphs, ReplayBuffer, to_state

_STEPS = 1  # spawn key of the generators of training steps


@dataclass(frozen=True, kw_only=True)
class SelfTrainingRecipe(LoopRecipe):
    """A :class:`LoopRecipe` whose steps label and learn.

    Attributes
    ----------
    optimizer : OptimizerSettings
    batch_size, updates_per_step : int
        Graphs of a batch, and batches of a training step.
    capacity : int
        Labelled graphs that are kept; the newest.
    refresh_steps : int
        The model that labels is replaced by the one that learns after every so many steps.
    """

    optimizer: OptimizerSettings = field(default=OptimizerSettings())
    batch_size: int = field(default=32, metadata={"minimum": 1})
    updates_per_step: int = field(default=4, metadata={"minimum": 1})
    capacity: int = field(default=10_000, metadata={"minimum": 1})
    refresh_steps: int = field(default=1, metadata={"minimum": 1})


M_contra = TypeVar("M_contra", bound=nn.Module, contravariant=True)


class SelfTrainingTask(Protocol[M_contra]):
    """What a model teaches itself."""

    metric: str
    maximize: bool

    def label(self, model: M_contra, rng: np.random.Generator) -> Graphs:
        """Draw problems, roll the model out on them, and return graphs with labels among their extras."""

    def loss(self, model: M_contra, graphs: GraphBatch[Tensor]) -> Tensor:
        """Return the mean loss of a batch of labelled graphs, shape ()."""

    def evaluate(self, model: M_contra) -> dict[str, float]:
        """Return metrics, ``metric`` among them."""

    def export(self, model: M_contra, directory: Path, metrics: dict[str, float]) -> None:
        """Write what can be used without the learner."""


class SelfTrainingLearner:
    """A :class:`coplug.training.loop.Learner` that labels its own examples.

    Parameters
    ----------
    model : nn.Module
        On its device.
    task : SelfTrainingTask
    recipe : SelfTrainingRecipe
    """

    def __init__(self, model: Any, task: SelfTrainingTask[Any], recipe: SelfTrainingRecipe) -> None:
        self.model = model
        self.task = task
        self.recipe = recipe
        self.metric, self.maximize = task.metric, task.maximize
        self.labeler = copy.deepcopy(model)
        self.replay = ReplayBuffer(recipe.capacity)
        self.optimizer = Optimizer(
            model.parameters(), recipe.optimizer, recipe.max_epochs * recipe.epoch_steps
        )
        self._device = next(model.parameters()).device

    def prepare(self) -> None:
        """Do nothing."""

    def steps(self, epoch: int, start: int) -> Iterator[dict[str, float]]:
        """Label and learn; yields means over a step's batches and the number of labelled graphs."""
        for step in range(start, self.recipe.epoch_steps):
            sequence = np.random.SeedSequence(self.recipe.seed, spawn_key=(_STEPS, epoch, step))
            rng = np.random.default_rng(sequence)
            if self.optimizer.steps % self.recipe.refresh_steps == 0:
                self.labeler.load_state_dict(self.model.state_dict())
            before = copy.deepcopy((self.model.state_dict(), self.optimizer.state()))
            labelled = self._label(rng)
            self.replay.add(labelled)
            self.model.train()
            try:
                measured = [self._update(rng) for _ in range(self.recipe.updates_per_step)]
            except DivergenceError:
                self.model.load_state_dict(before[0])
                self.optimizer.load_state(before[1])
                raise
            self.optimizer.advance()
            means = {name: float(np.mean([m[name] for m in measured])) for name in measured[0]}
            yield means | {"labelled": float(len(labelled))}

    @torch.no_grad()
    def _label(self, rng: np.random.Generator) -> Graphs:
        self.labeler.eval()
        return self.task.label(self.labeler, rng)

    def _update(self, rng: np.random.Generator) -> dict[str, float]:
        batch = self.replay.sample(self.recipe.batch_size, rng)
        loss = self.task.loss(self.model, batch.to_torch(self._device))
        return self.optimizer.step(loss, {"graphs": to_state(batch)})

    def evaluate(self, epoch: int) -> dict[str, float]:
        """See :meth:`SelfTrainingTask.evaluate`."""
        self.model.eval()
        return self.task.evaluate(self.model)

    def end_epoch(self, improved: bool, bad_epochs: int) -> str:
        """Do nothing: the learning rate follows its schedule."""
        return ""

    def measurements(self) -> dict[str, float]:
        """Return the learning rate and the size of the buffer."""
        return {"learning_rate": self.optimizer.learning_rate, "replay": float(len(self.replay))}

    def export(self, directory: Path, metrics: dict[str, float]) -> None:
        """See :meth:`SelfTrainingTask.export`."""
        self.task.export(self.model, directory, metrics)

    def state(self) -> dict[str, Any]:
        """Return both models, the optimizer and the buffer."""
        return {
            "model": self.model.state_dict(),
            "labeler": self.labeler.state_dict(),
            "optimizer": self.optimizer.state(),
            "replay": self.replay.state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self.model.load_state_dict(state["model"])
        self.labeler.load_state_dict(state["labeler"])
        self.optimizer.load_state(state["optimizer"])
        self.replay.load_state(state["replay"])
