"""Ecole's ``instance`` module: endless iterators over models, drawn at random or read from files."""

from coplug.ecole.instance.families import (
    CapacitatedFacilityLocationGenerator,
    CombinatorialAuctionGenerator,
    IndependentSetGenerator,
    SetCoverGenerator,
)
from coplug.ecole.instance.files import FileGenerator

__all__ = [
    "CapacitatedFacilityLocationGenerator",
    "CombinatorialAuctionGenerator",
    "FileGenerator",
    "IndependentSetGenerator",
    "SetCoverGenerator",
]
