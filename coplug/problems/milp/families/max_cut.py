"""Maximum cut, linearised: random graphs with signed weights."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.assembly import Assembly
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance


@dataclass(frozen=True)
class MaxCut:
    """Divide the nodes of a weighted graph in two so that the edges between the parts weigh as much as possible.

    ``x_i`` (binary) is the part of node ``i``, ``y_i_j`` (in [0, 1]) whether edge ``ij`` is cut, which follows from the
    parts. Maximize the sum of ``weight * y_i_j`` subject to, where the weight is above 0,

    - ``both_i_j``: ``y_i_j <= x_i + x_j``, and ``none_i_j``: ``y_i_j <= 2 - x_i - x_j``

    and else

    - ``one_i_j``: ``y_i_j >= x_i - x_j``, and ``other_i_j``: ``y_i_j >= x_j - x_i``

    A cut and its complement weigh the same, so node 1 is in part 0: ``first``. Each pair of nodes is an edge with
    probability ``density``; weights are uniform integers in ``-largest..largest`` without 0.

    Sources: F. Barahona, M. Groetschel, M. Juenger and G. Reinelt, Operations Research 36 (1988), 493-513 (the problem
    and the model); A. Wiegele, Biq Mac Library, 2007 (random graphs with weights of both signs). The sizes are
    coplug's own, such that SCIP takes some seconds for easy.

    Attributes
    ----------
    n_nodes : int
        At least 2.
    density : float
        In (0, 1].
    largest : int
        At least 1.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "max_cut"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_nodes": 10},
        "easy": {"n_nodes": 50},
        "medium": {"n_nodes": 60},
    }

    n_nodes: int = 50
    density: float = 0.2
    largest: int = 10

    def __post_init__(self) -> None:
        if self.n_nodes < 2 or self.largest < 1:
            raise UsageError("maximum cut takes n_nodes >= 2 and largest >= 1")
        if not 0.0 < self.density <= 1.0:
            raise UsageError(f"maximum cut density {self.density} is out of range; take it in (0, 1]")

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws; nothing else is random.

        Returns
        -------
        MilpInstance
            Variables ``x_1..`` then ``y_i_j`` in the order of edges.
        """
        nodes = range(self.n_nodes)
        pairs = list(itertools.combinations(nodes, 2))
        there = rng.rand(len(pairs)) < self.density
        weights = rng.randint(1, self.largest + 1, size=len(pairs)) * np.where(
            rng.rand(len(pairs)) < 0.5, -1, 1
        )
        program = Assembly("max")
        x = [program.add_binary(f"x_{i + 1}", 0.0) for i in nodes]
        program.add_row("first", [(x[0], 1.0)], rhs=0.0)
        for (i, j), weight, is_edge in zip(pairs, weights.tolist(), there, strict=True):
            if not is_edge:
                continue
            label = f"{i + 1}_{j + 1}"
            y = program.add_variable(f"y_{label}", weight, upper=1.0)
            if weight > 0:
                program.add_row(f"both_{label}", [(y, 1.0), (x[i], -1.0), (x[j], -1.0)], rhs=0.0)
                program.add_row(f"none_{label}", [(y, 1.0), (x[i], 1.0), (x[j], 1.0)], rhs=2.0)
            else:
                program.add_row(f"one_{label}", [(y, 1.0), (x[i], -1.0), (x[j], 1.0)], lhs=0.0)
                program.add_row(f"other_{label}", [(y, 1.0), (x[i], 1.0), (x[j], -1.0)], lhs=0.0)
        return program.instance(self)
