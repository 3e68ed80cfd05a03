"""Running independent calls in several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from coplug.errors import UsageError

T = TypeVar("T")


def run_unordered(function: Callable[..., T], calls: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[T]:
    """Yield ``function(*call)`` for each call as results arrive.

    ``calls`` may be a generator: it is read only as workers become free, in this process, so it can stop once
    earlier results suffice. With one job everything runs in this process.

    Raises
    ------
    UsageError
        If ``jobs`` is below 1, or above 1 without joblib.
    """
    if jobs < 1:
        raise UsageError(f"the number of jobs must be at least 1, not {jobs}")
    if jobs == 1:
        for call in calls:
            yield function(*call)
        return
    try:
        from joblib import Parallel, delayed
    except ImportError as error:
        raise UsageError("several jobs need joblib: pip install 'coplug[bench]', or use one job") from error
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch=jobs, batch_size=1)
    yield from parallel(delayed(function)(*call) for call in calls)
