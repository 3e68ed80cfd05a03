"""The trainer of ``kind = "self-training"``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from coplug.training.device import find_device
from coplug.training.loop import MAY_CHANGE, seeded, train
from coplug.training.named import make_named
from coplug.training.recipe import Arguments
from coplug.training.run import Outcome, Reporter, Run
from coplug.training.self_training import SelfTrainingLearner, SelfTrainingRecipe

TASK_METHODS = ("label", "loss", "evaluate", "export")


@dataclass(frozen=True, kw_only=True)
class NamedSelfTrainingRecipe(SelfTrainingRecipe):
    """A :class:`SelfTrainingRecipe` that names what is learned.

    Attributes
    ----------
    task, network : str
        ``package.module:object``, called with the arguments; see
        :class:`coplug.training.self_training.SelfTrainingTask`.
    task_arguments, network_arguments : dict
    """

    task: str
    network: str
    task_arguments: Arguments = field(default_factory=dict)
    network_arguments: Arguments = field(default_factory=dict)


class SelfTrainingTrainer:
    """Trains any network on any self-training task that a recipe names."""

    recipe_type = NamedSelfTrainingRecipe

    def train(
        self, recipe: NamedSelfTrainingRecipe, out: Path, *, resume: bool, reporter: Reporter
    ) -> Outcome:
        """Train as the recipe says; see :func:`coplug.training.loop.train`.

        Raises
        ------
        RecipeError, UsageError, OutputError
            If the task or network cannot be made, and as :class:`coplug.training.run.Run`.
        """
        device = find_device(recipe.device)
        with seeded(recipe.seed, device):
            task = make_named(recipe.task, "task", recipe.task_arguments, TASK_METHODS)
            network = make_named(recipe.network, "network", recipe.network_arguments, ("parameters",))
            with Run(out, recipe, resume=resume, may_change=MAY_CHANGE) as run:
                learner = SelfTrainingLearner(network.to(device), task, recipe)
                return train(learner, recipe, run, reporter)


trainer = SelfTrainingTrainer()
