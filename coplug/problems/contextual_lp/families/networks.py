"""Contextual shortest paths, minimum-cost flows and transports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.contextual_lp.families.drawn import (
    CONTEXTUAL,
    DrawnProgram,
    check_costs,
    check_counts,
    draw_costs,
    drawn,
)
from coplug.problems.contextual_lp.program import LinearProgram, make_program

Float = NDArray[np.float64]


def grid_program(rows: int, columns: int) -> LinearProgram:
    """Return the program of shortest paths from the first node of a grid to the last, along arcs right and down.

    The arcs of a row of nodes come before those that leave it downwards, as PyEPO has them.
    """
    arcs: list[tuple[int, int]] = []
    for i in range(rows):
        arcs += [(i * columns + j, i * columns + j + 1) for j in range(columns - 1)]
        if i + 1 < rows:
            arcs += [(i * columns + j, (i + 1) * columns + j) for j in range(columns)]
    matrix = incidence(rows * columns, arcs)
    demand = np.zeros(rows * columns)
    demand[0], demand[-1] = -1, 1
    names = tuple(f"x_{tail}_{head}" for tail, head in arcs)
    return make_program("grid", matrix, demand, demand, variable_names=names)


def incidence(n_nodes: int, arcs: Sequence[tuple[int, int]]) -> Float:
    """Return a matrix with -1 at the tail of each arc and 1 at its head, float64, shape (n_nodes, n_arcs)."""
    matrix = np.zeros((n_nodes, len(arcs)))
    tails, heads = np.array(arcs).T
    matrix[tails, np.arange(len(arcs))] = -1
    matrix[heads, np.arange(len(arcs))] = 1
    return matrix


@dataclass(frozen=True)
class ContextualPath:
    """Shortest paths in a grid, from one corner to the other, with arc costs that depend on contexts.

    Source: PyEPO 2, ``pyepo.data.shortestpath.genData``, after A. Elmachtoub and P. Grigas, Management Science, 2022.

    Attributes
    ----------
    n_samples : int
    n_contexts : int
    height, width : int
        Nodes of the grid each way, at least 2.
    degree : int
        Of the polynomial, at least 1.
    noise : float
        In [0, 1].

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "contextual_path"
    draws: ClassVar = CONTEXTUAL
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_samples": 20, "height": 3, "width": 3},
        "easy": {},
        "medium": {"n_samples": 1000},
        "hard": {"n_samples": 1000, "height": 10, "width": 10},
    }

    n_samples: int = 100
    n_contexts: int = 5
    height: int = 5
    width: int = 5
    degree: int = 4
    noise: float = 0.5

    def __post_init__(self) -> None:
        check_counts(self.name, n_samples=self.n_samples, n_contexts=self.n_contexts)
        check_costs(self.name, self.degree, self.noise)
        if self.height < 2 or self.width < 2:
            raise UsageError(
                f"a grid of {self.height} x {self.width} nodes is too small; take 2 x 2 at least"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> DrawnProgram:
        """Draw one."""
        return _with_costs(self, grid_program(self.height, self.width), rng)


@dataclass(frozen=True)
class ContextualFlow:
    """Minimum-cost flow through layers of nodes with capacities, with arc costs that depend on contexts.

    Each node of a layer has arcs to three of the next. A supply of one unit a node leaves the first layer for the last;
    capacities are such that each layer carries it. Costs as :class:`ContextualPath`.

    Attributes
    ----------
    n_samples, n_contexts : int
    layers, nodes : int
        Layers, and nodes a layer; at least 2.
    degree : int
    noise : float

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "contextual_flow"
    draws: ClassVar = CONTEXTUAL
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_samples": 20, "layers": 3, "nodes": 3},
        "easy": {},
        "medium": {"n_samples": 1000},
        "hard": {"n_samples": 1000, "layers": 8, "nodes": 8},
    }

    n_samples: int = 100
    n_contexts: int = 5
    layers: int = 4
    nodes: int = 5
    degree: int = 4
    noise: float = 0.5

    def __post_init__(self) -> None:
        check_counts(self.name, n_samples=self.n_samples, n_contexts=self.n_contexts)
        check_costs(self.name, self.degree, self.noise)
        if self.layers < 2 or self.nodes < 2:
            raise UsageError(f"{self.layers} layers of {self.nodes} nodes are too few; take 2 at least")

    def program(self, rng: np.random.RandomState) -> LinearProgram:
        """Draw the network."""
        arcs: list[tuple[int, int]] = []
        for layer in range(self.layers - 1):
            for k in range(self.nodes):
                # The node straight ahead keeps every node within reach, and its capacity carries all that arrives.
                others = rng.choice(self.nodes, size=min(2, self.nodes - 1), replace=False)
                heads = sorted({k, *others.tolist()})
                arcs += [(layer * self.nodes + k, (layer + 1) * self.nodes + head) for head in heads]
        demand = np.zeros(self.layers * self.nodes)
        demand[: self.nodes], demand[-self.nodes :] = -1, 1
        capacity = np.where([tail % self.nodes == head % self.nodes for tail, head in arcs], 2.0, 1.0)
        names = tuple(f"x_{tail}_{head}" for tail, head in arcs)
        matrix = incidence(len(demand), arcs)
        return make_program("flow", matrix, demand, demand, capacity, variable_names=names)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> DrawnProgram:
        """Draw one."""
        return _with_costs(self, self.program(rng), rng)


@dataclass(frozen=True)
class ContextualTransport:
    """Transport from suppliers to customers, with unit costs that depend on contexts.

    Demands are uniform whole numbers in ``1..9``; supplies share one and a half times their sum equally. Costs as
    :class:`ContextualPath`.

    Attributes
    ----------
    n_samples, n_contexts : int
    suppliers, customers : int
    degree : int
    noise : float

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "contextual_transport"
    draws: ClassVar = CONTEXTUAL
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_samples": 20, "suppliers": 2, "customers": 3},
        "easy": {},
        "medium": {"n_samples": 1000},
        "hard": {"n_samples": 1000, "suppliers": 10, "customers": 20},
    }

    n_samples: int = 100
    n_contexts: int = 5
    suppliers: int = 4
    customers: int = 6
    degree: int = 4
    noise: float = 0.5

    def __post_init__(self) -> None:
        check_counts(
            self.name,
            n_samples=self.n_samples,
            n_contexts=self.n_contexts,
            suppliers=self.suppliers,
            customers=self.customers,
        )
        check_costs(self.name, self.degree, self.noise)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> DrawnProgram:
        """Draw one."""
        demand = rng.randint(1, 10, size=self.customers).astype(np.float64)
        supply = np.full(self.suppliers, 1.5 * demand.sum() / self.suppliers)
        leaving = np.kron(np.eye(self.suppliers), np.ones(self.customers))
        arriving = np.kron(np.ones(self.suppliers), np.eye(self.customers))
        names = tuple(f"x_{i}_{j}" for i in range(self.suppliers) for j in range(self.customers))
        program = make_program(
            "transport",
            np.vstack([leaving, arriving]),
            np.concatenate([np.full(self.suppliers, -np.inf), demand]),
            np.concatenate([supply, demand]),
            variable_names=names,
        )
        return _with_costs(self, program, rng)


def _with_costs(
    family: ContextualPath | ContextualFlow | ContextualTransport,
    program: LinearProgram,
    rng: np.random.RandomState,
) -> DrawnProgram:
    """Draw contexts and costs for a family's program, and solve it for each."""
    contexts, costs = draw_costs(
        family.n_samples, family.n_contexts, program.n_columns, family.degree, family.noise, rng
    )
    return drawn(program, contexts, costs, family.name)
