"""The trainer of ``kind = "gflownet"``."""

from __future__ import annotations

from pathlib import Path

from coplug.training.device import find_device
from coplug.training.gflownet.learner import GFlowNetLearner, GFlowNetRecipe
from coplug.training.loop import MAY_CHANGE, seeded, train
from coplug.training.named import make_named
from coplug.training.run import Outcome, Reporter, Run

ENVIRONMENT_METHODS = ("step", "backward_step", "forward_mask", "backward_mask", "encode", "log_reward")


class GFlowNetTrainer:
    """Trains any network on any environment that a recipe names."""

    recipe_type = GFlowNetRecipe

    def train(self, recipe: GFlowNetRecipe, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Train as the recipe says; see :func:`coplug.training.loop.train`.

        Raises
        ------
        RecipeError, UsageError, OutputError
            If the environment or network cannot be made, and as :class:`coplug.training.run.Run`.
        """
        device = find_device(recipe.device)
        with seeded(recipe.seed, device):
            environment = make_named(
                recipe.environment, "environment", recipe.environment_arguments, ENVIRONMENT_METHODS
            )
            sizes = {"n_features": environment.n_features, "n_actions": environment.n_actions}
            arguments = sizes | recipe.network_arguments
            network = make_named(recipe.network, "network", arguments, ("parameters", "export"))
            with Run(out, recipe, resume=resume, may_change=MAY_CHANGE) as run:
                learner = GFlowNetLearner(network.to(device), environment, recipe)
                return train(learner, recipe, run, reporter)


trainer = GFlowNetTrainer()
