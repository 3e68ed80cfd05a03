"""A training session: where it runs, the learner that it trains, and its run directory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch

from coplug.training.device import find_device, seeded, threads
from coplug.training.distributed import World, joined_world, local_device
from coplug.training.loop import Learner, LoopRecipe, train
from coplug.training.outcome import Outcome
from coplug.training.reporter import Reporter
from coplug.training.run_directory import RunDirectory

MakeLearner = Callable[[torch.device, World], Learner]
"""Makes the learner on a device of this process, one of those that train together."""


def run_session(
    recipe: LoopRecipe, out: Path, make: MakeLearner, *, resume: bool, reporter: Reporter
) -> Outcome:
    """Make a learner and train it in run directory ``out``; see :func:`coplug.training.loop.train`.

    Nothing is written if the learner cannot be made.

    Raises
    ------
    RecipeError, UsageError, WeightsError, OutputError
        As ``make``, :class:`coplug.training.run_directory.RunDirectory` and the loop.
    """
    device = local_device(find_device(recipe.device))
    with joined_world(device) as world, seeded(recipe.seed, device), threads(recipe.threads):
        learner = make(device, world)
        with RunDirectory(out, recipe, resume=resume, writes=world.is_first) as run:
            clock = time.process_time if recipe.cpu_clock else time.monotonic
            return train(learner, recipe, run, reporter, clock, world)
