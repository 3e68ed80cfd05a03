"""The errors that coplug raises on purpose.

Every message says what happened, what was expected and what to do, in one line. The command line
prints that line and exits with status 1 (2 for a :class:`UsageError`); it never shows a traceback for them.
"""

from __future__ import annotations

from typing import Any


class CoplugError(Exception):
    """Base of every error that coplug raises on purpose."""


class UsageError(CoplugError):
    """A call or command line that cannot mean anything: an unknown option value, a conflict of options."""


class InstanceError(CoplugError):
    """An instance file that is missing, empty, truncated or cannot be parsed."""


class ParameterError(CoplugError):
    """A SCIP parameter or settings file that SCIP does not accept."""


class PolicyError(CoplugError):
    """A policy that is unknown, cannot be loaded or misbehaved under ``strict``."""


class UnknownPolicyError(PolicyError, UsageError):
    """A policy name that the problem at hand does not know."""


class WeightsError(PolicyError):
    """A weights directory whose contents do not fit: shapes, NaN, feature list, format version."""


class SolverError(CoplugError):
    """SCIP itself is unusable here or stopped with an internal error."""


class SamplesError(CoplugError):
    """A sample directory that is missing, empty or of another format version."""


class RecipeError(CoplugError):
    """A training recipe that is unknown, or a key or value in it that is not accepted."""


class OutputError(CoplugError):
    """An output path that cannot be written."""


class UnwrittenError(OutputError):
    """A result that could not be written in the end, and is not lost: it is the attribute ``report``.

    Attributes
    ----------
    report : coplug.report.Report
    """

    def __init__(self, text: str, report: Any = None) -> None:
        super().__init__(text, report)
        self.report = report

    def __str__(self) -> str:
        return str(self.args[0])


class UnknownRecipeError(RecipeError, UsageError):
    """A name that no recipe has."""


SHOWN_CHARACTERS = 120
"""Of a value that a message quotes."""
ERROR_CHARACTERS = 500
"""Of somebody else's error that a message quotes."""


def in_one_line(error: BaseException) -> str:
    """Return the kind and text of an error of somebody else's code; the text may itself fail."""
    try:
        text = _printable(" ".join(str(error).split()))
    except BaseException:  # a third party's exception may raise anything when it is printed, SystemExit too
        text = ""
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return line if len(line) <= ERROR_CHARACTERS else f"{line[:ERROR_CHARACTERS]}..."


def shown(value: object) -> str:
    """Return a value as a message quotes it: one line, not endless, whatever its own text does."""
    try:
        text = _printable(" ".join(repr(value).split()))
    except BaseException:  # a third party's object may raise anything here, and deep nesting does
        text = f"a {type(value).__name__}"
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def _printable(text: str) -> str:
    """Return a text without what no stream can write, such as half of a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
