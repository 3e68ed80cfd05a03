"""What a check has found wrong so far."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class PolicyCheckError(AssertionError):
    """A policy that breaks its contract; the message lists how, a line each."""


class EnvironmentCheckError(AssertionError):
    """An environment that breaks its contract; the message lists how, a line each."""


class EpisodesCheckError(AssertionError):
    """Episodes that break their contract; the message lists how, a line each."""


class GameCheckError(AssertionError):
    """A game that breaks its contract; the message lists how, a line each."""


class DagCheckError(AssertionError):
    """A DAG that breaks its contract; the message lists how, a line each."""


class FamilyCheckError(AssertionError):
    """A family that breaks its contract; the message lists how, a line each."""


class ProblemCheckError(AssertionError):
    """A problem that breaks its contract; the message lists how, a line each."""


class Violations:
    """Collects violations, each once; of those that differ in their numbers alone, the first.

    Attributes
    ----------
    found : list of str
        One line each.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self._kinds: set[str] = set()

    def require(self, holds: bool, violation: str) -> bool:
        """Note ``violation`` unless it ``holds``; returns ``holds``."""
        line = " ".join(violation.split())
        kind = re.sub(r"\d+", "#", line)
        if not holds and kind not in self._kinds:
            self.found.append(line)
            self._kinds.add(kind)
        return holds

    def require_methods(self, checked: Any, names: Sequence[str]) -> bool:
        """Note the methods that ``checked`` lacks."""
        missing = [name for name in names if not callable(getattr(checked, name, None))]
        return self.require(not missing, f"it has no method {', '.join(missing)}")

    def require_count(self, checked: Any, name: str, least: int) -> bool:
        """Note unless the attribute ``name`` is a whole number of at least ``least``."""
        value = getattr(checked, name, None)
        return self.require(
            isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= least),
            f"{name} is {value!r}; expected a whole number of at least {least}",
        )

    def require_array(self, value: Any, dtype: DTypeLike, shape: tuple[int | None, ...], what: str) -> bool:
        """Note unless ``value`` is an array of this type and shape, where None stands for any length."""
        found = (
            f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        )
        fits = (
            isinstance(value, np.ndarray)
            and np.issubdtype(value.dtype, dtype)
            and len(value.shape) == len(shape)
            and all(b in (None, a) for a, b in zip(value.shape, shape, strict=True))
        )
        kind = getattr(dtype, "__name__", str(dtype))
        asked = ", ".join("any" if length is None else str(length) for length in shape)
        return self.require(
            fits, f"{what} is {found}; expected {kind} of shape ({asked}{',' if len(shape) == 1 else ''})"
        )

    def require_finite(self, values: NDArray[Any], what: str) -> bool:
        """Note how many of the values are NaN or infinite."""
        unusable = int((~np.isfinite(values)).sum())
        return self.require(
            unusable == 0, f"{unusable} of {values.size} numbers of {what} are NaN or infinite"
        )

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
