"""Tasks on a Ray cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from coplug.parallel.address import WorkersError, check_reachable, connected, first_line, required

AUTO = "auto"
"""The address with which Ray finds the cluster that this machine belongs to."""


class RayPool:
    """Implements :class:`coplug.parallel.pool.Pool`; a task takes one CPU of the cluster."""

    def __init__(self, ray: Any, function: Callable[..., Any]) -> None:
        self._ray = ray
        self._remote = ray.remote(num_cpus=1)(function)

    def submit(self, call: tuple[Any, ...]) -> Any:
        """See :meth:`coplug.parallel.pool.Pool.submit`."""
        return self._remote.remote(*call)

    def first_done(self, tasks: Sequence[Any]) -> Any:
        """See :meth:`coplug.parallel.pool.Pool.first_done`."""
        return self._ray.wait(list(tasks), num_returns=1)[0][0]

    def result(self, task: Any) -> Any:
        """See :meth:`coplug.parallel.pool.Pool.result`; Ray itself repeats a call whose machine was lost."""
        try:
            return self._ray.get(task)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, Exception) and not isinstance(
                error.cause, self._ray.exceptions.RayError
            ):
                raise error.cause from error
            raise WorkersError(f"a call failed on the Ray cluster: {first_line(error.cause)}") from error
        except self._ray.exceptions.RayError as error:
            raise WorkersError(f"the Ray cluster lost a call: {first_line(error)}") from error

    def cancel(self, tasks: Sequence[Any]) -> None:
        """See :meth:`coplug.parallel.pool.Pool.cancel`; by force, as SCIP hears of nothing else."""
        for task in tasks:
            self._ray.cancel(task, force=True)


@contextmanager
def open_ray(function: Callable[..., Any], address: str) -> Iterator[RayPool]:
    """Connect to the cluster at ``address``, or use the connection that this process already has.

    Raises
    ------
    UsageError
        If Ray is not installed, or the address is of no form that it knows.
    WorkersError
        If there is no cluster.
    """
    ray = required("ray", "ray")
    if ray.is_initialized():
        yield RayPool(ray, function)
        return
    if address != AUTO:
        check_reachable(address, ("ray",))
    connect = partial(ray.init, address=address, log_to_driver=False, logging_level=logging.ERROR)
    connected(connect, address)
    try:
        yield RayPool(ray, function)
    finally:
        ray.shutdown()
