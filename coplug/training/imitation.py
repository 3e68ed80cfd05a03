"""The loop that imitation learners share: epochs, schedule, checkpoints, kept policies, and when to stop.

It knows no problem: what a batch is, its loss and the validation metrics come from a :class:`Task`. Source of
the schedule: Gasse et al. 2019 and its released training script.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from coplug.errors import RecipeError
from coplug.training.recipe import Recipe
from coplug.training.run import Outcome, Reporter, Run
from coplug.training.signals import StopSignals, stop_signals

MAY_CHANGE = (
    "out",
    "device",
    "description",
    "max_epochs",
    "max_time_s",
    "early_stop",
    "keep_last",
    "keep_best",
    "checkpoint_s",
)
"""Keys of an :class:`ImitationRecipe` that a resumed run may change: none of them alters a training step."""


@dataclass(frozen=True, kw_only=True)
class OptimizerSettings:
    """Adam's settings.

    Attributes
    ----------
    learning_rate : float
        At the start.
    factor : float
        What the learning rate is multiplied with on a plateau.
    gradient_clip : float
        Largest norm of the gradient; 0 for no limit.
    """

    learning_rate: float = field(default=1e-3, metadata={"minimum": 0.0})
    factor: float = field(default=0.2, metadata={"minimum": 0.0})
    gradient_clip: float = field(default=0.0, metadata={"minimum": 0.0})


@dataclass(frozen=True, kw_only=True)
class ImitationRecipe(Recipe):
    """What the loop needs to know.

    Attributes
    ----------
    optimizer : OptimizerSettings
    batch_size, epoch_batches : int
        An epoch is ``epoch_batches`` batches of ``batch_size`` samples drawn with replacement.
    patience : int
        The learning rate drops after every so many epochs without a lower validation loss.
    early_stop : int
        Training ends after so many epochs without a lower validation loss.
    max_epochs : int
        Training ends after so many epochs.
    max_time_s : float
        Training ends after so many seconds, all sessions together; the epoch that is cut short is evaluated
        and exported as any other. 0 for no limit.
    keep_last, keep_best : int
        How many policies of the last epochs, and of those with the lowest validation loss, are kept.
    checkpoint_s : float
        Seconds between checkpoints within an epoch; there is one at the end of each epoch anyway.
    """

    optimizer: OptimizerSettings = OptimizerSettings()
    batch_size: int = field(default=32, metadata={"minimum": 1})
    epoch_batches: int = field(default=312, metadata={"minimum": 1})
    patience: int = field(default=10, metadata={"minimum": 1})
    early_stop: int = field(default=20, metadata={"minimum": 1})
    max_epochs: int = field(default=1000, metadata={"minimum": 1})
    max_time_s: float = field(default=0.0, metadata={"minimum": 0.0})
    keep_last: int = field(default=5, metadata={"minimum": 1})
    keep_best: int = field(default=3, metadata={"minimum": 1})
    checkpoint_s: float = field(default=300.0, metadata={"minimum": 0.0})


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

    def evaluate(self, model: M_contra) -> dict[str, float]:
        """Return validation metrics, one of which is ``loss``."""

    def export(self, model: M_contra, directory: Path, metrics: dict[str, float]) -> None:
        """Write a policy that the solver can load."""


@dataclass(slots=True)
class _Progress:
    """How far a run is; with weights, optimizer and generators all that is needed to continue it."""

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    bad_epochs: int = 0
    elapsed_s: float = 0.0
    losses: list[float] = field(default_factory=list)
    best: dict[str, float] = field(default_factory=dict)


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's generators inside the block and give them back as they were."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def imitate(
    model: M_contra, task: Task[M_contra, B], recipe: ImitationRecipe, run: Run, reporter: Reporter
) -> Outcome:
    """Train ``model`` to do what the expert did.

    After a resume the run continues from its last checkpoint as if it had not been interrupted: on a CPU,
    with the same versions and number of threads, to the same bits. Ctrl-C and SIGTERM end the run after the
    batch at hand and a checkpoint.

    Parameters
    ----------
    model : nn.Module
        On its device; holds the last weights afterwards.
    task : Task
    recipe : ImitationRecipe
    run : Run
        Where checkpoints, metrics and policies go.
    reporter : Reporter

    Returns
    -------
    Outcome

    Raises
    ------
    RecipeError
        If the loss is not finite any more.
    """
    return _Imitation(model, task, recipe, run, reporter).train()


class _Imitation:
    def __init__(
        self, model: Any, task: Task[Any, Any], recipe: ImitationRecipe, run: Run, reporter: Reporter
    ) -> None:
        self.model = model
        self.task = task
        self.recipe = recipe
        self.run = run
        self.reporter = reporter
        self.optimizer = torch.optim.Adam(model.parameters(), lr=recipe.optimizer.learning_rate)
        self.progress = _Progress()
        self.signals = StopSignals()
        self.session_start = self.last_checkpoint = time.monotonic()
        self.earlier_s = 0.0

    def train(self) -> Outcome:
        state = self.run.restore()
        if state is None:
            self.task.prepare(self.model)
        else:
            self._restore(state)
        self.reporter.start(self.progress.epoch, self.recipe.max_epochs, self.recipe.epoch_batches)
        status = self._finished()
        with stop_signals() as self.signals:
            while status is None:
                status = self._epoch()
        return self._outcome(status)

    def _epoch(self) -> str | None:
        """Run what is left of the current epoch; return why training ends, or None if it goes on."""
        self.model.train()
        for batch in self.task.batches(self.progress.epoch, self.progress.batch):
            self._step(batch)
            if self.signals.received:
                self._checkpoint()
                return "interrupted"
            if self._is_over_time():
                break
            if time.monotonic() - self.last_checkpoint >= self.recipe.checkpoint_s:
                self._checkpoint()
        self._finish_epoch()
        return "interrupted" if self.signals.received else self._finished()

    def _step(self, batch: object) -> None:
        self.optimizer.zero_grad()
        loss = self.task.loss(self.model, batch)
        value = loss.item()
        if not math.isfinite(value):
            raise RecipeError(
                f"the loss is {value} in epoch {self.progress.epoch}, batch {self.progress.batch}; "
                "train with a lower optimizer.learning_rate or with an optimizer.gradient_clip"
            )
        loss.backward()  # type: ignore[no-untyped-call]
        if self.recipe.optimizer.gradient_clip > 0.0:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.optimizer.gradient_clip)
        self.optimizer.step()
        self.progress.batch += 1
        self.progress.loss_sum += value
        self.reporter.batch(
            self.progress.epoch, self.progress.batch, self.progress.loss_sum / self.progress.batch
        )

    def _finish_epoch(self) -> None:
        progress = self.progress
        self.model.eval()
        valid = self.task.evaluate(self.model)
        metrics = {
            "epoch": progress.epoch,
            "train_loss": progress.loss_sum / max(progress.batch, 1),
            **{f"valid_{name}": value for name, value in valid.items()},
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "time_s": round(self._elapsed_s(), 3),
        }
        self.task.export(self.model, self.run.policy_path(progress.epoch), metrics)
        self._update_schedule(valid["loss"], metrics)
        progress.losses.append(valid["loss"])
        progress.epoch, progress.batch, progress.loss_sum = progress.epoch + 1, 0, 0.0
        self.run.log(metrics)
        self._checkpoint()
        # Only now, since the checkpoint before this one may still need the other policies.
        self.run.prune_policies(self._kept_epochs())
        self.reporter.epoch(metrics)

    def _update_schedule(self, loss: float, metrics: dict[str, float]) -> None:
        progress, recipe = self.progress, self.recipe
        if not progress.best or loss < progress.best["valid_loss"]:
            progress.best, progress.bad_epochs = metrics, 0
            return
        progress.bad_epochs += 1
        if progress.bad_epochs % recipe.patience == 0 and progress.bad_epochs < recipe.early_stop:
            for group in self.optimizer.param_groups:
                group["lr"] *= recipe.optimizer.factor
            rate = self.optimizer.param_groups[0]["lr"]
            self.reporter.message(
                f"{progress.bad_epochs} epochs without improvement: learning rate {rate:.3g}"
            )

    def _kept_epochs(self) -> set[int]:
        losses = self.progress.losses
        best = sorted(range(len(losses)), key=lambda epoch: losses[epoch])
        return set(best[: self.recipe.keep_best]) | set(range(len(losses))[-self.recipe.keep_last :])

    def _finished(self) -> str | None:
        if self.progress.bad_epochs >= self.recipe.early_stop:
            return "early_stop"
        if self.progress.epoch >= self.recipe.max_epochs:
            return "max_epochs"
        return "time_limit" if self._is_over_time() else None

    def _is_over_time(self) -> bool:
        return 0.0 < self.recipe.max_time_s <= self._elapsed_s()

    def _elapsed_s(self) -> float:
        return self.earlier_s + time.monotonic() - self.session_start

    def _checkpoint(self) -> None:
        self.progress.elapsed_s = self._elapsed_s()
        self.last_checkpoint = time.monotonic()
        self.run.checkpoint(
            self.progress.epoch,
            {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "generators": _generator_states(),
                "progress": dataclasses.asdict(self.progress),
            },
        )

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        _set_generator_states(state["generators"])
        self.progress = _Progress(**state["progress"])
        self.earlier_s = self.progress.elapsed_s
        self.reporter.message(f"resumed at epoch {self.progress.epoch}, batch {self.progress.batch}")

    def _outcome(self, status: str) -> Outcome:
        best = self.progress.best
        policy = self.run.publish(int(best["epoch"])) if best else None
        return Outcome(status, self.progress.epoch, best, policy, self.signals.received)


def _generator_states() -> list[Tensor]:
    """Return the states of torch's generators: the CPU's, then each GPU's."""
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def _set_generator_states(states: list[Tensor]) -> None:
    torch.set_rng_state(states[0])
    if len(states) - 1 == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states[1:])
