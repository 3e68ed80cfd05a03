"""Trainers: what a recipe's ``kind`` names, an entry point of the group ``coplug.trainers``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, TypeVar

from coplug.errors import RecipeError
from coplug.registry import Registry
from coplug.training.outcome import Outcome
from coplug.training.recipe import Recipe
from coplug.training.reporter import Reporter

R_contra = TypeVar("R_contra", bound=Recipe, contravariant=True)


class Trainer(Protocol[R_contra]):
    """What an entry point of ``coplug.trainers`` refers to."""

    @property
    def recipe_type(self) -> type[Recipe]:
        """The dataclass of this trainer's recipes."""

    def train(self, recipe: R_contra, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Train as the recipe says, in run directory ``out``."""


def _fault(found: Any) -> str:
    is_trainer = callable(getattr(found, "train", None)) and isinstance(
        getattr(found, "recipe_type", None), type
    )
    return "" if is_trainer else f"is a {type(found).__name__} without recipe_type and train()"


TRAINERS: Registry[Trainer[Any]] = Registry("coplug.trainers", "kind", _fault, RecipeError)


def find_trainer(kind: object, source: str) -> Trainer[Any]:
    """Load the trainer that the recipe at ``source`` names.

    Raises
    ------
    RecipeError
        If there is none.
    """
    if not isinstance(kind, str) or kind not in TRAINERS:
        raise RecipeError(
            f"{source}: kind {kind!r} is unknown; known kinds are {', '.join(TRAINERS.names())}"
        )
    return TRAINERS.load(kind)
