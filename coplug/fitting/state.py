"""What a fit has finished, so that the same command goes on with what is left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coplug.documents import read_object
from coplug.errors import OutputError
from coplug.files import make_directory, write_atomically

STATE_FILE = "state.json"


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
        self._document: dict[str, Any] = {"conditions": expected, "spent_s": 0.0, "begun": {}, "results": {}}
        if self._path.exists():
            self._document = read_object(self._path, "choose another --out", OutputError)
            before = self._document.get("conditions", {})
            differing = sorted(key for key in {*before, *expected} if before.get(key) != expected.get(key))
            if differing:
                raise OutputError(
                    f"{folder} was begun with other {', '.join(differing)}; take the same, another --out, or "
                    "--continue to fit anew from what is there"
                )
        else:
            make_directory(folder)
            self._save()

    @property
    def spent_s(self) -> float:
        """CPU seconds until the last phase that was noted."""
        return float(self._document["spent_s"])

    def begin(self, phase: str, spent_s: float) -> float:
        """Note that a phase begins; returns what had been spent when it began first."""
        begun: float = self._document["begun"].setdefault(phase, spent_s)
        self._save()
        return begun

    def result(self, phase: str) -> Any:
        """Return what a finished phase gave, None if it is not finished."""
        return self._document["results"].get(phase)

    def finish(self, phase: str, result: Any, spent_s: float) -> Any:
        """Keep what a phase gave, plain values."""
        self._document["results"][phase] = json.loads(json.dumps(result))
        self._document["spent_s"] = spent_s
        self._save()
        return self._document["results"][phase]

    def note_spent(self, spent_s: float) -> None:
        """Keep what was spent so far."""
        self._document["spent_s"] = spent_s
        self._save()

    def _save(self) -> None:
        write_atomically(self._path, (json.dumps(self._document, indent=1) + "\n").encode())
