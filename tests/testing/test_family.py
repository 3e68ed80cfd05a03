"""Families that keep their contract, and others that break it, each in its own way."""

import random
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from coplug.errors import UsageError
from coplug.families import FAMILIES, InstanceKind
from coplug.graphs.formats.writing import GRAPHS
from coplug.graphs.graph import from_edges
from coplug.testing import FamilyCheckError, check_family


@pytest.mark.parametrize("name", FAMILIES.names())
def test_every_family_keeps_its_contract(name):
    check_family(name)


@dataclass(frozen=True)
class Rings:
    """Rings, of which each edge is missing with some probability."""

    draws: ClassVar = GRAPHS
    sizes: ClassVar = {"tiny": {"n_nodes": 12}, "easy": {}}

    n_nodes: int = 100
    missing: float = 0.3
    closed: bool = True

    @property
    def max_nodes(self):
        return self.n_nodes

    def __post_init__(self):
        if self.n_nodes < 3 or not 0 <= self.missing <= 1:
            raise UsageError("a ring needs 3 nodes, and a probability in [0, 1]")

    def generate(self, rng):
        nodes = np.arange(self.n_nodes)
        edges = np.stack([nodes, np.roll(nodes, -1)], axis=1)[: self.n_nodes - (not self.closed)]
        return from_edges(self.n_nodes, edges[rng.random_sample(len(edges)) >= self.missing])


def test_a_family_that_keeps_its_contract_passes_without_a_name():
    check_family(Rings)


class Mutable:
    """Rings."""

    draws, sizes, generate = GRAPHS, {"tiny": {}}, Rings.generate
    n_nodes, missing, closed = 12, 0.3, True


@dataclass(frozen=True)
class ListParameter(Rings):
    """Rings."""

    names: tuple = ("ring",)


@dataclass(frozen=True, kw_only=True)
class Demanding(Rings):
    """Rings."""

    sizes: ClassVar = {"tiny": {"length": 3}}
    length: int


def broken(**changes):
    return type("Broken", (Rings,), {"__doc__": "Rings.", **changes})


def careless(family):
    1 / family.missing  # it raises, and that is the point
    if family.missing < 0:
        raise ValueError("math domain error")


def numpys(family, rng):
    return Rings.generate(family, np.random.RandomState(np.random.randint(2**31)))  # noqa: NPY002 # what is checked


def pythons(family, rng):
    random.random()
    return Rings.generate(family, rng)


def two_types(family, rng):
    return Rings.generate(family, rng) if rng.randint(2) else None


TALKATIVE = InstanceKind("rings", ("g6",), GRAPHS.render, lambda ring: "a ring\nof nodes")
ONE_FORMAT = InstanceKind(
    "rings", ("g6", "col"), lambda ring, name: {"g6": b"ring %d" % ring.n_edges}[name], str
)

BREAKS = [
    (Rings(), "expected a class that is a dataclass"),
    (Mutable, "expected a class that is a dataclass"),
    (dataclass(type("Melting", (Mutable,), {"__doc__": "Rings."})), "the dataclass is not frozen"),
    (broken(__doc__=None), "it has no docstring"),
    (broken(generate=None), "it has no method generate"),
    (broken(draws="graphs"), "draws is no InstanceKind"),
    (broken(sizes={}), "sizes is no mapping of at least one name"),
    (broken(sizes={"tiny": {"n_node": 12}}), "size tiny has unknown parameters: n_node"),
    (broken(sizes={"tiny": {}, "hard": {"n_nodes": 2}}), "making size hard raises UsageError"),
    (broken(sizes={"tiny": {}, "easy": {"n_nodes": 50}}), "its defaults are another size than easy"),
    (ListParameter, "parameter names is of type <class 'tuple'>; expected bool, int, float or str"),
    (Demanding, "parameter length has no default"),
    (
        broken(__post_init__=careless),
        "missing=-1.0 raises ValueError: math domain error; expected UsageError",
    ),
    (broken(generate=lambda family, rng: 1 / 0), "drawing instances raises ZeroDivisionError"),
    (broken(generate=numpys), "draws from a global generator(.|\n)*equal seeds give different instances"),
    (broken(generate=pythons), "draws from a global generator"),
    (
        broken(generate=lambda f, rng: Rings.generate(f, np.random.RandomState(1))),
        "seeds 0, 1, 2 give the same",
    ),
    (broken(generate=two_types), "its instances are of several types: Graph, NoneType"),
    (broken(max_nodes=5), "a graph has 12 nodes, more than max_nodes, 5"),
    (broken(draws=TALKATIVE), "summed up as .*; expected one line"),
    (broken(draws=ONE_FORMAT), "writing an instance as col raises KeyError"),
]


@pytest.mark.parametrize(("family", "violation"), BREAKS)
def test_a_family_that_breaks_its_contract_is_caught(family, violation):
    with pytest.raises(FamilyCheckError, match=violation):
        check_family(family)


def test_an_unknown_name_lists_the_choices():
    with pytest.raises(UsageError, match=r"family 'rinks' is unknown; choose one of: .*setcover"):
        check_family("rinks")


def test_all_violations_are_listed():
    family = broken(__doc__="", sizes={"tiny": {"x": 1}, "small": {"n_nodes": 2}}, max_nodes=5)
    with pytest.raises(FamilyCheckError) as raised:
        check_family(family)
    assert len(str(raised.value).splitlines()) == 5
