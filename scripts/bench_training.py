"""What the training loops cost beside the environment and the network, as a share of a training step.

Everything is timed in one process: the network is its forward pass, the backward pass and the optimizer; the
environment is ``reset`` and ``step``; what is left of the wall time of the steps is the loop's: batches, bookkeeping,
checkpoints.

    python scripts/bench_training.py [--steps 20]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from coplug.models.gcnn import GCNN
from coplug.models.gcnn_actor import GCNNActorCritic
from coplug.problems.milp.episodes import BranchingEpisodes
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.problems.milp.families.setcover import SetCover
from coplug.problems.milp.files import write_instance
from coplug.training.branching import BranchingRecipe, BranchingTask, SampleSettings
from coplug.training.collect import CollectionSettings, collect
from coplug.training.device import seeded
from coplug.training.loop import LoopRecipe, train
from coplug.training.policy_gradient.learner import PolicyGradientLearner, PolicyGradientRecipe
from coplug.training.reporter import Silent
from coplug.training.run_directory import RunDirectory
from coplug.training.samples import SampleSet
from coplug.training.supervised import SupervisedLearner


class Stopwatch:
    """Adds up the time that is spent in some functions."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wrap(self, owner: Any, name: str) -> None:
        """Time ``owner.name`` from now on."""
        function: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start

        setattr(owner, name, timed)


class StepsOnly:
    """A learner whose evaluation and export do nothing, so that steps alone are measured."""

    metric, maximize = "none", False

    def __init__(self, learner: Any) -> None:
        self.learner = learner
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.learner, name)

    def evaluate(self, epoch: int) -> dict[str, float]:  # noqa: D102
        return {"none": 0.0}

    def export(self, directory: Path, metrics: dict[str, float]) -> None:  # noqa: D102
        directory.mkdir(parents=True)

    def steps(self, epoch: int, start: int) -> Iterator[dict[str, float]]:  # noqa: D102
        began = time.perf_counter()
        yield from self.learner.steps(epoch, start)
        self.seconds += time.perf_counter() - began


def measure(name: str, learner: Any, recipe: LoopRecipe, network: Stopwatch, environment: Stopwatch) -> None:
    """Train for one epoch and print a row."""
    only = StepsOnly(learner)
    next(iter(learner.steps(0, recipe.epoch_steps - 1)))  # compiles kernels
    network.seconds = environment.seconds = 0.0
    with (
        tempfile.TemporaryDirectory() as folder,
        RunDirectory(Path(folder) / "run", recipe, resume=False) as run,
    ):
        train(only, recipe, run, Silent())
    other = only.seconds - network.seconds - environment.seconds
    per_step = [
        1e3 * s / recipe.epoch_steps for s in (only.seconds, network.seconds, environment.seconds, other)
    ]
    print(
        f"| {name} | "
        + " | ".join(f"{ms:.1f}" for ms in per_step)
        + f" | {100 * other / only.seconds:.1f} % |"
    )


def imitation(folder: Path, steps: int) -> None:
    """Measure imitation of strong branching at the shipped size."""
    instance = folder / "setcover.lp"
    write_instance(SetCover().generate(np.random.RandomState(0)), instance)
    collect(
        CollectionSettings((str(instance),), probability=1.0, episode_time_limit_s=20.0),
        folder / "samples",
        12,
    )
    samples = SampleSet(folder / "samples")
    settings = SampleSettings(train="", valid="")
    recipe = BranchingRecipe(kind="branching-imitation", samples=settings, epoch_steps=steps, max_epochs=1)
    with seeded(0, torch.device("cpu")):
        task = BranchingTask(samples, samples)
        learner = SupervisedLearner(GCNN(64), task, recipe)
        learner.prepare(Silent())
        network = Stopwatch()
        network.wrap(task, "loss")
        network.wrap(learner.optimizer, "step")
        measure("imitation, GCNN 64, 32 set covers 500 x 1000", learner, recipe, network, Stopwatch())


def policy_gradient(steps: int) -> None:
    """Measure PPO on branch and bound."""
    recipe = PolicyGradientRecipe(
        kind="policy-gradient",
        environment="",
        network="",
        epoch_steps=steps,
        max_epochs=1,
        episodes_per_step=8,
    )
    with seeded(0, torch.device("cpu")):
        episodes = BranchingEpisodes(CombinatorialAuction(40, 160), scip_params={"limits/nodes": 200})
        model = GCNNActorCritic(32)
        learner = PolicyGradientLearner(model, episodes, recipe)
        network, environment = Stopwatch(), Stopwatch()
        network.wrap(model, "forward")
        network.wrap(learner.optimizer, "step")
        environment.wrap(episodes, "reset")
        environment.wrap(episodes, "step")
        measure("PPO, GCNN 32, 8 auctions 40 x 160", learner, recipe, network, environment)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("| loop | step, ms | network, ms | environment, ms | all else, ms | all else |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        imitation(Path(folder), 3 * arguments.steps)
    policy_gradient(max(arguments.steps // 2, 1))


if __name__ == "__main__":
    main()
