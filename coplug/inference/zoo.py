"""Where the shipped weights are, and which problem each of them serves."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from coplug.errors import WeightsError
from coplug.inference.weights import CONFIG_FILE, problem_of


def zoo_directory() -> Path:
    """Return the directory that holds the shipped weights, one folder each."""
    return Path(str(files("coplug.models.zoo")))


def shipped(problem: str) -> dict[str, Path]:
    """Return the names and folders of the shipped weights whose architecture serves a problem, sorted.

    One that cannot be read is among those of every problem: its loader says what is wrong.
    """
    folders = (path.parent for path in sorted(zoo_directory().glob(f"*/{CONFIG_FILE}")))
    return {folder.name: folder for folder in folders if serving(folder, problem)}


def serving(folder: Path, problem: str) -> bool:
    """Tell whether the weights in a folder serve a problem, or cannot be read: their loader says why then."""
    try:
        return problem_of(folder) == problem
    except WeightsError:
        return True
