"""Processes on this machine, through joblib."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from coplug.errors import UsageError
from coplug.extras import install_command
from coplug.parallel.address import WorkersError

T = TypeVar("T")


def _leave_signals_to_the_parent() -> None:
    """Ignore Ctrl-C between calls: a terminal sends it to the whole group, and an idle process has nothing to say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_local(
    function: Callable[..., T], calls: Iterable[tuple[Any, ...]], jobs: int
) -> Generator[T, None, None]:
    """Yield results as they arrive; one job runs in this process.

    Raises
    ------
    UsageError
        If several jobs are asked for without joblib.
    WorkersError
        If a process ended in the middle of a call.
    """
    if jobs == 1:
        for call in calls:
            yield function(*call)
        return
    try:
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import BrokenProcessPool
    except ImportError as error:
        raise UsageError(f"several jobs need joblib: {install_command('bench')}, or use one job") from error
    parallel = Parallel(
        n_jobs=jobs,
        return_as="generator_unordered",
        pre_dispatch=jobs,
        batch_size=1,
        initializer=_leave_signals_to_the_parent,
    )
    try:
        yield from parallel(delayed(function)(*call) for call in calls)
    except BrokenProcessPool as error:
        raise WorkersError(
            "a worker process ended in the middle of its work, killed or out of memory; "
            "take fewer jobs, and run the same command again to continue"
        ) from error
