"""Knapsacks as text: Pisinger's generators and collections, and the multi-dimensional ones of the OR-Library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coplug.errors import InstanceError, shown

LONGEST = 10**7
"""Items that a file may announce; it has to hold them, too."""

FORMS = "expected 'n c' and n lines 'profit weight', or n, n lines 'number profit weight' and c, or OR-Library's mknap"


@dataclass(frozen=True)
class Rows:
    """One instance of a file, its numbers still text.

    Attributes
    ----------
    profits : sequence of str, n_items
    weights : sequence of sequences of str
        A row a constraint.
    capacities : sequence of str
        One for each constraint.
    """

    profits: Sequence[str]
    weights: Sequence[Sequence[str]]
    capacities: Sequence[str]


def is_named(text: str) -> bool:
    """Tell whether it is a collection whose instances have names: Pisinger's ``knapPI_1_50_1000.csv`` and such."""
    return text.lstrip()[:1].isalpha()


def read_named(text: str, where: str) -> list[Rows]:
    """Read a collection: a name, then ``n``, ``c``, ``z`` and ``time`` with their values, then ``number,p,w,x``.

    Source: D. Pisinger, Where are the hard knapsack problems?, Computers and Operations Research 32 (2005), 2271-2284.

    Raises
    ------
    InstanceError
        If a line is not what is expected there.
    """
    lines = [(k + 1, line.strip()) for k, line in enumerate(text.splitlines())]
    lines = [(k, line) for k, line in lines if line and not line.startswith("---")]
    found, at = [], 0
    while at < len(lines):
        at, rows = _named_instance(lines, at + 1, where)
        found.append(rows)
    return found


def _named_instance(lines: list[tuple[int, str]], at: int, where: str) -> tuple[int, Rows]:
    """Return what follows a name, and where the next one stands."""
    heads: dict[str, str] = {}
    while at < len(lines) and lines[at][1][:1].isalpha():
        words = lines[at][1].split()
        if len(words) != 2:
            break
        heads[words[0]] = words[1]
        at += 1
    if not {"n", "c"} <= heads.keys():
        place = lines[at][0] if at < len(lines) else lines[-1][0]
        raise InstanceError(f"{where}, line {place}: no 'n' and 'c' with a number each before it; {FORMS}")
    n = _count(heads["n"], "n", where)
    items = lines[at : at + n]
    profits, weights = [], []
    for number, (place, line) in enumerate(items, start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) < 3 or cells[0] != str(number):
            raise InstanceError(
                f"{where}, line {place}: {shown(line)}, expected '{number},profit,weight,0 or 1'"
            )
        profits.append(cells[1])
        weights.append(cells[2])
    if len(items) < n:
        raise InstanceError(f"{where} announces {n} items and ends after {len(items)}; is it cut off?")
    return at + n, Rows(profits, [weights], [heads["c"]])


def read_numbers(text: str, where: str) -> list[Rows]:
    """Read a file of numbers alone; how many there are tells the formats apart.

    Sources: S. Martello, D. Pisinger and P. Toth, Dynamic programming and strong bounds for the 0-1 knapsack problem,
    Management Science 45 (1999), 414-424 (the generator's output); J. Beasley, OR-Library: distributing test problems
    by electronic mail, Journal of the Operational Research Society 41 (1990), 1069-1072 (mknap).

    Raises
    ------
    InstanceError
        If it is none of them.
    """
    words = text.split()
    bad = next((word for word in words if not _looks_numeric(word)), None)
    if bad is not None:
        raise InstanceError(f"{where}: {shown(bad)} is no number; {FORMS}")
    n = _count(words[0], "the first number", where)
    if len(words) == 2 + 2 * n:
        return [Rows(words[2::2], [words[3::2]], [words[1]])]
    if len(words) == 2 + 3 * n and words[1:-1:3] == [str(k + 1) for k in range(n)]:
        return [Rows(words[2:-1:3], [words[3:-1:3]], [words[-1]])]
    try:
        return _read_mknap(words, n, where)
    except InstanceError as error:
        raise _miscounted(text, words, n, where) or error from None


def _miscounted(text: str, words: Sequence[str], n: int, where: str) -> InstanceError | None:
    """Return the error of a file that has lines of items, not as many as it announces; None if it has no such lines."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    numbers = words[1 : 1 + 3 * n : 3]
    if len(lines[0]) == 2 and all(len(line) <= 2 for line in lines):
        n_found, form = len(words) // 2 - 1, "'n c' and n lines 'profit weight'"
    elif len(words) > 4 and numbers == [str(k + 1) for k in range(len(numbers))]:
        n_found, form = (len(words) - 1) // 3, "n, n lines 'number profit weight' and c"
    else:
        return None
    if n_found < n:
        return InstanceError(
            f"{where} announces {n} items and ends after {n_found}, expected {form}; is it cut off?"
        )
    if len(words) == 1 + 3 * n:
        return InstanceError(f"{where} ends before the capacity, expected {form}; is it cut off?")
    return InstanceError(f"{where} announces {n} items and has numbers beyond them; expected {form}")


def _read_mknap(words: list[str], n_instances: int, where: str) -> list[Rows]:
    """Read ``K``, then K times ``n m optimum``, n profits, m rows of n weights, m capacities."""
    found, at = [], 1
    for k in range(n_instances):
        if at + 3 > len(words):
            raise InstanceError(f"{where} ends in instance {k + 1} of {n_instances}; {FORMS}")
        n = _count(words[at], f"the number of items of instance {k + 1}", where)
        m = _count(words[at + 1], f"the number of constraints of instance {k + 1}", where)
        at += 3
        if at + n + m * n + m > len(words):
            raise InstanceError(
                f"{where} ends within instance {k + 1} of {n_instances}, of {n} items and {m} constraints; {FORMS}"
            )
        rows = [words[at + r * n : at + (r + 1) * n] for r in range(m + 1)]
        at += (m + 1) * n
        found.append(Rows(rows[0], rows[1:], words[at : at + m]))
        at += m
    if at != len(words):
        raise InstanceError(f"{where} has {len(words) - at} numbers more than it announces; {FORMS}")
    return found


def _looks_numeric(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _count(word: str, what: str, where: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 9 and 1 <= int(word) <= LONGEST):
        raise InstanceError(
            f"{where}: {what} is {shown(word)}, expected a whole number of 1 or more; {FORMS}"
        )
    return int(word)
