"""What a check has found wrong so far."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class PolicyCheckError(AssertionError):
    """A policy that breaks its contract; the message lists how, a line each."""


class EnvironmentCheckError(AssertionError):
    """An environment that breaks its contract; the message lists how, a line each."""


class Violations:
    """Collects violations, each once.

    Attributes
    ----------
    found : list of str
        One line each.
    """

    def __init__(self) -> None:
        self.found: list[str] = []

    def require(self, holds: bool, violation: str) -> bool:
        """Note ``violation`` unless it ``holds``; returns ``holds``."""
        line = " ".join(violation.split())
        if not holds and line not in self.found:
            self.found.append(line)
        return holds

    @contextlib.contextmanager
    def guarding(self, action: str) -> Iterator[None]:
        """Note whatever the block raises as a violation, and go on after it."""
        try:
            yield
        except Exception as error:  # what is being checked may raise anything
            self.require(False, f"{action} raises {type(error).__name__}: {error}")

    def raise_as(self, error: type[AssertionError], what: str) -> None:
        """Raise ``error`` if there are any."""
        if self.found:
            lines = "".join(f"\n- {line}" for line in self.found)
            raise error(f"{what} breaks its contract:{lines}")
