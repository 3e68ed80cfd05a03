"""Tasks on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from coplug.parallel.address import ANSWER_S, WorkersError, check_reachable, connected, first_line, required

SCHEMES = ("tcp", "tls", "ws", "wss", "ucx")


class DaskPool:
    """Implements :class:`coplug.parallel.pool.Pool`."""

    def __init__(self, distributed: Any, client: Any, function: Callable[..., Any]) -> None:
        self._distributed = distributed
        self._client = client
        self._function = function
        self._ended = distributed.as_completed(loop=client.loop)

    def submit(self, call: tuple[Any, ...]) -> Any:
        """See :meth:`coplug.parallel.pool.Pool.submit`; ``pure=False``, or equal calls would run once."""
        task = self._client.submit(self._function, *call, pure=False)
        self._ended.add(task)
        return task

    def first_done(self, tasks: Sequence[Any]) -> Any:
        """See :meth:`coplug.parallel.pool.Pool.first_done`; the next of all that were submitted."""
        return next(self._ended)

    def result(self, task: Any) -> Any:
        """See :meth:`coplug.parallel.pool.Pool.result`; Dask itself repeats a call whose worker was lost."""
        lost = (self._distributed.KilledWorker, self._distributed.CancelledError)
        try:
            return task.result()
        except lost as error:
            raise WorkersError(f"the Dask cluster lost a call: {first_line(error)}") from error

    def cancel(self, tasks: Sequence[Any]) -> None:
        """See :meth:`coplug.parallel.pool.Pool.cancel`; a call that has begun runs on to its end, unheard."""
        self._client.cancel(list(tasks))


@contextmanager
def open_dask(function: Callable[..., Any], address: str) -> Iterator[DaskPool]:
    """Connect to the scheduler at ``address``.

    Raises
    ------
    UsageError
        If Dask is not installed, or the address is of no form that it knows.
    WorkersError
        If there is no scheduler.
    """
    distributed = required("distributed", "dask")
    check_reachable(address, SCHEMES)
    client = connected(partial(distributed.Client, address, timeout=ANSWER_S, set_as_default=False), address)
    with client:
        yield DaskPool(distributed, client, function)
