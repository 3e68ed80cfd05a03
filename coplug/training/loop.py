"""The loop that every learner shares: epochs of steps, evaluation, checkpoints, kept policies, and when to stop.

It knows neither problem nor algorithm: what a step does comes from a :class:`Learner`. All randomness of a step is
drawn from torch's generator, whose state is in the checkpoint, or from generators seeded by the epoch and the step;
that is what lets a run continue to the bit.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec
import torch
from torch import Tensor

from coplug.documents import Natural
from coplug.errors import WeightsError, in_one_line
from coplug.interruption import StopSignals, stop_signals
from coplug.run_metrics import COUNTED
from coplug.training.checkpoint import DAMAGE, REMEDY, save_checkpoint
from coplug.training.distributed import ALONE, World
from coplug.training.optimizer import DivergenceError, OptimizerSettings
from coplug.training.outcome import Outcome
from coplug.training.recipe import Recipe
from coplug.training.reporter import Reporter
from coplug.training.run_directory import RunDirectory

DIVERGED_FILE = "diverged.safetensors"
"""What a step was given when its loss or gradient was not finite, in the format of checkpoints."""


@dataclass(frozen=True, kw_only=True)
class LoopRecipe(Recipe):
    """What the loop needs to know.

    Attributes
    ----------
    optimizer : OptimizerSettings
        Of the network's weights.
    epoch_steps : int
        Training steps between two evaluations.
    early_stop : int
        Training ends after so many epochs without a better evaluation.
    max_epochs : int
        Training ends after so many epochs.
    max_time_s : float
        Training ends after so many seconds, all sessions together; the epoch that is cut short is evaluated
        and exported as any other. 0 for no limit.
    cpu_clock : bool
        Whether these are CPU seconds of the process, which other work on the machine does not lengthen.
    keep_last : int
        How many policies of the last epochs are kept.
    keep_best : int
        How many of the best ones are kept.
    checkpoint_s : float
        Seconds between checkpoints within an epoch; there is one at the end of each epoch anyway.
    """

    MAY_CHANGE = Recipe.MAY_CHANGE | {
        "max_epochs",
        "max_time_s",
        "cpu_clock",
        "early_stop",
        "keep_last",
        "keep_best",
        "checkpoint_s",
    }

    optimizer: OptimizerSettings = field(default=OptimizerSettings())
    epoch_steps: int = field(default=100, metadata={"minimum": 1})
    early_stop: int = field(default=20, metadata={"minimum": 1})
    max_epochs: int = field(default=1000, metadata={"minimum": 1})
    max_time_s: float = field(default=0.0, metadata={"minimum": 0.0})
    cpu_clock: bool = False
    keep_last: int = field(default=5, metadata={"minimum": 1})
    keep_best: int = field(default=3, metadata={"minimum": 1})
    checkpoint_s: float = field(default=300.0, metadata={"minimum": 0.0})

    def conflicts(self, old: Mapping[str, Any]) -> list[str]:
        """See :meth:`coplug.training.recipe.Recipe.conflicts`; a learning rate may depend on the last epoch."""
        found, schedule = super().conflicts(old), self.optimizer.schedule
        if schedule != "constant" and old.get("max_epochs") != self.max_epochs:
            found.append(f"max_epochs (with which the {schedule} schedule ends)")
        return found


class Learner(Protocol):
    """What is trained, and how one step of it goes.

    Attributes
    ----------
    metric : str
        The evaluation's metric by which epochs are compared; logged as ``valid_METRIC``.
    maximize : bool
        Whether more of it is better.
    """

    metric: str
    maximize: bool

    def prepare(self, reporter: Reporter) -> None:
        """Do what comes before the first epoch of a fresh run, such as measuring normalisation layers."""

    def steps(self, epoch: int, start: int) -> Iterator[Mapping[str, float]]:
        """Do the steps of an epoch from number ``start`` on, one each time the iterator is advanced.

        Yields what the step measured; the means over the epoch are logged as ``train_NAME``. The names are the same
        at every step; the first is shown while training runs.

        Raises
        ------
        DivergenceError
            If a loss or a gradient is not finite; nothing of the step may have changed the learner then.
        """

    def evaluate(self, epoch: int) -> dict[str, float]:
        """Return metrics of the learner as it is, :attr:`metric` among them."""

    def end_epoch(self, improved: bool, bad_epochs: int) -> str:
        """Adapt to an evaluation; ``bad_epochs`` have passed without a better one. Returns a message or ``""``."""

    def measurements(self) -> dict[str, float]:
        """Return what is logged besides, such as the learning rate that an epoch was trained with.

        Of one of :data:`coplug.run_metrics.COUNTED` the loop logs how many a second of training, too.
        """

    def export(self, directory: Path, metrics: dict[str, float]) -> None:
        """Write a policy that can be used without the learner."""

    def state(self) -> dict[str, Any]:
        """Return all that steps depend on, for :func:`coplug.training.checkpoint.save_checkpoint`."""

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""


@dataclass(slots=True)
class _Progress:
    """How far a run is; with the learner's state and the generators all that is needed to continue it.

    ``training_s`` are the seconds of this epoch without evaluations, ``counted`` what the learner counted before it.
    """

    epoch: Natural = 0
    step: Natural = 0
    sums: dict[str, float] = field(default_factory=dict)
    bad_epochs: Natural = 0
    elapsed_s: float = 0.0
    training_s: float = 0.0
    counted: float = 0.0
    evaluations: list[float] = field(default_factory=list)
    best: dict[str, float] = field(default_factory=dict)


def train(
    learner: Learner,
    recipe: LoopRecipe,
    run: RunDirectory,
    reporter: Reporter,
    clock: Callable[[], float] = time.monotonic,
    world: World = ALONE,
) -> Outcome:
    """Train ``learner`` until the recipe says to stop.

    After a resume the run continues from its last checkpoint as if it had not been interrupted: on a CPU,
    with the same versions and number of threads, to the same bits. Ctrl-C and SIGTERM end the run after the
    step at hand and a checkpoint.

    Parameters
    ----------
    learner : Learner
        Holds what was learned last afterwards.
    recipe : LoopRecipe
    run : RunDirectory
        Where checkpoints, metrics and policies go.
    reporter : Reporter
    clock : callable
        Seconds from any origin.
    world : World
        The processes that train together. They all stop together; the first one evaluates and writes.

    Returns
    -------
    Outcome

    Raises
    ------
    DivergenceError
        If a loss or gradient is not finite; the last checkpoint stays, and :data:`DIVERGED_FILE` in the run
        directory holds what the step was given.
    """
    return _Loop(learner, recipe, run, reporter, clock, world).train()


class _Loop:
    def __init__(
        self,
        learner: Learner,
        recipe: LoopRecipe,
        run: RunDirectory,
        reporter: Reporter,
        clock: Callable[[], float],
        world: World,
    ) -> None:
        self.learner = learner
        self.recipe = recipe
        self.run = run
        self.reporter = reporter
        self.clock = clock
        self.world = world
        self.progress = _Progress()
        self.signals = StopSignals()
        self.session_start = self.last_checkpoint = self.last_step = clock()
        self.earlier_s = 0.0

    def train(self) -> Outcome:
        state = self.run.restore()
        if state is None:
            self.learner.prepare(self.reporter)
        else:
            self._restore(state)
        self.reporter.start(self.progress.epoch, self.recipe.max_epochs, self.recipe.epoch_steps)
        status = self._finished()
        with stop_signals() as self.signals:
            while status is None:
                status = self._epoch()
        return self._outcome(status)

    def _epoch(self) -> str | None:
        """Run what is left of the current epoch; return why training ends, or None if it goes on."""
        self.last_step = self.clock()
        try:
            for measured in self.learner.steps(self.progress.epoch, self.progress.step):
                self._count(measured)
                if self.world.any(bool(self.signals.received)):
                    self._checkpoint()
                    return "interrupted"
                if self._is_over_time():
                    break
                if self.clock() - self.last_checkpoint >= self.recipe.checkpoint_s:
                    self._checkpoint()
        except DivergenceError as error:
            raise self._diverged(error) from error
        self._finish_epoch()
        return "interrupted" if self.world.any(bool(self.signals.received)) else self._finished()

    def _count(self, measured: Mapping[str, float]) -> None:
        progress = self.progress
        progress.step += 1
        now = self.clock()
        progress.training_s, self.last_step = progress.training_s + now - self.last_step, now
        for name, value in measured.items():
            progress.sums[name] = progress.sums.get(name, 0.0) + value
        name = next(iter(measured), "")
        self.reporter.step(progress.epoch, progress.step, name, progress.sums.get(name, 0.0) / progress.step)

    def _finish_epoch(self) -> None:
        progress = self.progress
        valid = self.world.from_first(lambda: self.learner.evaluate(progress.epoch))
        metrics = {
            "epoch": progress.epoch,
            **{f"train_{name}": total / max(progress.step, 1) for name, total in progress.sums.items()},
            **{f"valid_{name}": value for name, value in valid.items()},
            **self._measurements(),
            "time_s": round(self._elapsed_s(), 3),
        }
        if self.world.is_first:
            self.learner.export(self.run.policy_path(progress.epoch), metrics)
        message = self._judge(valid[self.learner.metric], metrics)
        progress.evaluations.append(valid[self.learner.metric])
        progress.epoch, progress.step, progress.sums, progress.training_s = progress.epoch + 1, 0, {}, 0.0
        progress.counted = next((metrics[name] for name in COUNTED if name in metrics), 0.0)
        self.run.log(metrics)
        self._checkpoint()
        # Only now, since the checkpoint before this one may still need the other policies.
        self.run.prune_policies(self._kept_epochs())
        self.reporter.epoch(metrics)
        if message:
            self.reporter.message(message)

    def _measurements(self) -> dict[str, float]:
        """Return the learner's, and what it counted a second of this epoch's training."""
        measured = self.learner.measurements()
        name = next((name for name in COUNTED if name in measured), "")
        if not name or self.progress.training_s <= 0.0:
            return measured
        speed = (measured[name] - self.progress.counted) / self.progress.training_s
        return {**measured, f"{name}_per_s": round(speed, 1)}

    def _judge(self, value: float, metrics: dict[str, float]) -> str:
        progress = self.progress
        improved = not progress.best or self._better(value, progress.best[f"valid_{self.learner.metric}"])
        if improved:
            progress.best = metrics
        progress.bad_epochs = 0 if improved else progress.bad_epochs + 1
        return self.learner.end_epoch(improved, progress.bad_epochs)

    def _better(self, value: float, other: float) -> bool:
        return value > other if self.learner.maximize else value < other

    def _kept_epochs(self) -> set[int]:
        values = self.progress.evaluations
        best = sorted(range(len(values)), key=lambda epoch: values[epoch], reverse=self.learner.maximize)
        return set(best[: self.recipe.keep_best]) | set(range(len(values))[-self.recipe.keep_last :])

    def _finished(self) -> str | None:
        if self.progress.bad_epochs >= self.recipe.early_stop:
            return "early_stop"
        if self.progress.epoch >= self.recipe.max_epochs:
            return "max_epochs"
        return "time_limit" if self._is_over_time() else None

    def _is_over_time(self) -> bool:
        limit_s = self.recipe.max_time_s
        return limit_s > 0.0 and self.world.any(limit_s <= self._elapsed_s())

    def _elapsed_s(self) -> float:
        return self.earlier_s + self.clock() - self.session_start

    def _checkpoint(self) -> None:
        self.progress.elapsed_s = self._elapsed_s()
        self.last_checkpoint = self.clock()
        self.run.checkpoint(
            self.progress.epoch,
            {
                "learner": self.learner.state(),
                "generators": _generator_states(),
                "progress": dataclasses.asdict(self.progress),
            },
        )

    def _restore(self, state: dict[str, Any]) -> None:
        try:
            self.learner.load_state(state["learner"])
            _set_generator_states(state["generators"])
            self.progress = msgspec.convert(state["progress"], _Progress)
        except DAMAGE as error:
            raise WeightsError(
                f"{self.run.checkpoint_path} does not fit this run: {in_one_line(error)}; {REMEDY}"
            ) from error
        self.earlier_s = self.progress.elapsed_s
        self.reporter.message(f"resumed at epoch {self.progress.epoch + 1}, step {self.progress.step}")

    def _diverged(self, error: DivergenceError) -> DivergenceError:
        name = DIVERGED_FILE if self.world.is_first else f"rank{self.world.rank}-{DIVERGED_FILE}"
        path = self.run.directory / name
        where = {"epoch": self.progress.epoch, "step": self.progress.step}
        save_checkpoint(path, {**where, "learner": self.learner.state(), "batch": error.batch})
        return DivergenceError(
            f"{error} in epoch {self.progress.epoch + 1}, step {self.progress.step}; train with a lower "
            f"optimizer.learning_rate or with an optimizer.gradient_clip. The step's weights and batch are in {path}",
            error.batch,
        )

    def _outcome(self, status: str) -> Outcome:
        best = self.progress.best
        policy = self.run.publish(best) if best else None
        return Outcome(
            status, self.progress.epoch, best, policy, f"valid_{self.learner.metric}", self.signals.received
        )


def _generator_states() -> list[Tensor]:
    """Return the states of torch's generators: the CPU's, then each GPU's."""
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def _set_generator_states(states: list[Tensor]) -> None:
    torch.set_rng_state(states[0])
    if len(states) - 1 == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states[1:])
