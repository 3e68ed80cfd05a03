"""Comparators by name: what ``--policy`` takes for graphs besides the methods."""

from __future__ import annotations

from pathlib import Path

from coplug.errors import WeightsError
from coplug.inference.comparator import ARCHITECTURE, Comparator, comparator_config, load_comparator
from coplug.inference.weights import CONFIG_FILE
from coplug.inference.zoo import MIS, shipped
from coplug.problems.mis.recursion import RULES


def comparator_names() -> list[str]:
    """Return the names of the shipped comparators."""
    return [
        name for name, path in shipped(MIS).items() if comparator_config(path)["architecture"] == ARCHITECTURE
    ]


def comparator_path(name: str) -> Path | None:
    """Return the weights directory of a shipped comparator, or of one given by its path; None if there is none."""
    if name in comparator_names():
        return shipped(MIS)[name]
    return Path(name) if (Path(name) / CONFIG_FILE).is_file() else None


def rule_of(path: Path) -> int:
    """Return the rule of the recursion in training, of :data:`coplug.problems.mis.recursion.RULES`.

    Raises
    ------
    WeightsError
        If the configuration does not say.
    """
    rule = comparator_config(path).get("rule")
    if rule not in RULES:
        raise WeightsError(f"{path}: rule is {rule!r}, expected one of {', '.join(RULES)}")
    return RULES[rule]


def find_comparator(name: str) -> Comparator:
    """Load a comparator by its name or its weights directory.

    Raises
    ------
    WeightsError
        If there is none, or it cannot be read.
    """
    path = comparator_path(name)
    if path is None:
        raise WeightsError(f"there is no comparator {name!r}; shipped are {', '.join(comparator_names())}")
    return load_comparator(path)
