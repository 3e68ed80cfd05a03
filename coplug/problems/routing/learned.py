"""Learned rules: weights as perceptrons for compiled code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UnknownPolicyError
from coplug.inference.architecture import Config, Tensors
from coplug.inference.weights import load_network
from coplug.inference.zoo import shipped

from .perceptron import Perceptron

PROBLEM = "routing"

BEST = "routing-explorer-2"
"""What ``auto`` stands for."""


@dataclass(frozen=True, eq=False)
class LearnedRule:
    """A perceptron, and what it is asked.

    Attributes
    ----------
    kind : {"routing-forwarder", "routing-explorer", "routing-tensile"}
        Its architecture.
    net : Perceptron
    two_hops : bool
        Of an explorer, whether nodes know the links of their neighbours.
    name : str
        Of the policy.
    """

    kind: str
    net: Perceptron
    two_hops: bool = False
    name: str = ""


def build(tensors: Tensors, config: Config) -> LearnedRule:
    """Return the rule that weights are of."""
    return LearnedRule(config["architecture"], perceptron(tensors), bool(config.get("two_hops")))


def perceptron(tensors: Tensors) -> Perceptron:
    """Return the perceptron of tensors by their names in :mod:`coplug.models.routing`."""

    def array(name: str) -> NDArray[np.float32]:
        return np.ascontiguousarray(tensors[name], np.float32)

    return Perceptron(
        np.ascontiguousarray(array("first.weight").T),
        array("first.bias"),
        array("second.weight"),
        array("second.bias"),
        array("last.weight")[0].copy(),
        array("last.bias"),
        array("skip"),
    )


def shipped_rules() -> dict[str, Path]:
    """Return names and folders of the shipped rules."""
    return shipped(PROBLEM)


def load_rule(name: str) -> LearnedRule:
    """Return a shipped rule by its name, or the one of a weights directory.

    Raises
    ------
    UnknownPolicyError
        If there is none.
    WeightsError
        If it cannot be read.
    """
    directories = shipped_rules()
    directory = directories.get(name, Path(name))
    if name not in directories and not directory.is_dir():
        choices = ", ".join(["auto", "none", *directories])
        raise UnknownPolicyError(
            f"there is no policy {name!r} for routing; take {choices}, or a directory of weights"
        )
    rule, _ = load_network(directory, PROBLEM)
    assert isinstance(rule, LearnedRule)
    return replace(rule, name=name)
