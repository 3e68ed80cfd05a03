"""The trainer of ``kind = "alphazero"``."""

from __future__ import annotations

from pathlib import Path

from coplug.training.alphazero.learner import AlphaZeroLearner, AlphaZeroRecipe
from coplug.training.device import find_device
from coplug.training.loop import MAY_CHANGE, seeded, train
from coplug.training.named import make_named
from coplug.training.run import Outcome, Reporter, Run


class AlphaZeroTrainer:
    """Trains any network in any game that a recipe names."""

    recipe_type = AlphaZeroRecipe

    def train(self, recipe: AlphaZeroRecipe, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Train as the recipe says; see :func:`coplug.training.loop.train`.

        Raises
        ------
        RecipeError, UsageError, OutputError
            If the game or network cannot be made, and as :class:`coplug.training.run.Run`.
        """
        device = find_device(recipe.device)
        with seeded(recipe.seed, device):
            methods = ("initial_states", "step", "legal", "encode")
            game = make_named(recipe.game, "game", recipe.game_arguments, methods)
            network = make_named(
                recipe.network, "network", recipe.network_arguments, ("parameters", "export")
            )
            with Run(out, recipe, resume=resume, may_change=MAY_CHANGE) as run:
                learner = AlphaZeroLearner(network.to(device), game, recipe)
                return train(learner, recipe, run, reporter)


trainer = AlphaZeroTrainer()
