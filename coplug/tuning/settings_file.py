"""Settings as SCIP's own file of them, which its shell reads by ``set load``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from coplug.files import write_atomically
from coplug.scip.settings import ParameterValue


def settings_text(settings: Mapping[str, ParameterValue], comments: Sequence[str] = ()) -> str:
    """Return the text of a ``.set`` file: comments, then a line a parameter, by name."""
    lines = [f"# {line}" for line in comments]
    lines += [f"{name} = {_written(value)}" for name, value in sorted(settings.items())]
    return "\n".join(lines) + "\n"


def write_settings(path: Path, settings: Mapping[str, ParameterValue], comments: Sequence[str] = ()) -> None:
    """Write a ``.set`` file, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_atomically(path, settings_text(settings, comments).encode())


def _written(value: ParameterValue) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value if len(value) == 1 else f'"{value}"'
    return repr(value)
