"""What a run measured, as a table that a spreadsheet or pandas reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from coplug.files import appending, write_atomically
from coplug.training.reporter import Metrics


class MetricsTable:
    """``metrics.csv``: a row an epoch, a column a name; what an epoch did not measure is empty.

    Parameters
    ----------
    path : Path
    rows : sequence of Metrics
        What was measured before; the file is made from them.

    Raises
    ------
    OutputError
        If it cannot be written; from :meth:`add` too.
    """

    def __init__(self, path: Path, rows: Sequence[Metrics]) -> None:
        self.path = path
        self._rows = list(rows)
        self._columns: list[str] = []
        self._know_columns()
        if self._rows:
            self._write_all()
        else:
            path.unlink(missing_ok=True)

    def add(self, row: Metrics) -> None:
        """Add a row; one with a new name has the file written anew."""
        self._rows.append(row)
        if len(self._rows) == 1 or not row.keys() <= set(self._columns):
            self._know_columns()
            self._write_all()
            return
        with appending(self.path) as append:
            append(self._text([row]).encode())

    def _know_columns(self) -> None:
        self._columns = list(dict.fromkeys(name for row in self._rows for name in row))

    def _write_all(self) -> None:
        write_atomically(self.path, (self._text([], header=True) + self._text(self._rows)).encode())

    def _text(self, rows: Sequence[Metrics], *, header: bool = False) -> str:
        lines = io.StringIO()
        writer = csv.DictWriter(lines, self._columns, restval="", lineterminator="\n")
        if header:
            writer.writeheader()
        writer.writerows(rows)
        return lines.getvalue()
