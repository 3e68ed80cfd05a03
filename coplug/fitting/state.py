"""What a fit has finished, so that the same command goes on with what is left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from coplug.documents import read_object
from coplug.errors import OutputError
from coplug.files import make_directory, write_atomically
from coplug.tuning.journal import differing

STATE_FILE = "state.json"

DECISION = "decision"
"""The phase that ends a round."""

T = TypeVar("T")


@dataclass
class Document:
    """What the file holds.

    Attributes
    ----------
    conditions : dict
        What must not change when the work goes on.
    spent_s : float
        CPU seconds until the last phase that was noted.
    begun : dict
        What had been spent when each phase began.
    results : dict
        Of the phases that are finished.
    taught : list of str
        Digests of the instances that teach or choose.
    """

    conditions: dict[str, Any]
    spent_s: float = 0.0
    begun: dict[str, float] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    taught: list[str] = field(default_factory=list)


def read_state(folder: Path) -> Document:
    """Read the state of a round.

    Raises
    ------
    OutputError
        If it cannot be read, or is damaged.
    """
    path = folder / STATE_FILE
    try:
        return msgspec.convert(read_object(path, "choose another --out", OutputError), Document)
    except msgspec.ValidationError as error:
        raise OutputError(f"{path} is damaged ({error}); choose another --out") from error


class State:
    """Results of phases by name, and the CPU time that they took.

    Parameters
    ----------
    folder : Path
    conditions : mapping
        What must not change when the work goes on; plain values.

    Raises
    ------
    OutputError
        If the folder cannot be used, or holds a fit under other conditions.
    """

    def __init__(self, folder: Path, conditions: Mapping[str, Any]) -> None:
        self.folder = folder
        self._path = folder / STATE_FILE
        expected = json.loads(json.dumps(dict(conditions)))
        if not self._path.exists():
            make_directory(folder)
            self._document = Document(expected)
            self._save()
            return
        self._document = read_state(folder)
        others = differing(self._document.conditions, expected)
        if others:
            raise OutputError(
                f"{folder} was begun with other {', '.join(others)}; take the same, another --out, or "
                "--continue to fit anew from what is there"
            )

    @property
    def spent_s(self) -> float:
        """CPU seconds until the last phase that was noted."""
        return self._document.spent_s

    def begin(self, phase: str, spent_s: float) -> float:
        """Note that a phase begins; returns what had been spent when it began first."""
        begun_s = self._document.begun.setdefault(phase, spent_s)
        self._save()
        return begun_s

    def result(self, phase: str) -> Any:
        """Return what a finished phase gave, None if it is not finished."""
        return self._document.results.get(phase)

    def result_as(self, phase: str, kind: type[T]) -> T | None:
        """Return what a finished phase gave as a dataclass, None if it is not finished.

        Raises
        ------
        OutputError
            If the file is damaged.
        """
        found = self.result(phase)
        try:
            return None if found is None else msgspec.convert(found, kind, strict=False)
        except msgspec.ValidationError as error:
            raise OutputError(f"{self._path} is damaged ({error}); choose another --out") from error

    def finish(self, phase: str, result: Any, spent_s: float) -> Any:
        """Keep what a phase gave, plain values."""
        self._document.results[phase] = json.loads(json.dumps(result))
        self._document.spent_s = spent_s
        self._save()
        return self._document.results[phase]

    def note_taught(self, digests: Iterable[str]) -> None:
        """Keep which instances teach or choose."""
        self._document.taught = sorted(digests)
        self._save()

    def note_spent(self, spent_s: float) -> None:
        """Keep what was spent so far."""
        self._document.spent_s = spent_s
        self._save()

    def _save(self) -> None:
        write_atomically(self._path, (json.dumps(asdict(self._document), indent=1) + "\n").encode())
