"""The CSV of a comparison, a row a run, and the conditions that are kept beside it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import msgspec

from coplug.documents import read_document
from coplug.errors import OutputError
from coplug.files import write_atomically
from coplug.measurement import Conditions, Run

_COLUMNS = [field.name for field in fields(Run)]
_HEADER = ",".join(_COLUMNS).encode()

LARGEST_COUNT = 2**63 - 1


def read_runs(path: Path) -> list[Run]:
    """Read the rows of an earlier comparison; a last line that was cut short, without its end, is left out.

    Raises
    ------
    OutputError
        If the file cannot be read, is not such a CSV, or a whole line of it is damaged.
    """
    try:
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1].decode()
        header, *rows = list(csv.reader(io.StringIO(whole, newline=""))) or [[]]
    except OSError as error:
        raise OutputError(
            f"{path} cannot be read: {error.strerror or error}; expected a result of coplug compare"
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise OutputError(
            f"{path} is not a result of coplug compare ({error}); choose another path"
        ) from error
    is_begun = not whole and _HEADER.startswith(data)
    if not is_begun and header not in (_COLUMNS, _COLUMNS[:-1]):  # the last column is younger than the others
        raise OutputError(f"{path} is not a result of coplug compare; choose another path")
    return [_run(path, number, header, row) for number, row in enumerate(rows, 2)]


def _run(path: Path, number: int, header: Sequence[str], row: Sequence[str]) -> Run:
    try:
        if len(row) != len(header):
            raise ValueError(f"{len(row)} values, expected {len(header)}")
        run = msgspec.convert(dict(zip(header, row, strict=True)), Run, strict=False)
        if not (0.0 <= run.time_s < math.inf and 0 <= run.nodes <= LARGEST_COUNT):
            raise ValueError("a time or a number of nodes that no run has")
        return run
    except ValueError as error:
        raise OutputError(
            f"{path}, line {number} is damaged ({error}); delete the line, and its run is made again"
        ) from error


def write_runs(path: Path, runs: Iterable[Run]) -> None:
    """Write a CSV of these runs, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    header = _HEADER + b"\n"
    write_atomically(path, header + b"".join(row_of(run) for run in runs))


def row_of(run: Run) -> bytes:
    """Return a run's line."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(asdict(run).values())
    return line.getvalue().encode()


def check_conditions(now: Conditions, out: Path) -> None:
    """See that the runs of a CSV were made under the same conditions, which are kept beside it.

    Raises
    ------
    OutputError
        If they were made under others, or what is kept cannot be read.
    """
    before = read_conditions(out)
    if before is not None and before != now:
        raise OutputError(
            f"{out} was measured under {asdict(before)}, not {asdict(now)}; choose another --out"
        )


def read_conditions(out: Path) -> Conditions | None:
    """Return the conditions that are kept beside a CSV, None if there are none.

    Raises
    ------
    OutputError
        If they cannot be read.
    """
    path = _conditions_path(out)
    return read_document(path, Conditions, "choose another --out", OutputError) if path.exists() else None


def write_conditions(now: Conditions, out: Path) -> None:
    """Keep the conditions beside a CSV.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    write_atomically(_conditions_path(out), msgspec.json.encode(now) + b"\n")


def _conditions_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.conditions.json")
