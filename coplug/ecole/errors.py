"""The exceptions that Ecole's interface raises."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from coplug.errors import CoplugError


class MarkovError(CoplugError):
    """A transition from no state: a step before the first reset, after the end of an episode, or after an error."""


class ScipError(CoplugError):
    """SCIP could not do what was asked of it."""


class IteratorExhausted(StopIteration):
    """A generator of instances has no more of them."""


@contextlib.contextmanager
def scip_errors() -> Iterator[None]:
    """Turn the errors of :mod:`coplug.errors` into Ecole's one; also a decorator."""
    try:
        yield
    except ScipError:
        raise
    except CoplugError as error:
        raise ScipError(str(error)) from error
