"""Rounds of a fit: each in a folder of its own, and the next one begins with what the last one found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coplug.errors import UsageError
from coplug.files import visible
from coplug.fitting.state import DECISION, STATE_FILE, Document, read_state
from coplug.tuning.journal import differing


@dataclass(frozen=True)
class Round:
    """Where a fit works, and what earlier rounds leave it.

    Attributes
    ----------
    folder : Path
    first : tuple of Choice
        What raced best in earlier rounds, the latest first.
    samples : tuple of Path
        Of earlier rounds.
    taught : frozenset of str
        Digests of the instances that earlier rounds learned from or chose by.
    """

    folder: Path
    first: tuple[dict[str, str], ...] = ()
    samples: tuple[Path, ...] = ()
    taught: frozenset[str] = frozenset()


def open_round(folder: Path, go_on: bool, conditions: Mapping[str, Any]) -> Round:
    """Return the round to work in.

    Parameters
    ----------
    folder : Path
        Of all rounds.
    go_on : bool
        Begin another round, unless the last one has the same conditions and is not finished.
    conditions : mapping
        See :class:`coplug.fitting.state.State`.

    Raises
    ------
    UsageError
        If there is nothing to go on from.
    """
    rounds = [path for path in visible(folder.glob("round-*")) if (path / STATE_FILE).exists()]
    if go_on and not rounds:
        raise UsageError(f"--continue: {folder} holds no fit to go on from; leave it out")
    if not rounds:
        return Round(folder / "round-01")
    states = {path: read_state(path) for path in rounds}
    last, state = rounds[-1], states[rounds[-1]]
    is_unfinished = DECISION not in state.results and not differing(state.conditions, conditions)
    if go_on and not is_unfinished:
        last = folder / f"round-{len(rounds) + 1:02d}"
    earlier = [path for path in rounds if path != last]
    return Round(
        last,
        tuple(choice for path in reversed(earlier) if (choice := _choice(states[path]))),
        tuple(samples for path in earlier for samples in visible(path.glob("samples*/train"))),
        frozenset(digest for path in earlier for digest in states[path].taught),
    )


def _choice(state: Document) -> dict[str, str]:
    settings = state.results.get("settings") or {}
    return dict(settings.get("choice") or {})
