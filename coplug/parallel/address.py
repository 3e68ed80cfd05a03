"""The address of a cluster, and the errors on the way there."""

from __future__ import annotations

import importlib
import re
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from coplug.errors import CoplugError, UsageError
from coplug.extras import install_command

ANSWER_S = 10.0
"""Seconds until a machine that does not answer counts as unreachable."""

CONNECT_S = 30.0
"""Seconds for connecting to a cluster that answers."""

_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?(?:\[(?P<ipv6>[0-9a-fA-F:]+)\]|(?P<host>[^\s:/\[\]]+)):(?P<port>\d{1,5})/?"
)


class WorkersError(CoplugError):
    """Workers that cannot be reached, or that were lost with the call they ran."""


def required(package: str, extra: str) -> Any:
    """Import a cluster's package.

    Raises
    ------
    UsageError
        If it is not installed; the message names the extra that brings it.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise UsageError(
            f"--backend {extra} needs the package {package}: {install_command(extra)}"
        ) from error


def check_reachable(address: str, schemes: Sequence[str]) -> None:
    """See whether something listens at ``host:port`` or ``scheme://host:port``.

    The clients of clusters would try for minutes, and write pages about it.

    Raises
    ------
    UsageError
        If the address is of another form.
    WorkersError
        If nothing answers within :data:`ANSWER_S` seconds.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None or parts["scheme"] not in (None, *schemes) or int(parts["port"]) > 65535:
        forms = ", ".join(f"{scheme}://HOST:PORT" for scheme in schemes)
        raise UsageError(f"--address {address!r} is no address; expected HOST:PORT or {forms}")
    host = parts["ipv6"] or parts["host"]
    try:
        socket.create_connection((host, int(parts["port"])), timeout=ANSWER_S).close()
    except OSError as error:
        raise unreachable(address, error.strerror or str(error)) from error


def host_of(address: str) -> str | None:
    """Return the host of a cluster's address; None for one that has none, such as Ray's ``auto``."""
    parts = _ADDRESS.fullmatch(address)
    return None if parts is None else parts["ipv6"] or parts["host"]


def connected(connect: Callable[[], Any], address: str) -> Any:
    """Return what ``connect()`` returns.

    It runs in a thread that is left behind if need be: where another kind of server listens, one client waits for
    ever, and the other ends the process after some minutes.

    Raises
    ------
    WorkersError
        If it fails, or takes more than :data:`CONNECT_S` seconds.
    """
    outcome: Future[Any] = Future()

    def work() -> None:
        try:
            outcome.set_result(connect())
        except BaseException as error:  # raised again in the calling thread
            outcome.set_exception(error)

    threading.Thread(target=work, name="coplug-connect", daemon=True).start()
    try:
        return outcome.result(CONNECT_S)
    except TimeoutError as error:
        raise unreachable(address, f"no answer within {CONNECT_S:.0f} s") from error
    except (Exception, SystemExit) as error:
        raise unreachable(address, error) from error


def unreachable(address: str, reason: object) -> WorkersError:
    """Return the error for a cluster that gives no answer, or a wrong one."""
    return WorkersError(
        f"no cluster can be used at {address} ({first_line(reason)}); start it, or correct --address"
    )


def first_line(reason: object) -> str:
    """Return what a message begins with; the messages of clusters run over pages."""
    return next((line.strip() for line in str(reason).splitlines() if line.strip()), type(reason).__name__)
