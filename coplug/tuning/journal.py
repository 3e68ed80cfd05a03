"""All solves of a tuning in one file, a line each, so that a kill loses at most those in progress."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from coplug.errors import OutputError
from coplug.files import appending, write_atomically
from coplug.scip.settings import ParameterValue
from coplug.tuning.solves import Solve

Key = tuple[str, str, int]
"""Of the settings, the instance's name, and the seed."""


@dataclass(frozen=True)
class Entry:
    """A solve under some settings, and the CPU seconds that all had taken until its end."""

    settings: str
    solve: Solve
    spent_s: float


CONDITION_WORDS = {
    "instances": "instances (files, or what is in them)",
    "objective": "--objective",
    "limit_s": "--time-limit (without one a twentieth of --budget)",
    "time_limit_s": "--time-limit",
    "seed": "--seed",
    "budget_s": "--budget",
}
"""What conditions are called by who sets them."""


def differing(before: Mapping[str, Any], conditions: Mapping[str, Any]) -> list[str]:
    """Return the conditions that are not what they were, in words."""
    changed = sorted(key for key in {*before, *conditions} if before.get(key) != conditions.get(key))
    return [CONDITION_WORDS.get(key, key) for key in changed]


def settings_key(settings: Mapping[str, ParameterValue]) -> str:
    """Return a short name of some settings, the same for the same settings; empty for none."""
    if not settings:
        return ""
    text = json.dumps(dict(sorted(settings.items())), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class SolveJournal:
    """What was solved already.

    Parameters
    ----------
    path : Path
    conditions : mapping
        What must not change when the work goes on; plain values.

    Raises
    ------
    OutputError
        If the file holds something else, or was begun under other conditions.
    """

    def __init__(self, path: Path, conditions: Mapping[str, Any]) -> None:
        self.path = path
        self.solves: dict[Key, Solve] = {}
        self.spent_s = 0.0
        head = json.loads(json.dumps(dict(conditions)))
        lines = _whole_lines(path)
        if lines:
            _check_head(path, lines[0], head)
        for line in lines[1:]:
            self._note(_decoded(line))
        write_atomically(path, b"".join(line + b"\n" for line in (lines or [json.dumps(head).encode()])))

    @contextmanager
    def writing(self) -> Iterator[Callable[[str, Solve, float], None]]:
        """Yield a function that adds a solve."""
        with appending(self.path) as append:

            def add(settings: str, solve: Solve, spent_s: float) -> None:
                entry = Entry(settings, solve, spent_s)
                append(json.dumps(msgspec.to_builtins(entry)).encode() + b"\n")
                self._note(entry)

            yield add

    def find(self, settings: str, instance: str, seed: int, limit_s: float) -> Solve | None:
        """Return a solve that was given at least so much time, or did not need it."""
        solve = self.solves.get((settings, instance, seed))
        if solve is None or (solve.status == "timelimit" and solve.limit_s < 0.999 * limit_s):
            return None
        return solve

    def _note(self, entry: Entry) -> None:
        self.solves[entry.settings, entry.solve.instance, entry.solve.seed] = entry.solve
        self.spent_s = max(self.spent_s, entry.spent_s)


def _whole_lines(path: Path) -> list[bytes]:
    """Return the lines of a journal; one that a kill cut short is left out."""
    if not path.exists():
        return []
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}; choose another --out") from error
    if data and b"\n" not in data:
        raise _foreign(path)
    lines = data[: data.rfind(b"\n") + 1].splitlines()
    for number, line in enumerate(lines[1:], 2):
        try:
            _decoded(line)
        except ValueError as error:
            raise OutputError(
                f"{path}, line {number} is damaged ({error}); delete the line, and run again"
            ) from error
    return lines


def _decoded(line: bytes) -> Entry:
    """Return an entry; NaN and infinity are written as Python writes them."""
    entry = msgspec.convert(json.loads(line), Entry)
    if not (0.0 <= entry.solve.time_s < math.inf and 0.0 <= entry.spent_s < math.inf):
        raise ValueError("a time that is negative or infinite")
    return entry


def _check_head(path: Path, line: bytes, expected: Mapping[str, Any]) -> None:
    try:
        head = json.loads(line)
    except ValueError:
        head = None
    if not isinstance(head, dict):
        raise _foreign(path)
    others = differing(head, expected)
    if others:
        raise OutputError(
            f"{path} was begun with other values of {', '.join(others)}; take the same, or another --out"
        )


def _foreign(path: Path) -> OutputError:
    return OutputError(f"{path} is no journal of coplug; choose another --out")
