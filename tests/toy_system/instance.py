"""A bag: what is packed, and its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.families import InstanceKind


@dataclass(frozen=True, eq=False)
class Bag:
    """Items with values and weights, int64, shape (n_items,); and how much weight fits."""

    values: NDArray[np.int64]
    weights: NDArray[np.int64]
    capacity: int


def render(bag: Bag, file_format: str) -> bytes:
    """Return the file: the capacity, then a line with value and weight an item."""
    items = zip(bag.values.tolist(), bag.weights.tolist(), strict=True)
    return "\n".join([str(bag.capacity), *(f"{value} {weight}" for value, weight in items), ""]).encode()


def read(path: Path) -> Bag:
    """Read a file; InstanceError if it holds no bag."""
    try:
        capacity, *items = path.read_text().splitlines()
        values, weights = np.array([line.split() for line in items], dtype=np.int64).reshape(-1, 2).T
        return Bag(values, weights, int(capacity))
    except (OSError, ValueError) as error:
        raise InstanceError(f"{path} holds no bag: {error}") from error


BAGS = InstanceKind("bags", ("bag",), render, lambda bag: f"{len(bag.values)} items")
