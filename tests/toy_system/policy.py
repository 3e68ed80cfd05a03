"""Policies: they score items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import PolicyError
from coplug.inference.architecture import Architecture, linear
from coplug.inference.weights import load_network
from coplug.plugins import is_plugin, load_plugin, plugin_lines

from .instance import Bag
from .packing import features

ARCHITECTURE = Architecture(
    name="bag-linear",
    problem="bags",
    shapes=lambda config: linear("score", 2, 1),
    expected={"features": ("value", "weight")},
    build="bags.policy:build",
    module="bags.network:BagNetwork",
)


@dataclass(frozen=True)
class Linear:
    """A linear score of value and weight."""

    weight: NDArray[np.float32]

    def score_items(self, bag: Bag) -> NDArray[np.float32]:
        """Return a score an item."""
        return features(bag) @ self.weight


@dataclass(frozen=True)
class LinearPolicy:
    """A network by its name."""

    name: str
    network: Linear

    def score_items(self, bag: Bag) -> NDArray[np.float32]:
        """Return a score an item."""
        return self.network.score_items(bag)


class LightFirst:
    """The lightest items first."""

    name = "light-first"

    def score_items(self, bag: Bag) -> NDArray[np.float64]:
        """Return a score an item."""
        return -bag.weights.astype(float)


def build(tensors: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]) -> Linear:
    """Return the network of some weights."""
    return Linear(tensors["score.weight"][0])


def lack(found: object) -> str:
    """Say what an object lacks that policies for bags have."""
    return "" if hasattr(found, "score_items") and hasattr(found, "name") else "name and score_items"


def available() -> dict[str, str]:
    """Return the names of policies."""
    return {"none": "value over weight", **plugin_lines(lack)}


def load(name: str) -> Any:
    """Return a policy by its name, or None."""
    if name in ("none", "auto"):
        return None
    if Path(name).is_dir():
        return LinearPolicy(name, load_network(Path(name), "bags")[0])
    if is_plugin(name):
        return load_plugin(name, lack)
    raise PolicyError(f"there is no policy {name!r} for bags; known are {', '.join(available())}")
