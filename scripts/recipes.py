"""Training by a recipe from a script that may be stopped and started again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def run_recipe(recipe: str, out: Path, settings: Sequence[str]) -> None:
    """Run ``coplug train RECIPE --out OUT --set ...``, with ``--resume`` where ``out`` holds a run.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    pairs = [argument for setting in settings for argument in ("--set", setting)]
    resume = ["--resume"] if (out / "recipe.toml").exists() else []
    command = [sys.executable, "-m", "coplug", "train", recipe, "--out", str(out), *pairs, *resume]
    subprocess.run(command, check=True)
