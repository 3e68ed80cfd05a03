"""Ctrl-C and SIGTERM as a request that long work honours where its state is whole."""

from __future__ import annotations

import signal
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager

NUMBERS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Notes the first Ctrl-C or SIGTERM, so that a loop can stop where its state is whole.

    Parameters
    ----------
    insisting : bool
        Whether the second one raises :class:`KeyboardInterrupt`; else it changes nothing.
    outer : StopSignals or None
        Those of a block around this one, which are told too.

    Attributes
    ----------
    received : int
        The signal's number, or 0.
    """

    def __init__(self, *, insisting: bool = True, outer: StopSignals | None = None) -> None:
        self.received = 0
        self._insisting = insisting
        self._outer = outer

    def handle(self, number: int, frame: types.FrameType | None) -> None:
        """Handle a signal."""
        if self.received and self._insisting:
            raise KeyboardInterrupt
        self.note(number)

    def note(self, number: int) -> None:
        """Note a signal, here and in the blocks around."""
        self.received = self.received or number
        if self._outer is not None:
            self._outer.note(number)


@contextmanager
def stop_signals(*, insisting: bool = True) -> Iterator[StopSignals]:
    """Collect signals inside the block; outside the main thread Python allows no handlers, so none come."""
    if threading.current_thread() is not threading.main_thread():
        yield StopSignals()
        return
    around = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    signals = StopSignals(insisting=insisting, outer=around if isinstance(around, StopSignals) else None)
    previous = {number: signal.signal(number, signals.handle) for number in NUMBERS}
    try:
        yield signals
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
