"""Calls of kernels in threads, their results in order: kernels run without Python's lock."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(call: Callable[[S], T], items: Iterable[S], threads: int) -> Iterator[T]:
    """Yield the results of calls, one an item, in the order of the items.

    No more than two calls a thread are begun before their results are taken, so whoever stops taking loses no more.
    """
    if threads == 1:
        yield from map(call, items)
        return
    rest = iter(items)
    with ThreadPoolExecutor(threads) as pool:
        begun = deque(pool.submit(call, item) for item in itertools.islice(rest, 2 * threads))
        try:
            while begun:
                result = begun.popleft().result()
                begun.extend(pool.submit(call, item) for item in itertools.islice(rest, 1))
                yield result
        finally:
            for future in begun:
                future.cancel()
