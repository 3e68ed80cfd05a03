"""What is packed, by the order of scores, and the best of all packings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .instance import Bag


def features(bag: Bag) -> NDArray[np.float32]:
    """Return value and weight of each item, in twentieths; shape (n_items, 2)."""
    return np.stack([bag.values, bag.weights], axis=1).astype(np.float32) / 20


def packed(bag: Bag, scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the items that fit, when those of high scores go in first."""
    chosen, left = [], bag.capacity
    for item in np.argsort(-scores, kind="stable").tolist():
        if bag.weights[item] <= left:
            chosen.append(item)
            left -= int(bag.weights[item])
    return np.array(sorted(chosen), dtype=np.int64)


def best(bag: Bag) -> NDArray[np.int64]:
    """Return the best packing, by dynamic programming over the capacity."""
    table = np.zeros((len(bag.values) + 1, bag.capacity + 1), dtype=np.int64)
    for i, (value, weight) in enumerate(zip(bag.values.tolist(), bag.weights.tolist(), strict=True)):
        table[i + 1] = table[i]
        table[i + 1, weight:] = np.maximum(table[i, weight:], table[i, : bag.capacity + 1 - weight] + value)
    chosen, left = [], bag.capacity
    for i in reversed(range(len(bag.values))):
        if table[i + 1, left] != table[i, left]:
            chosen.append(i)
            left -= int(bag.weights[i])
    return np.array(sorted(chosen), dtype=np.int64)
