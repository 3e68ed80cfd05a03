import threading

import pytest

from coplug.training.prefetch import prefetch


def test_keeps_the_order():
    assert list(prefetch(range(100))) == list(range(100))
    assert list(prefetch([])) == []
    assert list(prefetch([None, None])) == [None, None]


def test_passes_exceptions_on_after_the_items_before():
    def items():
        yield 1
        raise OSError("disk")

    iterator = prefetch(items())
    assert next(iterator) == 1
    with pytest.raises(OSError, match="disk"):
        next(iterator)


def test_closing_ends_the_thread():
    before = threading.active_count()
    iterator = prefetch(iter(int, 1))
    next(iterator)
    iterator.close()
    assert threading.active_count() == before


def test_is_not_far_ahead():
    drawn = []
    iterator = prefetch((drawn.append(i) or i for i in range(100)), depth=2)
    next(iterator)
    iterator.close()
    assert len(drawn) <= 5
