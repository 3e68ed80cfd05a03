"""The trainer of everything whose parts a recipe names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from coplug.errors import RecipeError
from coplug.training.distributed import World
from coplug.training.loop import Learner, LoopRecipe
from coplug.training.named import make_named, network_module
from coplug.training.outcome import Outcome
from coplug.training.recipe import Arguments
from coplug.training.reporter import Reporter
from coplug.training.session import run_session


@dataclass(frozen=True, kw_only=True)
class NamedRecipe(LoopRecipe):
    """A :class:`LoopRecipe` that names its network; a subclass has two more such keys for what that learns in.

    Attributes
    ----------
    network : str
        ``package.module:object`` of what makes it, or the name of an architecture (``coplug.architectures``).
    network_arguments : table
        Its keyword arguments.
    """

    network: str
    network_arguments: Arguments = field(default_factory=dict)


R = TypeVar("R", bound=NamedRecipe)


@dataclass(frozen=True)
class NamedTrainer(Generic[R]):
    """A :class:`coplug.training.trainer.Trainer` of any network in any task, game or environment.

    Attributes
    ----------
    recipe_type : type
    make_learner : callable
        From network, task and recipe, and the world if ``distributed``, to the learner.
    key : str
        The recipe's key that names the task, such as ``environment``; its arguments are in ``environment_arguments``.
    methods : sequence of str
        What the task must be able to do.
    network_methods : sequence of str
        What the network must be able to do.
    sizes : callable
        Returns arguments of the network that follow from the task.
    distributed : bool
        Whether several processes can train together.
    """

    recipe_type: type[R]
    make_learner: Callable[..., Learner]
    key: str
    methods: Sequence[str]
    network_methods: Sequence[str] = ("parameters", "export")
    sizes: Callable[[Any], Mapping[str, Any]] = lambda task: {}
    distributed: bool = False

    def train(self, recipe: R, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Train as the recipe says; see :func:`coplug.training.session.run_session`.

        Raises
        ------
        RecipeError
            If the task or the network cannot be made.
        """

        def make(device: torch.device, world: World) -> Learner:
            if world.size > 1 and not self.distributed:
                raise RecipeError(f"kind {recipe.kind} trains in one process; start it without torchrun")
            arguments = getattr(recipe, f"{self.key}_arguments")
            task = make_named(getattr(recipe, self.key), self.key, arguments, self.methods)
            sizes = {**self.sizes(task), **recipe.network_arguments}
            module = network_module(recipe.network)
            network = make_named(module, "network", sizes, self.network_methods).to(device)
            together = (world,) if self.distributed else ()
            return self.make_learner(network, task, recipe, *together)

        return run_session(recipe, out, make, resume=resume, reporter=reporter)
