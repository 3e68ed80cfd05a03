"""Ctrl-C and SIGTERM as a request that a loop honours where its state is whole."""

from __future__ import annotations

import signal
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager


class StopSignals:
    """Notes the first Ctrl-C or SIGTERM, so that a loop can stop where its state is whole.

    The second one raises :class:`KeyboardInterrupt`.

    Attributes
    ----------
    received : int
        The signal's number, or 0.
    """

    def __init__(self) -> None:
        self.received = 0

    def handle(self, number: int, frame: types.FrameType | None) -> None:
        """Handle a signal."""
        if self.received:
            raise KeyboardInterrupt
        self.received = number


@contextmanager
def stop_signals() -> Iterator[StopSignals]:
    """Collect signals inside the block; outside the main thread Python allows no handlers, so none come."""
    signals = StopSignals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    previous = {number: signal.signal(number, signals.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
