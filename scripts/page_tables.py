"""Tables of a page that are rows of a file: a comment above a table names the file, and the table is written anew.

<!-- docs/data/wireless-rates.csv -->
| users x antennas | ...
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = re.compile(r"<!-- (docs/data/[\w-]+\.csv) -->\n(?:\|.*\n)*")


def filled(text: str) -> str:
    """Return the text of a page with its tables as the files have them."""
    return TABLE.sub(lambda found: f"<!-- {found[1]} -->\n{table(ROOT / found[1])}", text)


def table(path: Path) -> str:
    """Return the rows of a file as a table."""
    with path.open() as file:
        rows = list(csv.reader(file))
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
