"""Prepare the next items while the current one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_POLL_S = 0.1


def prefetch(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """Iterate over ``items`` in a background thread, at most ``depth`` items ahead, in the same order.

    An exception in ``items`` is raised here, after the items before it. The thread ends when the iterator is
    exhausted or closed.
    """
    slots: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(maxsize=depth)
    closed = threading.Event()

    def put(item: T | None, error: BaseException | None) -> bool:
        while not closed.is_set():
            try:
                slots.put((item, error), timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            for item in items:
                if not put(item, None):
                    return
        except BaseException as error:  # it belongs to the consumer, whatever it is
            put(None, error)
        else:
            put(None, StopIteration())

    thread = threading.Thread(target=produce, name="coplug-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item, error = slots.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]  # None only comes with an error
    finally:
        closed.set()
        thread.join()
