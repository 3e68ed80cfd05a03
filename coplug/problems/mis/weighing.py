"""Weights of nodes as whole numbers, which searches add and compare without rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.graphs.graph import Graph
from coplug.graphs.operations import subgraph
from coplug.report import Number

EXACT_TOTAL = 2**53
"""Whole weights are taken as they are if they add up to no more: float64 holds all their sums."""

ROUNDED_TOTAL = 2**33
"""What other weights are scaled and rounded to add up to, about. SCIP can tell sums of this size apart."""

MOST_DECIMALS = 6
"""Decimal fractions of up to so many digits are whole numbers of their last digit, if these keep to ROUNDED_TOTAL."""

TOO_HEAVY = "the weights of the nodes add up to more than a float64 holds; scale them down"


@dataclass(frozen=True)
class Weighed:
    """A graph that stands for another one: its sets weigh the same, in whole numbers of a unit.

    Attributes
    ----------
    graph : Graph
        The nodes of positive weight. Its node weights are whole numbers; None where all are 1.
    nodes : int64, shape (graph.n_nodes,)
        What its nodes are in the other graph.
    n_whole : int
        Nodes of the other graph.
    unit : Fraction
        Weight that 1 stands for.
    total : int
        Of all weights, in units.
    left_out : float
        Of the other graph's weights that are not positive.
    exact : bool
        Whether no weight was rounded.
    """

    graph: Graph
    nodes: NDArray[np.int64]
    n_whole: int
    unit: Fraction
    total: int
    left_out: float
    exact: bool

    def expand(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return a set as one of the other graph, bool, shape (n_whole,)."""
        whole = np.zeros(self.n_whole, dtype=np.bool_)
        whole[self.nodes[chosen]] = True
        return whole

    def weight(self, value: int) -> Number:
        """Return what so many units weigh."""
        return number(value * self.unit)

    def weight_without(self, value: int) -> Number:
        """Return what all nodes weigh but some that weigh so many units."""
        return number((self.total - value) * self.unit + Fraction(self.left_out))


def number(value: Fraction) -> Number:
    """Return a number as an int if it is one."""
    return value.numerator if value.denominator == 1 else float(value)


def weigh(graph: Graph) -> Weighed:
    """Return a graph with whole weights.

    Nodes of weight 0 or less are left out: no independent set or clique is heavier for them, and no vertex cover that
    has all of them is heavier for that. Without weights, each node weighs 1.

    Raises
    ------
    InstanceError
        If the weights add up to more than a float64 holds.
    """
    weights = graph.node_weights
    if weights is None:
        n = graph.n_nodes
        return Weighed(graph, np.arange(n), n, Fraction(1), total=n, left_out=0.0, exact=True)
    try:
        left_out = math.fsum(weights[weights < 0])
    except OverflowError as error:
        raise InstanceError(TOO_HEAVY) from error
    nodes = np.flatnonzero(weights > 0)
    kept = graph if len(nodes) == graph.n_nodes else subgraph(graph, nodes)
    whole, unit, exact = whole_weights(weights[nodes])
    equal = bool((whole == 1).all())
    return Weighed(
        graph=replace(kept, node_weights=None if equal else whole.astype(np.float64), edge_weights=None),
        nodes=nodes,
        n_whole=graph.n_nodes,
        unit=unit,
        total=int(whole.sum()),
        left_out=left_out,
        exact=exact,
    )


def whole_weights(weights: NDArray[np.float64]) -> tuple[NDArray[np.int64], Fraction, bool]:
    """Return whole numbers without a common divisor, what 1 stands for, and whether nothing was rounded.

    Parameters
    ----------
    weights : float64, shape (n,)
        Positive.

    Raises
    ------
    InstanceError
        If they add up to more than a float64 holds.
    """
    with np.errstate(over="ignore"):
        total = float(weights.sum())
    if not math.isfinite(total):
        raise InstanceError(TOO_HEAVY)
    for decimals in range(MOST_DECIMALS + 1):
        if total * 10**decimals > (ROUNDED_TOTAL if decimals else EXACT_TOTAL):
            break
        scaled = np.rint(weights * 10**decimals)
        if np.array_equal(scaled / 10**decimals, weights):
            return *_coprime(scaled.astype(np.int64), Fraction(1, 10**decimals)), True
    largest = float(weights.max())
    shares = weights / largest
    rounded = np.maximum(1, np.rint(shares * (ROUNDED_TOTAL / shares.sum())))
    unit = Fraction(largest) * Fraction(float(shares.sum())) / ROUNDED_TOTAL
    return *_coprime(rounded.astype(np.int64), unit), False


def _coprime(whole: NDArray[np.int64], unit: Fraction) -> tuple[NDArray[np.int64], Fraction]:
    divisor = int(np.gcd.reduce(whole)) if len(whole) else 1
    return whole // divisor, unit * divisor
