"""What a network learns where its examples and their loss are the problem's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from torch import nn

from coplug.training.learner import BaseLearner, R

N_contra = TypeVar("N_contra", bound=nn.Module, contravariant=True)


class Task(Protocol[N_contra]):
    """What is learned.

    Attributes
    ----------
    metric : str
        The metric by which epochs are compared.
    maximize : bool
        Whether more of it is better.
    """

    metric: str
    maximize: bool

    def evaluate(self, network: N_contra) -> dict[str, float]:
        """Return metrics, ``metric`` among them."""

    def export(self, network: N_contra, directory: Path, info: Mapping[str, Any]) -> None:
        """Write what can be used without the learner, with ``info``: the recipe and the metrics."""


@runtime_checkable
class WithBaselines(Protocol):
    """A task that knows what a network has to be measured against."""

    def baselines(self) -> Mapping[str, float]:
        """Return by name what others reach of the task's metric in its evaluation."""
        ...


class TaskLearner(BaseLearner[R]):
    """A :class:`BaseLearner` of a task.

    Parameters
    ----------
    network : nn.Module
        On its device.
    task : Task
    recipe : LoopRecipe
    """

    def __init__(self, network: Any, task: Task[Any], recipe: R) -> None:
        super().__init__(network, recipe)
        self.task = task
        self.metric, self.maximize = task.metric, task.maximize
        self.compared = task.metric

    def measured_baselines(self) -> Mapping[str, float]:
        """See :meth:`WithBaselines.baselines`."""
        return self.task.baselines() if isinstance(self.task, WithBaselines) else {}

    def evaluate(self, epoch: int) -> dict[str, float]:
        """See :meth:`Task.evaluate`."""
        self.network.eval()
        return self.task.evaluate(self.network)

    def export(self, directory: Path, metrics: dict[str, float]) -> None:
        """See :meth:`Task.export`."""
        self.task.export(self.network, directory, self.info(metrics))
