"""Knapsack instances in whole numbers, and what the numbers of a file become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, shown
from coplug.report import Number

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Name = str | int

LARGEST_TOTAL = 2**53
"""What the numbers of a row may add up to: float64, and so SCIP and the hypervolume, holds all their sums."""

MOST_DECIMALS = 6
"""Digits after the point; a row of decimal fractions becomes one of whole numbers of its last digit."""

_NUMBER = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,3})?")


@dataclass(frozen=True, eq=False)
class Knapsack:
    """Choose items so that every constraint holds and every objective is as large as can be.

    Attributes
    ----------
    profits : int64, shape (n_objectives, n_items)
        At least 0.
    weights : int64, shape (n_constraints, n_items)
        At least 0.
    capacities : int64, shape (n_constraints,)
        At least 0.
    """

    profits: IntArray
    weights: IntArray
    capacities: IntArray

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.profits.shape[1])

    @property
    def n_objectives(self) -> int:
        """Number of objectives."""
        return len(self.profits)

    @property
    def n_constraints(self) -> int:
        """Number of constraints."""
        return len(self.weights)

    def values(self, chosen: NDArray[np.bool_ | np.uint8]) -> IntArray:
        """Return the objectives of choices, shape (..., n_items), as int64, shape (..., n_objectives)."""
        return chosen.astype(np.int64) @ self.profits.T

    def fits(self, chosen: NDArray[np.bool_ | np.uint8]) -> BoolArray:
        """Tell which choices keep to every capacity, bool, shape (...)."""
        return np.asarray((chosen.astype(np.int64) @ self.weights.T <= self.capacities).all(axis=-1))

    def useful(self) -> IntArray:
        """Return the items that fit alone and are worth something in an objective; the others are in no good choice."""
        fit = (self.weights <= self.capacities[:, None]).all(axis=0)
        found: IntArray = np.flatnonzero(fit & self.profits.any(axis=0))
        return found

    def of_items(self, items: IntArray) -> Knapsack:
        """Return the knapsack of some of the items."""
        profits, weights = self.profits[:, items], self.weights[:, items]
        return replace(self, profits=np.ascontiguousarray(profits), weights=np.ascontiguousarray(weights))


@dataclass(frozen=True, eq=False)
class KnapsackInstance:
    """A knapsack and what its file calls things.

    Attributes
    ----------
    label : str
        The path as given, or a few words.
    knapsack : Knapsack
    items : tuple of str or int
        Names of the items: those of the file, or positions from 0.
    objectives : tuple of str
        Names of the objectives.
    units : tuple of Fraction
        What 1 in each objective stands for.
    notes : tuple of str
    """

    label: str
    knapsack: Knapsack
    items: tuple[Name, ...]
    objectives: tuple[str, ...]
    units: tuple[Fraction, ...]
    notes: tuple[str, ...] = ()

    def numbers(self, values: IntArray) -> list[Number]:
        """Return a row of objectives as the file counts them."""
        return [number(value * unit) for value, unit in zip(values.tolist(), self.units, strict=True)]


def number(value: Fraction) -> Number:
    """Return a number as an int if it is one."""
    return value.numerator if value.denominator == 1 else float(value)


def make_instance(
    label: str,
    profits: Sequence[Sequence[object]],
    weights: Sequence[Sequence[object]],
    capacities: Sequence[object],
    items: Sequence[Name] | None = None,
    objectives: Sequence[str] | None = None,
) -> KnapsackInstance:
    """Check numbers as a file has them, and make whole ones of decimal fractions.

    Parameters
    ----------
    label : str
        Where they come from, for messages.
    profits : rows of numbers or text
        A row an objective.
    weights : rows of numbers or text
        A row a constraint.
    capacities : sequence
    items, objectives : sequence, optional
        Names; by default positions from 0, and ``objective 1`` and so on.

    Raises
    ------
    InstanceError
        If there is nothing to choose or nothing to choose by, a row has another length, a number is none, negative,
        not finite or too large, or no item fits.
    """
    if not profits or not weights:
        raise InstanceError(
            f"{label} has {len(profits)} objectives and {len(weights)} constraints; expected one of each"
        )
    names = tuple(objectives or (f"objective {k + 1}" for k in range(len(profits))))
    limits = [f"constraint {k + 1}" for k in range(len(weights))]
    n_items = len(profits[0])
    if n_items == 0:
        raise InstanceError(f"{label} has no items")
    for name, row in zip((*names, *limits), (*profits, *weights), strict=True):
        if len(row) != n_items:
            raise InstanceError(
                f"{label}: {name} has {len(row)} numbers, expected {n_items}, one for each item"
            )
    if len(capacities) != len(weights):
        raise InstanceError(
            f"{label} has {len(capacities)} capacities, expected {len(weights)}, one for each constraint"
        )
    worth = [_whole(label, f"profit of {name}", row) for name, row in zip(names, profits, strict=True)]
    sides = [
        _whole(label, f"weight of {name}", row, capacity)
        for name, row, capacity in zip(limits, weights, capacities, strict=True)
    ]
    knapsack = Knapsack(
        profits=np.array([row for row, _ in worth], np.int64),
        weights=np.array([row[:-1] for row, _ in sides], np.int64),
        capacities=np.array([row[-1] for row, _ in sides], np.int64),
    )
    return KnapsackInstance(
        label=label,
        knapsack=knapsack,
        items=tuple(range(n_items) if items is None else items),
        objectives=names,
        units=tuple(unit for _, unit in worth),
        notes=_notes(label, knapsack, names),
    )


def _notes(label: str, knapsack: Knapsack, names: tuple[str, ...]) -> tuple[str, ...]:
    """Say which items are left out.

    Raises
    ------
    InstanceError
        If no item fits, or an objective is 0 whatever is chosen.
    """
    heavy = (knapsack.weights > knapsack.capacities[:, None]).any(axis=0)
    if heavy.all():
        raise InstanceError(
            f"{label}: no item fits, each weighs more than a capacity; see weights and capacities"
        )
    for name, row in zip(names, knapsack.profits, strict=True):
        if not row[~heavy].any():
            raise InstanceError(f"{label}: {name} is 0 whatever is chosen; leave it out")
    n_heavy = int(heavy.sum())
    if not n_heavy:
        return ()
    what = "1 item weighs" if n_heavy == 1 else f"{n_heavy} items weigh"
    return (f"{what} more than a capacity and can never be chosen",)


def _whole(
    label: str, what: str, row: Sequence[object], capacity: object | None = None
) -> tuple[list[int], Fraction]:
    """Return a row, with the capacity at its end if there is one, in whole numbers, and what 1 stands for."""
    exact = [_exact(label, f"the {what}, item {k + 1},", value) for k, value in enumerate(row)]
    if capacity is not None:
        exact.append(_exact(label, f"the capacity of {what.removeprefix('weight of ')}", capacity))
    for decimals in range(MOST_DECIMALS + 1):
        scaled = [value * 10**decimals for value in exact]
        if all(value.denominator == 1 for value in scaled):
            break
    else:
        raise InstanceError(
            f"{label}: a {what} has more than {MOST_DECIMALS} digits after the point; round it"
        )
    whole = [value.numerator for value in scaled]
    if sum(whole) > LARGEST_TOTAL:
        added = what if capacity is None else f"{what}, with its capacity,"
        raise InstanceError(f"{label}: the {added} adds up to more than 2**53 units; scale it down")
    return whole, Fraction(1, 10**decimals)


def _exact(label: str, what: str, value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InstanceError(f"{label}: {what} is {shown(value)}, expected a number")
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise InstanceError(f"{label}: {what} is {shown(value)}, expected a finite number")
    found = Fraction(text)
    if found < 0:
        raise InstanceError(
            f"{label}: {what} is {text}, expected 0 or more; --problem milp takes linear programs of any numbers"
        )
    return found
