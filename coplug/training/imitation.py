"""Learning to do what an expert did: batches of its choices, a loss, and a learning rate that drops on plateaus.

It knows no problem: what a batch is, its loss and the validation metrics come from a :class:`Task`. Source of
the schedule: Gasse et al. 2019 and its released training script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from torch import Tensor, nn

from coplug.training.distributed import ALONE, World
from coplug.training.loop import LoopRecipe
from coplug.training.optimizer import Optimizer, OptimizerSettings


@dataclass(frozen=True, kw_only=True)
class ImitationRecipe(LoopRecipe):
    """A :class:`LoopRecipe` whose steps are batches.

    Attributes
    ----------
    optimizer : OptimizerSettings
    batch_size : int
        Samples of a batch, drawn with replacement.
    patience : int
        The learning rate drops after every so many epochs without a lower validation loss.
    """

    optimizer: OptimizerSettings = field(default=OptimizerSettings())
    batch_size: int = field(default=32, metadata={"minimum": 1})
    epoch_steps: int = field(default=312, metadata={"minimum": 1})
    patience: int = field(default=10, metadata={"minimum": 1})


M_contra = TypeVar("M_contra", bound=nn.Module, contravariant=True)
B = TypeVar("B")


class Task(Protocol[M_contra, B]):
    """What is imitated."""

    def prepare(self, model: M_contra) -> None:
        """Do what comes before the first epoch of a fresh run, such as measuring normalisation layers."""

    def batches(self, epoch: int, start: int) -> Iterator[B]:
        """Yield the batches of an epoch from number ``start`` on, the same ones whenever it is called."""

    def loss(self, model: M_contra, batch: B) -> Tensor:
        """Return the mean loss of a batch, shape ()."""

    def contents(self, batch: B) -> Mapping[str, Any]:
        """Return the batch as tensors and plain values, to be looked at if its loss is not finite."""

    def evaluate(self, model: M_contra) -> dict[str, float]:
        """Return validation metrics, one of which is ``loss``."""

    def export(self, model: M_contra, directory: Path, metrics: dict[str, float]) -> None:
        """Write a policy that the solver can load."""


class ImitationLearner:
    """A :class:`coplug.training.loop.Learner` that does what an expert did.

    Parameters
    ----------
    model : nn.Module
        On its device.
    task : Task
    recipe : ImitationRecipe
    world : World
        The processes that train together, each with its own part of every batch.
    """

    metric = "loss"
    maximize = False

    def __init__(
        self, model: Any, task: Task[Any, Any], recipe: ImitationRecipe, world: World = ALONE
    ) -> None:
        self.model = model
        self.trained = world.wrap(model)
        self.task = task
        self.recipe = recipe
        total_steps = recipe.max_epochs * recipe.epoch_steps
        self.optimizer = Optimizer(model.parameters(), recipe.optimizer, total_steps)
        self._trained_with = self.optimizer.learning_rate

    def prepare(self) -> None:
        """See :meth:`Task.prepare`."""
        self.task.prepare(self.model)

    def steps(self, epoch: int, start: int) -> Iterator[dict[str, float]]:
        """Descend along the loss of one batch after the other; yields ``loss`` and ``gradient_norm``."""
        self.model.train()
        for batch in self.task.batches(epoch, start):
            self._trained_with = self.optimizer.learning_rate
            measured = self.optimizer.step(self.task.loss(self.trained, batch), self.task.contents(batch))
            self.optimizer.advance()
            yield measured

    def evaluate(self, epoch: int) -> dict[str, float]:
        """See :meth:`Task.evaluate`."""
        self.model.eval()
        return self.task.evaluate(self.model)

    def end_epoch(self, improved: bool, bad_epochs: int) -> str:
        """Lower the learning rate on a plateau, but not in the last epoch before training ends for it."""
        if improved or bad_epochs % self.recipe.patience != 0 or bad_epochs >= self.recipe.early_stop:
            return ""
        self.optimizer.reduce()
        return f"{bad_epochs} epochs without improvement: learning rate {self.optimizer.learning_rate:.3g}"

    def measurements(self) -> dict[str, float]:
        """Return the learning rate of the last step."""
        return {"learning_rate": self._trained_with}

    def export(self, directory: Path, metrics: dict[str, float]) -> None:
        """See :meth:`Task.export`."""
        self.task.export(self.model, directory, metrics)

    def state(self) -> dict[str, Any]:
        """Return weights and optimizer."""
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state(state["optimizer"])
        self._trained_with = self.optimizer.learning_rate
