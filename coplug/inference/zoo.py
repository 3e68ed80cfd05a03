"""Where the shipped weights are, and which problem each of them is for."""

from __future__ import annotations

import json
from pathlib import Path

from coplug.inference.weights import CONFIG_FILE

MILP, MIS, EXTREMAL = "milp", "mis", "extremal"
"""Values of the key ``problem`` in ``config.json``; without it, weights are a branching policy's."""


def zoo_directory() -> Path:
    """Return the directory that holds the shipped weights, one folder each."""
    import coplug.models.zoo as zoo

    return Path(zoo.__path__[0])


def shipped(problem: str) -> dict[str, Path]:
    """Return the names and folders of the shipped weights for a problem, sorted.

    A configuration that cannot be read counts as a branching policy's, whose loader says what is wrong.
    """
    paths = sorted(zoo_directory().glob(f"*/{CONFIG_FILE}"))
    return {path.parent.name: path.parent for path in paths if _problem(path) == problem}


def _problem(path: Path) -> str:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        return str(config.get("problem", MILP))
    except (OSError, ValueError, AttributeError):
        return MILP
