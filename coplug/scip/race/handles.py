"""What the manager of a race holds of each run besides its connection."""

from __future__ import annotations

import signal
from multiprocessing.process import BaseProcess
from typing import Protocol


class Handle(Protocol):
    """A run that began."""

    def how_ended(self) -> str:
        """Wait until it has ended, which its connection told already, and say in words how."""
        ...

    def kill(self) -> None:
        """End it by force; its connection is closed next."""
        ...


class Local:
    """A run in a process of this machine.

    Parameters
    ----------
    process : BaseProcess
    """

    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    def how_ended(self) -> str:
        """See :meth:`Handle.how_ended`."""
        self._process.join()
        return f"its process ended {_how(self._process.exitcode)}"

    def kill(self) -> None:
        """See :meth:`Handle.kill`."""
        self._process.kill()
        self._process.join()


class Afar:
    """A run on a cluster, which hears of the end by its connection alone."""

    def how_ended(self) -> str:
        """See :meth:`Handle.how_ended`."""
        return "its worker on the cluster is gone"

    def kill(self) -> None:
        """See :meth:`Handle.kill`: nothing to do."""


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"by signal {signal.Signals(-exit_code).name}"
    return f"with status {exit_code}"
