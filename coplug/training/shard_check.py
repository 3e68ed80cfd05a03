"""Whether the arrays of a shard fit together, so that no index of a sample leads out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES

_LAYOUT: dict[str, tuple[tuple[type[np.generic], ...], tuple[int, ...]]] = {
    "column_features": ((np.float32,), (N_COLUMN_FEATURES,)),
    "row_features": ((np.float32,), (N_ROW_FEATURES,)),
    "candidates": ((np.int32,), ()),
    "scores": ((np.float64,), ()),
    "structure_rows": ((np.int32,), ()),
    "edge_columns": ((np.int32, np.uint16), ()),
    "edge_values": ((np.float32,), ()),
    "column_ptr": ((np.int64,), ()),
    "row_ptr": ((np.int64,), ()),
    "candidate_ptr": ((np.int64,), ()),
    "structure_row_ptr": ((np.int64,), ()),
    "edge_ptr": ((np.int64,), ()),
    "chosen": ((np.int32,), ()),
    "structure": ((np.int32,), ()),
    "instance": ((np.int32,), ()),
    "seed": ((np.int64,), ()),
    "episode": ((np.int64,), ()),
    "node": ((np.int64,), ()),
    "depth": ((np.int64,), ()),
}
"""Types that each array may have, and its shape after the first axis."""

Tensors = Mapping[str, NDArray[Any]]


def check_tensors(tensors: Tensors, n_instances: int) -> None:
    """See whether the arrays of a shard have the right types, lengths and ranges.

    Parameters
    ----------
    tensors : mapping of str to array
    n_instances : int
        Names that the shard's metadata lists.

    Raises
    ------
    ValueError
        If not; the text names an array.
    """
    _check_types(tensors)
    n = len(tensors["chosen"])
    for name in ("structure", "instance", "seed", "episode", "node", "depth"):
        _check(len(tensors[name]) == n, name, f"has {len(tensors[name])} entries for {n} samples")
    columns = _lengths(tensors, "column_ptr", n, "column_features")
    rows = _lengths(tensors, "row_ptr", n, "row_features")
    candidates = _lengths(tensors, "candidate_ptr", n, "candidates", "scores")
    n_structures = max(len(tensors["edge_ptr"]) - 1, 0)
    edges = _lengths(tensors, "edge_ptr", n_structures, "edge_columns", "edge_values")
    row_starts = _lengths(tensors, "structure_row_ptr", n_structures, "structure_rows")
    _check_range(tensors, "instance", n_instances)
    _check_range(tensors, "structure", n_structures)
    _check_range(tensors, "chosen", candidates)
    _check_range(tensors, "candidates", np.repeat(columns, candidates))
    scores = tensors["scores"]
    _check(
        bool((np.isfinite(scores) & (scores >= 0.0)).all()),
        "scores",
        "has one that is negative or not finite",
    )
    structure = tensors["structure"]
    _check(bool((row_starts[structure] == rows + 1).all()), "structure", "has other rows than its sample")
    _check_rows(tensors["structure_rows"], tensors["structure_row_ptr"], edges)
    fewest = np.full(n_structures, np.iinfo(np.int64).max)
    np.minimum.at(fewest, structure, columns)
    _check_range(tensors, "edge_columns", np.repeat(fewest, edges))


def _check(holds: bool, name: str, fault: str) -> None:
    if not holds:
        raise ValueError(f"{name} {fault}")


def _check_types(tensors: Tensors) -> None:
    for name, (types, shape) in _LAYOUT.items():
        _check(name in tensors, name, "is missing")
        array = tensors[name]
        _check(array.dtype in types, name, f"has type {array.dtype}, expected {np.dtype(types[0])}")
        _check(array.ndim > 0 and array.shape[1:] == shape, name, f"has shape {array.shape}")


def _lengths(tensors: Tensors, pointer: str, n: int, *values: str) -> NDArray[np.int64]:
    """Return the lengths of the parts of ragged arrays, shape (n,), after a look at their pointer."""
    ptr: NDArray[np.int64] = tensors[pointer]
    sound = len(ptr) == n + 1 and ptr[0] == 0 and bool((np.diff(ptr) >= 0).all())
    _check(sound, pointer, f"is not {n + 1} numbers that ascend from 0")
    for name in values:
        _check(len(tensors[name]) == ptr[-1], name, f"has {len(tensors[name])} entries, {pointer} {ptr[-1]}")
    return np.diff(ptr)


def _check_range(tensors: Tensors, name: str, limit: int | NDArray[np.int64]) -> None:
    values = tensors[name]
    _check(bool(((values >= 0) & (values < limit)).all()), name, "has one out of range")


def _check_rows(starts: NDArray[np.int32], ptr: NDArray[np.int64], edges: NDArray[np.int64]) -> None:
    """See whether the starts of rows of each structure ascend from 0 to the number of its edges."""
    name, first, last = "structure_rows", ptr[:-1], ptr[1:] - 1
    _check(bool((last >= first).all()), name, "has a structure without a start")
    _check(bool((starts[first] == 0).all() and (starts[last] == edges).all()), name, "does not fit the edges")
    rising = np.diff(starts) >= 0
    rising[last[:-1]] = True  # from one structure to the next
    _check(bool(rising.all()), name, "does not ascend")
