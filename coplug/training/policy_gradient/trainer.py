"""The trainer of ``kind = "policy-gradient"``."""

from __future__ import annotations

from pathlib import Path

from coplug.training.device import find_device
from coplug.training.loop import MAY_CHANGE, seeded, train
from coplug.training.named import make_named
from coplug.training.policy_gradient.learner import PolicyGradientLearner, PolicyGradientRecipe
from coplug.training.run import Outcome, Reporter, Run


class PolicyGradientTrainer:
    """Trains any network in any environment that a recipe names."""

    recipe_type = PolicyGradientRecipe

    def train(self, recipe: PolicyGradientRecipe, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Train as the recipe says; see :func:`coplug.training.loop.train`.

        Raises
        ------
        RecipeError, UsageError, OutputError
            If the environment or network cannot be made, and as :class:`coplug.training.run.Run`.
        """
        device = find_device(recipe.device)
        with seeded(recipe.seed, device):
            episodes = make_named(
                recipe.environment, "environment", recipe.environment_arguments, ("reset", "step")
            )
            network = make_named(
                recipe.network, "network", recipe.network_arguments, ("parameters", "export")
            )
            with Run(out, recipe, resume=resume, may_change=MAY_CHANGE) as run:
                learner = PolicyGradientLearner(network.to(device), episodes, recipe)
                return train(learner, recipe, run, reporter)


trainer = PolicyGradientTrainer()
