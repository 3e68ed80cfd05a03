"""Rounds of a fit: each in a folder of its own, and the next one begins with what the last one found."""

from __future__ import annotations

from pathlib import Path

from coplug.documents import read_object
from coplug.errors import OutputError, UsageError
from coplug.files import visible
from coplug.fitting.state import STATE_FILE


def open_round(folder: Path, go_on: bool) -> tuple[Path, list[dict[str, str]], list[Path]]:
    """Return the folder of the round to work in.

    Parameters
    ----------
    folder : Path
        Of all rounds.
    go_on : bool
        Begin another round, unless the last one is not finished.

    Returns
    -------
    round : Path
    first : list of Choice
        What raced best in earlier rounds, the latest first.
    samples : list of Path
        Of earlier rounds.

    Raises
    ------
    UsageError
        If there is nothing to go on from.
    """
    rounds = [path for path in visible(folder.glob("round-*")) if (path / STATE_FILE).exists()]
    if go_on and not rounds:
        raise UsageError(f"--continue: {folder} holds no fit to go on from; leave it out")
    if not rounds:
        return folder / "round-01", [], []
    last = rounds[-1]
    results = _results(last)
    if go_on and "choice" in results:
        last = folder / f"round-{len(rounds) + 1:02d}"
    earlier = [path for path in rounds if path != last]
    first = [dict(_results(path).get("settings", {}).get("choice", {})) for path in reversed(earlier)]
    samples = [folder for path in earlier for folder in visible(path.glob("samples*/train"))]
    return last, [choice for choice in first if choice], samples


def _results(path: Path) -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = read_object(
        path / STATE_FILE, "choose another --out", OutputError
    ).get("results", {})
    return found
