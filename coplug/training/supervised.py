"""Learning from examples: batches, a loss, and a learning rate that drops on plateaus.

It knows no problem: what an example is, its loss and the validation metrics come from a :class:`SupervisedTask`. Source
of the schedule: Gasse et al. 2019 and its released training script.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from coplug.training.distributed import ALONE, World
from coplug.training.learner import TRAINING
from coplug.training.loop import LoopRecipe
from coplug.training.named_trainer import NamedRecipe, NamedTrainer
from coplug.training.recipe import Arguments
from coplug.training.reporter import Reporter
from coplug.training.task import N_contra, Task, TaskLearner


@dataclass(frozen=True, kw_only=True)
class SupervisedRecipe(LoopRecipe):
    """A :class:`LoopRecipe` whose steps are batches.

    Attributes
    ----------
    batch_size : int
        Examples of a batch, drawn with replacement.
    patience : int
        The learning rate drops after every so many epochs without a better evaluation.
    """

    batch_size: int = field(default=32, metadata={"minimum": 1})
    epoch_steps: int = field(default=312, metadata={"minimum": 1})
    patience: int = field(default=10, metadata={"minimum": 1})


@dataclass(frozen=True, kw_only=True)
class NamedSupervisedRecipe(SupervisedRecipe, NamedRecipe):
    """A :class:`SupervisedRecipe` that names what is learned.

    Attributes
    ----------
    task : str
        ``package.module:object`` of a callable that makes the :class:`SupervisedTask`.
    task_arguments : table
        Its keyword arguments.
    """

    task: str
    task_arguments: Arguments = field(default_factory=dict)


B = TypeVar("B")


class SupervisedTask(Task[N_contra], Protocol[N_contra, B]):
    """What is learned from examples, which have numbers from 0 on."""

    def __len__(self) -> int:
        """Return the number of training examples."""
        ...

    def prepare(self, network: N_contra, reporter: Reporter) -> None:
        """Do what comes before the first epoch of a fresh run, such as measuring normalisation layers."""

    def batches(self, groups: Iterable[Sequence[int]], device: torch.device) -> Iterator[B]:
        """Yield a batch for each group of training examples, in their order, on ``device``.

        Nothing may depend on what was asked before; the next batches may be loaded ahead, see
        :func:`coplug.training.prefetch.prefetch`.
        """

    def loss(self, network: N_contra, batch: B) -> Tensor:
        """Return the mean loss of a batch, shape ()."""

    def contents(self, batch: B) -> Mapping[str, Any]:
        """Return the batch as tensors and plain values, to be looked at if its loss is not finite."""


class SupervisedLearner(TaskLearner[SupervisedRecipe]):
    """A :class:`coplug.training.loop.Learner` that learns from examples.

    Parameters
    ----------
    network : nn.Module
        On its device.
    task : SupervisedTask
    recipe : SupervisedRecipe
    world : World
        The processes that train together, each with its own part of every batch.

    Raises
    ------
    RecipeError
        If a batch cannot be divided among them.
    """

    task: SupervisedTask[Any, Any]

    def __init__(
        self, network: Any, task: SupervisedTask[Any, Any], recipe: SupervisedRecipe, world: World = ALONE
    ) -> None:
        super().__init__(network, task, recipe)
        world.share(recipe.batch_size)
        self.world = world
        self.trained = world.wrap(network)

    def prepare(self, reporter: Reporter) -> None:
        """See :meth:`SupervisedTask.prepare`; then measure the baselines."""
        self.task.prepare(self.network, reporter)
        super().prepare(reporter)

    def inputs(self, epoch: int, start: int) -> Iterator[Any]:
        """Yield the batches of an epoch from number ``start`` on, drawn with replacement."""
        return self.task.batches(self._drawn(epoch, start), self.device)

    def _drawn(self, epoch: int, start: int) -> Iterator[list[int]]:
        """Yield this process's part of each group of examples."""
        rng, count, size = self.rng(TRAINING, epoch), len(self.task), self.recipe.batch_size
        rng.integers(count, size=(start, size))  # those of the steps before
        for _ in range(start, self.recipe.epoch_steps):
            yield rng.integers(count, size=size)[self.world.rank :: self.world.size].tolist()

    def step(self, batch: Any, /) -> dict[str, float]:
        """Descend along the loss of one batch; returns ``loss`` and ``gradient_norm``."""
        return self.optimizer.step(self.task.loss(self.trained, batch), self.task.contents(batch))

    def end_epoch(self, improved: bool, bad_epochs: int) -> str:
        """Lower the learning rate on a plateau."""
        if improved or bad_epochs % self.recipe.patience != 0:
            return ""
        self.optimizer.reduce()
        return f"{bad_epochs} epochs without improvement: learning rate {self.optimizer.learning_rate:.3g}"


trainer = NamedTrainer(
    NamedSupervisedRecipe,
    SupervisedLearner,
    "task",
    ("batches", "loss", "contents", "evaluate", "export", "prepare", "__len__"),
    network_methods=("parameters",),
    distributed=True,
)
"""The trainer of ``kind = "supervised"``."""
