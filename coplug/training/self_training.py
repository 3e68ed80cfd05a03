"""Self-training: the model learns labels that its own roll-outs gave, and its better self gives the next ones.

It knows no problem: how labels come about and what is learned from them is a :class:`SelfTrainingTask`'s. Source of the
scheme: Brusca et al., Maximum Independent Set: Self-Training through Dynamic Programming (NeurIPS 2023), algorithm 2,
with a replay buffer.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from coplug.graphs import GraphBatch, Graphs
from coplug.run_metrics import SAMPLES
from coplug.training.named_trainer import NamedRecipe, NamedTrainer
from coplug.training.recipe import Arguments
from coplug.training.replay import ReplayBuffer, to_state
from coplug.training.task import N_contra, Task, TaskLearner


@dataclass(frozen=True, kw_only=True)
class SelfTrainingRecipe(NamedRecipe):
    """A :class:`NamedRecipe` whose steps label and learn.

    Attributes
    ----------
    task : str
        ``package.module:object`` of a callable that makes the :class:`SelfTrainingTask`.
    task_arguments : table
        Its keyword arguments.
    batch_size : int
        Graphs of a batch.
    updates_per_step : int
        Batches of a training step.
    capacity : int
        Labelled graphs that are kept; the newest.
    refresh_steps : int
        The model that labels is replaced by the one that learns after every so many steps.
    """

    task: str
    task_arguments: Arguments = field(default_factory=dict)
    batch_size: int = field(default=32, metadata={"minimum": 1})
    updates_per_step: int = field(default=4, metadata={"minimum": 1})
    capacity: int = field(default=10_000, metadata={"minimum": 1})
    refresh_steps: int = field(default=1, metadata={"minimum": 1})


class SelfTrainingTask(Task[N_contra], Protocol[N_contra]):
    """What a network teaches itself."""

    def label(self, network: N_contra, rng: np.random.Generator) -> Graphs:
        """Draw problems, roll the network out on them, and return graphs with labels among their extras."""

    def loss(self, network: N_contra, graphs: GraphBatch[Tensor]) -> Tensor:
        """Return the mean loss of a batch of labelled graphs, shape ()."""


class SelfTrainingLearner(TaskLearner[SelfTrainingRecipe]):
    """A :class:`coplug.training.loop.Learner` that labels its own examples.

    Parameters
    ----------
    network : nn.Module
        On its device.
    task : SelfTrainingTask
    recipe : SelfTrainingRecipe
    """

    task: SelfTrainingTask[Any]
    counted = SAMPLES

    def __init__(self, network: Any, task: SelfTrainingTask[Any], recipe: SelfTrainingRecipe) -> None:
        super().__init__(network, task, recipe)
        self.labeler = copy.deepcopy(network)
        self.replay = ReplayBuffer(recipe.capacity)

    def step(self, rng: np.random.Generator, /) -> dict[str, float]:
        """Label and learn; returns means over a step's batches and the number of labelled graphs."""
        if self.optimizer.steps % self.recipe.refresh_steps == 0:
            self.labeler.load_state_dict(self.network.state_dict())
        labelled = self._label(rng)
        self.replay.add(labelled)
        means = self.all_or_none(self._update(rng) for _ in range(self.recipe.updates_per_step))
        self.count += len(labelled)
        return means | {"labelled": float(len(labelled))}

    @torch.no_grad()
    def _label(self, rng: np.random.Generator) -> Graphs:
        self.labeler.eval()
        return self.task.label(self.labeler, rng)

    def _update(self, rng: np.random.Generator) -> dict[str, float]:
        batch = self.replay.sample(self.recipe.batch_size, rng)
        loss = self.task.loss(self.network, batch.to_torch(self.device))
        return self.optimizer.step(loss, {"graphs": to_state(batch)})

    def measurements(self) -> dict[str, float]:
        """Return what every learner does, and the size of the buffer."""
        return super().measurements() | {"replay": float(len(self.replay))}

    def state(self) -> dict[str, Any]:
        """Return both networks, the optimizer and the buffer."""
        return super().state() | {"labeler": self.labeler.state_dict(), "replay": self.replay.state()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        super().load_state(state)
        self.labeler.load_state_dict(state["labeler"])
        self.replay.load_state(state["replay"])


trainer = NamedTrainer(
    SelfTrainingRecipe,
    SelfTrainingLearner,
    "task",
    ("label", "loss", "evaluate", "export"),
    network_methods=("parameters",),
)
"""The trainer of ``kind = "self-training"``."""
