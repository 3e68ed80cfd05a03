"""Ecole's Python interface on today's SCIP: ``import coplug.ecole as ecole`` runs code written for Ecole 0.8.1.

Source of the interface: A. Prouvost et al., Ecole: A Gym-like Library for Machine Learning in Combinatorial
Optimization Solvers (2020), and its documentation. What differs on purpose is listed in
``docs/howto/ecole.md``.
"""

from __future__ import annotations

from typing import Any

from coplug.ecole import (
    core,
    data,
    dynamics,
    environment,
    information,
    instance,
    observation,
    reward,
    scip,
    typing,
    version,
)
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
    "core",
    "data",
    "dynamics",
    "environment",
    "information",
    "instance",
    "observation",
    "reward",
    "scip",
    "seed",
    "spawn_random_generator",
    "typing",
    "version",
]

__version__ = version.INTERFACE_VERSION
"""The version of Ecole whose interface this is."""


def __getattr__(name: str) -> Any:
    return renamed_attribute(__name__, name)
