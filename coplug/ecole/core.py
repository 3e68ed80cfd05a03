"""The names of Ecole's compiled module ``ecole.core``, for code that imports from there."""

from __future__ import annotations

from typing import Any

from coplug.ecole import data, dynamics, information, instance, observation, reward, scip, version
from coplug.ecole.default import Default, DefaultType
from coplug.ecole.errors import IteratorExhausted, MarkovError
from coplug.ecole.renamed import renamed_attribute
from coplug.ecole.rng import RandomGenerator, seed, spawn_random_generator

__all__ = [
    "Default",
    "DefaultType",
    "IteratorExhausted",
    "MarkovError",
    "RandomGenerator",
    "data",
    "dynamics",
    "information",
    "instance",
    "observation",
    "reward",
    "scip",
    "seed",
    "spawn_random_generator",
    "version",
]


def __getattr__(name: str) -> Any:
    return renamed_attribute(__name__, name)
