"""Comparators by name: what ``--policy`` takes for graphs besides the methods."""

from __future__ import annotations

from pathlib import Path

from coplug.errors import WeightsError
from coplug.inference.bundles import bundles
from coplug.inference.comparator import Comparator
from coplug.inference.weights import CONFIG_FILE, load_config, load_network
from coplug.problems.mis.recursion import RULES


def comparator_names() -> list[str]:
    """Return the names of the known comparators."""
    return list(bundles("mis"))


def comparator_path(name: str) -> Path | None:
    """Return the weights directory of a known comparator, or of one given by its path; None if there is none."""
    own = bundles("mis").get(name)
    return own.directory if own else (Path(name) if (Path(name) / CONFIG_FILE).is_file() else None)


def rule_of(path: Path) -> int:
    """Return the rule of the recursion in training, of :data:`coplug.problems.mis.recursion.RULES`.

    Raises
    ------
    WeightsError
        If the configuration does not say.
    """
    rule = load_config(path).get("rule")
    if not isinstance(rule, str) or rule not in RULES:
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
        raise WeightsError(f"there is no comparator {name!r}; known are {', '.join(comparator_names())}")
    network, _ = load_network(path, "mis")
    if not isinstance(network, Comparator):
        raise WeightsError(f"{path}: its network is a {type(network).__name__}, expected a Comparator")
    return network
