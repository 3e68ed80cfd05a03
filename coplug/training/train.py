"""Training a learned system by its recipe: what ``coplug train`` and :func:`coplug.train` do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from coplug.errors import PolicyError
from coplug.extras import install_command
from coplug.training.outcome import Outcome
from coplug.training.recipe_files import load_recipe
from coplug.training.reporter import Reporter, Silent


def train(
    recipe: str | Path,
    settings: Mapping[str, object] | Sequence[str] = (),
    *,
    out: str | Path | None = None,
    resume: bool = False,
    reporter: Reporter | None = None,
) -> Outcome:
    """Train a learned system as a recipe says.

    Ctrl-C ends the run after a checkpoint; ``resume`` continues it.

    Parameters
    ----------
    recipe : str or path
        A name, see ``coplug list recipes``, or a ``.toml`` file.
    settings : mapping or sequence of str
        Keys of the recipe and their values, such as ``{"model.width": 16}``, or texts ``KEY=VALUE``.
    out : path, optional
        Run directory; ``runs/RECIPE`` if neither this nor the recipe says.
    resume : bool
        Continue the run in the run directory.
    reporter : Reporter, optional
        Hears how it goes.

    Raises
    ------
    CoplugError
        If torch is missing, or the recipe, a key, a value or the run directory cannot be used.
    """
    if find_spec("torch") is None:
        raise PolicyError(f"training needs torch: {install_command('train')}")
    trainer, loaded = load_recipe(str(recipe), settings)
    if out is not None:
        loaded = dataclasses.replace(loaded, out=str(out))
    outcome = trainer.train(loaded, Path(loaded.out), resume=resume, reporter=reporter or Silent())
    return dataclasses.replace(outcome, out=Path(loaded.out))
