"""What the learners have in common: a network, its optimizer, generators that follow from the seed, and their state."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from coplug.run_metrics import BASELINE, ENVIRONMENT_STEPS
from coplug.training.loop import LoopRecipe
from coplug.training.optimizer import DivergenceError, Optimizer
from coplug.training.recipe import to_table
from coplug.training.reporter import Reporter

TRAINING, EVALUATION = 1, 2
"""First spawn keys of a learner's generators."""


def episode_means(returns: NDArray[np.float64], lengths: NDArray[np.int64]) -> dict[str, float]:
    """Return what is logged of episodes: mean and standard deviation of their returns, and their mean length."""
    return {
        "return": float(returns.mean()),
        "return_std": float(returns.std()),
        "length": float(lengths.mean()),
    }


R = TypeVar("R", bound=LoopRecipe)


class BaseLearner(ABC, Generic[R]):
    """A base of :class:`coplug.training.loop.Learner` for one network and one optimizer.

    A learner adds :meth:`step` and :meth:`evaluate`, and to :meth:`state` what it has besides.

    Parameters
    ----------
    network : nn.Module
        On its device.
    recipe : LoopRecipe
    groups : iterable of dict, optional
        The optimizer's parameter groups; all parameters by default.

    Attributes
    ----------
    network : nn.Module
        What learns.
    recipe : LoopRecipe
        What it was made from.
    optimizer : Optimizer
        Of the network's weights.
    device : torch.device
        The network's.
    counted : str
        What :attr:`count` counts, one of :data:`coplug.run_metrics.COUNTED`.
    count : int
        Steps that the learner has acted in environments or games to learn from, or what else is counted, all epochs
        together; 0 if nothing is.
    compared : str
        The metric of an evaluation that baselines are measured by, one of :data:`coplug.run_metrics.COMPARED`.
    baselines : dict from str to float
        By name, what others reach in what an evaluation evaluates.
    """

    metric: str
    maximize = True
    counted = ENVIRONMENT_STEPS
    compared = "return"

    def __init__(self, network: Any, recipe: R, groups: Iterable[Mapping[str, Any]] | None = None) -> None:
        self.network = network
        self.recipe = recipe
        self.device = next(network.parameters()).device
        self.count = 0
        self.baselines: dict[str, float] = {}
        learned = network.parameters() if groups is None else groups
        self.optimizer = Optimizer(learned, recipe.optimizer, recipe.max_epochs * recipe.epoch_steps)

    def prepare(self, reporter: Reporter) -> None:
        """Measure the baselines, once."""
        self.baselines = dict(self.measured_baselines())
        if self.baselines:
            shown = ", ".join(f"{name} {value:.4g}" for name, value in self.baselines.items())
            reporter.message(f"in the evaluation, mean {self.compared.replace('_', ' ')} of {shown}")

    def measured_baselines(self) -> Mapping[str, float]:
        """Return by name the mean of :attr:`compared` that others reach in what an evaluation evaluates."""
        return {}

    def steps(self, epoch: int, start: int) -> Iterator[dict[str, float]]:
        """See :meth:`coplug.training.loop.Learner.steps`."""
        self.network.train()
        for given in self.inputs(epoch, start):
            measured = self.step(given)
            self.optimizer.advance()
            yield measured

    def inputs(self, epoch: int, start: int) -> Iterator[Any]:
        """Yield what each step of an epoch is given, from number ``start`` on: a generator that follows from both."""
        for number in range(start, self.recipe.epoch_steps):
            yield self.rng(TRAINING, epoch, number)

    @abstractmethod
    def step(self, given: Any, /) -> dict[str, float]:
        """Do a training step with what :meth:`inputs` yielded, and return what it measured."""

    def all_or_none(self, updates: Iterator[Mapping[str, float]]) -> dict[str, float]:
        """Do the updates of a step, and return means of what they measured; if one diverges, none has happened."""
        before = copy.deepcopy(BaseLearner.state(self))
        try:
            measured = list(updates)
        except DivergenceError:
            BaseLearner.load_state(self, before)
            raise
        return {name: float(np.mean([m[name] for m in measured])) for name in measured[0]}

    @abstractmethod
    def evaluate(self, epoch: int) -> dict[str, float]:
        """See :meth:`coplug.training.loop.Learner.evaluate`."""

    def end_epoch(self, improved: bool, bad_epochs: int) -> str:
        """Do nothing: the schedule alone changes the learning rate."""
        return ""

    def measurements(self) -> dict[str, float]:
        """Return the learning rate of the last step, what is counted, and the baselines."""
        counted = {self.counted: float(self.count)} if self.count else {}
        baselines = {f"{BASELINE}{name}": value for name, value in self.baselines.items()}
        return {"learning_rate": self.optimizer.used_learning_rate, **counted, **baselines}

    def export(self, directory: Path, metrics: dict[str, float]) -> None:
        """Let the network write itself, with the recipe and the metrics."""
        self.network.export(directory, self.info(metrics))

    def info(self, metrics: dict[str, float]) -> dict[str, Any]:
        """Return what is written beside the weights."""
        return {"recipe": to_table(self.recipe), "metrics": metrics}

    def state(self) -> dict[str, Any]:
        """Return weights, optimizer, what is counted, and what the baselines had."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state(),
            self.counted: self.count,
            "baselines": self.baselines,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state(state["optimizer"])
        self.count = int(state[self.counted])
        self.baselines = {str(name): float(value) for name, value in state["baselines"].items()}

    def rng(self, *key: int) -> np.random.Generator:
        """Return the generator that belongs to the recipe's seed and a spawn key."""
        return np.random.default_rng(np.random.SeedSequence(self.recipe.seed, spawn_key=key))
