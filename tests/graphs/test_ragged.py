import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.graphs import Ragged, concatenate, pointer

PARTS = st.lists(st.lists(st.integers(-9, 9), max_size=5), min_size=1, max_size=6)


def ragged_of(parts):
    return Ragged.of([np.array(part, dtype=np.int64) for part in parts])


def as_lists(ragged):
    return [part.tolist() for part in ragged]


@given(PARTS)
def test_parts_come_back(parts):
    ragged = ragged_of(parts)
    assert as_lists(ragged) == parts
    assert ragged.ptr.dtype == np.int64
    assert ragged.lengths.tolist() == [len(part) for part in parts]
    assert ragged.segment_ids().tolist() == [i for i, part in enumerate(parts) for _ in part]
    assert ragged[-1].tolist() == parts[-1]


@given(PARTS, st.data())
def test_take_is_what_a_list_does(parts, data):
    indices = data.draw(st.lists(st.integers(-len(parts), len(parts) - 1)))
    assert as_lists(ragged_of(parts).take(indices)) == [parts[i] for i in indices]
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts))))
    chosen = [part for part, kept in zip(parts, mask, strict=True) if kept]
    assert as_lists(ragged_of(parts).take(mask)) == chosen


@given(st.lists(PARTS, min_size=1, max_size=4))
def test_concatenate_is_what_lists_do(several):
    expected = [part for parts in several for part in parts]
    assert as_lists(concatenate([ragged_of(parts) for parts in several])) == expected


def test_take_refuses_what_is_not_there():
    with pytest.raises(IndexError):
        ragged_of([[1], [2, 3]]).take([2])


def test_values_may_have_more_axes():
    ragged = Ragged.of([np.ones((2, 3), np.float32), np.zeros((0, 3), np.float32)])
    assert ragged.take([1, 0, 0]).values.shape == (4, 3)
    assert ragged.take([1]).values.dtype == np.float32


def test_one_entry_for_each_part():
    ragged = Ragged.one_each([[1, 2], [3, 4]])
    assert as_lists(ragged) == [[[1, 2]], [[3, 4]]]
    assert as_lists(Ragged.of([5, [6, 7]])) == [[5], [6, 7]]


def test_no_parts_have_no_shape():
    with pytest.raises(UsageError, match="at least one part"):
        Ragged.of([])


def test_pointer():
    assert pointer([2, 0, 3]).tolist() == [0, 2, 2, 5]
    assert pointer([]).tolist() == [0]
