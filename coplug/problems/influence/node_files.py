"""Nodes that options name: lists of them, and CSV files with a number for each."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError, shown


class NodeNames:
    """Finds nodes by what the graph calls them.

    Parameters
    ----------
    names : sequence of int or str
    """

    def __init__(self, names: Sequence[int] | Sequence[str]) -> None:
        self._numbers = {str(name): number for number, name in enumerate(names)}

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def number(self, name: str, where: str) -> int:
        """Return the number of a node.

        Raises
        ------
        InstanceError
            If the graph has none of that name; ``where`` stands for what names it.
        """
        number = self._numbers.get(name)
        if number is None:
            raise InstanceError(f"{where} names node {shown(name)}, which the graph does not have")
        return number


def listed_nodes(text: str, names: NodeNames, flag: str) -> NDArray[np.int32]:
    """Return the nodes of an option, int32, each once, in order.

    Parameters
    ----------
    text : str
        Names apart by commas, or @FILE with one a line.
    names : NodeNames
    flag : str
        The option.

    Raises
    ------
    InstanceError
        If a node is unknown, or the file cannot be read.
    """
    if text.startswith("@"):
        words = [line.strip() for line in text_of(Path(text[1:])).splitlines()]
    else:
        words = [word.strip() for word in text.split(",")]
    numbers = dict.fromkeys(names.number(word, flag) for word in words if word)
    return np.array(list(numbers), np.int32)


def values_of_nodes(path: Path, names: NodeNames, n_nodes: int, default: float) -> NDArray[np.float64]:
    """Return a number for each node from a CSV file, float64, shape (n_nodes,).

    Parameters
    ----------
    path : Path
        A node and a number a line; a first line without a number, and without a known node, is a heading.
    names : NodeNames
    n_nodes : int
    default : float
        For nodes that are not in it.

    Raises
    ------
    InstanceError
        If the file cannot be read, or a line has no known node and finite number, or a node comes again.
    """
    values, there = np.full(n_nodes, default), np.zeros(n_nodes, np.bool_)
    for number, row in numbered_rows(path):
        if not row or (number == 1 and _is_heading(row, names)):
            continue
        value = _finite(row[1]) if len(row) == 2 else None
        if value is None:
            raise InstanceError(
                f"{path}, line {number}: expected a node and a finite number, found {shown(','.join(row))}"
            )
        node = names.number(row[0].strip(), f"{path}, line {number}")
        if there[node]:
            raise InstanceError(f"{path}, line {number}: node {shown(row[0])} comes again; name it once")
        values[node], there[node] = value, True
    return values


def check_budget(budget: float, costs: NDArray[np.float64] | None, candidates: NDArray[np.int32]) -> None:
    """See that a budget can be spent.

    Raises
    ------
    UsageError
        If it cannot: no seed is affordable, or more are asked for than there are.
    """
    if costs is not None:
        if not len(candidates):
            raise UsageError(f"no node that can be chosen costs {budget:g} or less; raise --budget")
        return
    if budget != int(budget) or budget < 1:
        raise UsageError(f"the budget {budget:g} is no number of seeds; take a whole number from 1")
    if budget > len(candidates):
        raise UsageError(
            f"the budget {budget:g} is above the {len(candidates)} nodes that can be chosen; take no more than these"
        )


def _is_heading(row: list[str], names: NodeNames) -> bool:
    """Tell whether a first line has no number, and is not meant for a node of the graph."""
    return len(row) == 2 and _finite(row[1]) is None and row[0].strip() not in names


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbered_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a CSV file, from 1 on, with their cells; none for an empty line.

    Raises
    ------
    InstanceError
        If it cannot be read, or is no CSV file.
    """
    rows = csv.reader(io.StringIO(text_of(path)))
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise InstanceError(f"{path}, line {rows.line_num}: no CSV file: {error}") from None


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8.

    Raises
    ------
    InstanceError
        If it cannot be read, or is no such text.
    """
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise InstanceError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise InstanceError(f"{path} is no text in UTF-8") from None
