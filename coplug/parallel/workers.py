"""Where calls run, as a value that options fill, and running them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from coplug.errors import UsageError
from coplug.parallel.local import run_local
from coplug.parallel.on_dask import open_dask
from coplug.parallel.on_ray import open_ray
from coplug.parallel.pool import Pool, run_in

T = TypeVar("T")

LOCAL = "local"

CLUSTERS: dict[str, Callable[[Callable[..., Any], str], AbstractContextManager[Pool]]] = {
    "ray": open_ray,
    "dask": open_dask,
}
"""How to connect a function to the workers at an address."""

BACKENDS = (LOCAL, *CLUSTERS)


@dataclass(frozen=True)
class Workers:
    """Where calls run.

    Attributes
    ----------
    jobs : int
        How many calls run at once, at least 1; with ``local``, one runs in this process.
    backend : str
        ``local``, ``ray`` or ``dask``.
    address : str
        Of the cluster, empty for ``local``: ``HOST:PORT``, ``ray://HOST:PORT`` or ``auto`` for Ray; ``HOST:PORT`` or
        ``tcp://HOST:PORT`` of the scheduler for Dask.

    Raises
    ------
    UsageError
        If these do not fit together.
    """

    jobs: int = 1
    backend: str = LOCAL
    address: str = ""

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise UsageError(f"the number of jobs must be at least 1, not {self.jobs}")
        if self.backend not in BACKENDS:
            raise UsageError(f"--backend {self.backend} is unknown; choose from {', '.join(BACKENDS)}")
        if self.backend == LOCAL and self.address:
            raise UsageError(
                f"--address {self.address} is for a cluster; choose --backend {' or '.join(CLUSTERS)} with it"
            )
        if self.backend != LOCAL and not self.address:
            raise UsageError(
                f"--backend {self.backend} needs --address HOST:PORT, the address of a running cluster"
            )


def run_unordered(
    function: Callable[..., T], calls: Iterable[tuple[Any, ...]], jobs: int | Workers
) -> Generator[T, None, None]:
    """Yield ``function(*call)`` for each call as results arrive.

    ``calls`` may be a generator: it is read only as workers become free, in this process, so it can stop once
    earlier results suffice. What a call raises arrives as itself. Closing the generator drops what is under way.

    Parameters
    ----------
    function : callable
        Workers import it by its name.
    calls : iterable of tuple
        Arguments, which travel as pickles.
    jobs : int or Workers
        A number of processes on this machine, or the workers to use.

    Raises
    ------
    UsageError
        If the number of jobs is below 1, or a package is missing.
    WorkersError
        If the workers cannot be reached or are lost.
    """
    workers = jobs if isinstance(jobs, Workers) else Workers(jobs)
    if workers.backend == LOCAL:
        yield from run_local(function, calls, workers.jobs)
        return
    with CLUSTERS[workers.backend](function, workers.address) as pool:
        yield from run_in(pool, calls, workers.jobs)
