"""A page of tables and pictures in one file, which loads nothing from anywhere."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .8rem; text-align: right; border-bottom: 1px solid #e3e6e9; }
th:first-child, td:first-child { text-align: left; }
th { font-weight: 600; border-bottom: 2px solid #b0b5bb; }
svg { max-width: 100%; height: auto; }
p.note { color: #555; font-size: .9rem; }
"""


_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Table:
    """A head and rows of texts; the first column is to the left."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def markdown(self) -> str:
        """Return it as a Markdown table."""
        lines = [self.head, tuple("---" for _ in self.head), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def text(self) -> list[str]:
        """Return it as lines of equal columns, numbers to the right."""
        widths = [max(len(row[k]) for row in (self.head, *self.rows)) for k in range(len(self.head))]
        left = [k == 0 or not any(_DIGIT.search(row[k]) for row in self.rows) for k in range(len(self.head))]
        return [
            "  ".join(
                f"{cell:<{width}}" if left[k] else f"{cell:>{width}}"
                for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in (self.head, *self.rows)
        ]

    def html(self) -> str:
        """Return it as an element."""
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in self.head)
        rows = "\n".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows
        )
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def page(
    title: str,
    tables: Sequence[Table],
    pictures: Sequence[str],
    notes: Sequence[str],
    details: Sequence[Table] = (),
) -> str:
    """Return a page.

    Parameters
    ----------
    title : str
    tables : sequence of Table
    pictures : sequence of str
        ``<svg>`` elements, see :func:`coplug.figures.panels_svg`.
    notes : sequence of str
        A paragraph each.
    details : sequence of Table
        What comes last, behind a fold.
    """
    parts = [f"<h1>{html.escape(title)}</h1>"]
    parts += [table.html() for table in tables]
    parts += pictures
    parts += [f'<p class="note">{html.escape(note)}</p>' for note in notes]
    parts += [f"<details><summary>Each instance</summary>{table.html()}</details>" for table in details]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
