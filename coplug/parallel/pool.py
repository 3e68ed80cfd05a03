"""What a cluster must offer, and the loop that keeps it busy."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from itertools import islice
from typing import Any, Protocol


class Pool(Protocol):
    """Workers that all run the same function; tasks are the pool's own objects."""

    def submit(self, call: tuple[Any, ...]) -> Any:
        """Start a call and return its task."""
        ...

    def first_done(self, tasks: Sequence[Any]) -> Any:
        """Wait until one of ``tasks`` has ended, and return it."""
        ...

    def result(self, task: Any) -> Any:
        """Return what an ended call returned, or raise what it raised."""
        ...

    def cancel(self, tasks: Sequence[Any]) -> None:
        """Drop tasks whose results nobody wants any more."""
        ...


def run_in(pool: Pool, calls: Iterable[tuple[Any, ...]], jobs: int) -> Generator[Any, None, None]:
    """Yield results as they arrive, with at most ``jobs`` tasks under way, and cancel what an error leaves.

    ``calls`` is read only when a worker is free and all earlier results have been taken.
    """
    unread = iter(calls)
    running: list[Any] = []
    try:
        while True:
            for call in islice(unread, jobs - len(running)):
                running.append(pool.submit(call))  # noqa: PERF401 # whatever was submitted must be known
            if not running:
                return
            task = pool.first_done(running)
            running.remove(task)
            yield pool.result(task)
    finally:
        if running:
            pool.cancel(running)
