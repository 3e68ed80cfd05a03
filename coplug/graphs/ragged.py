"""Ragged arrays: parts of different lengths end to end, and where each one starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coplug.errors import UsageError

Array = NDArray[Any]
Indices = Sequence[int] | NDArray[np.integer[Any]] | NDArray[np.bool_]
A = TypeVar("A", bound=Sized)
B = TypeVar("B", bound=Sized)


@dataclass(frozen=True, slots=True, eq=False)
class Ragged(Generic[A]):
    """Parts of different lengths, end to end. ``A`` is the kind of array: numpy's, or tensors after ``map``.

    Nothing is copied or checked; :func:`coplug.graphs.check.check` looks at a whole batch.

    Attributes
    ----------
    values : A, shape (n, ...)
    ptr : A, int64, shape (k + 1,)
        Part ``i`` is ``values[ptr[i]:ptr[i + 1]]``.
    """

    values: A
    ptr: A

    @classmethod
    def of(cls, parts: Sequence[ArrayLike]) -> Ragged[Array]:
        """Put one or more arrays end to end, a part each; shapes must agree but for the first axis.

        A number is a part of length 1.
        """
        if not parts:
            raise UsageError("a ragged array of no parts has no shape; give at least one part")
        arrays = [np.atleast_1d(part) for part in parts]
        return Ragged(np.concatenate(arrays), pointer(len(array) for array in arrays))

    @classmethod
    def one_each(cls, values: ArrayLike) -> Ragged[Array]:
        """Take each entry of ``values``, shape (k, ...), as a part of length 1."""
        array = np.asarray(values)
        return Ragged(array, np.arange(len(array) + 1, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ptr) - 1

    def __getitem__(self: Ragged[Array], i: int) -> Array:
        return self.values[self.starts[i] :][: self.lengths[i]]

    def __iter__(self: Ragged[Array]) -> Iterator[Array]:
        return (self[i] for i in range(len(self)))

    @property
    def starts(self: Ragged[Array]) -> NDArray[np.int64]:
        """Where each part starts, shape (k,)."""
        return self.ptr[:-1]

    @property
    def lengths(self: Ragged[Array]) -> NDArray[np.int64]:
        """Length of each part, shape (k,)."""
        return np.diff(self.ptr)

    def segment_ids(self: Ragged[Array]) -> NDArray[np.int64]:
        """Return the part of each value, int64, shape (n,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def positions(self: Ragged[Array], indices: Indices) -> NDArray[np.int64]:
        """Return where the values of some parts are, part after part; ``indices`` as in :meth:`take`."""
        lengths = self.lengths[indices]
        shifts = self.starts[indices] - pointer(lengths)[:-1]
        return np.arange(lengths.sum()) + np.repeat(shifts, lengths)

    def take(self: Ragged[Array], indices: Indices) -> Ragged[Array]:
        """Copy some parts, in this order and possibly more than once.

        Parameters
        ----------
        indices : sequence or array of int, or array of bool, shape (k,)
        """
        return Ragged(self.values[self.positions(indices)], pointer(self.lengths[indices]))

    def map(self, function: Callable[[A], B]) -> Ragged[B]:
        """Return the same with ``function`` applied to both arrays."""
        return Ragged(function(self.values), function(self.ptr))


def concatenate(ragged: Sequence[Ragged[Array]]) -> Ragged[Array]:
    """Return the parts of one or more ragged arrays, one after another."""
    lengths = np.concatenate([r.lengths for r in ragged])
    return Ragged(np.concatenate([r.values for r in ragged]), pointer(lengths))


def pointer(lengths: Iterable[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where parts of these lengths start when put end to end, and where the last one ends."""
    array = lengths if isinstance(lengths, np.ndarray) else np.fromiter(lengths, dtype=np.int64)
    ptr = np.zeros(len(array) + 1, dtype=np.int64)
    np.cumsum(array, out=ptr[1:])
    return ptr
