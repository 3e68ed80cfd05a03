"""The tables of ``scripts/reproduce_any_mip.py``, from its rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from statistics import median

from any_mip_instances import Row, Rows
from any_mip_parts import LIMIT_S, PRIMAL_METHODS, SETTLED, WITHOUT_S, primal_integral

from coplug.measurement import shifted_geometric_mean

SLOW_S = 20.0
SHIFT_S = 1.0

Cells = dict[tuple[str, str], dict[str, Row]]
"""Rows by instance and seed, and by method."""


def print_tables(rows: Callable[..., Rows]) -> None:
    """Print the tables of all parts that have rows."""
    raced = rows("race", "instance", "seed", "method").rows
    cells = complete(raced, ("one", "race", "two seeds"))
    if cells:
        print_race(cells)
    if short := complete(rows("short", "instance", "repeat", "method").rows, ("one", "race"), "repeat"):
        more = [float(pair["race"]["time_s"]) - float(pair["one"]["time_s"]) for pair in short.values()]
        print("\n| nothing to win: seconds more | pairs | median | most |\n|---|---|---|---|")
        print(f"| race of two | {len(more)} | {median(more):.2f} | {max(more):.2f} |")
    if primal := complete(rows("primal", "instance", "seed", "method").rows, tuple(PRIMAL_METHODS)):
        print_primal(primal)
    alone = {(row["instance"], row["seed"]): row for row in rows("auto", "instance", "seed").rows}
    pairs = [(found["one"], alone[key]) for key, found in cells.items() if key in alone]
    if pairs:
        ratio = mean(row for _, row in pairs) / mean(row for row, _ in pairs)
        lost = sum(is_solved(first) and not is_solved(second) for first, second in pairs)
        print("\n| first setting alone, time to SCIP as it comes | pairs | ratio | lost |\n|---|---|---|---|")
        print(f"| | {len(pairs)} | {ratio:.2f} | {lost} |")
    if killed := rows("kills", "instance", "run", "after_s").rows:
        print_kills(killed, raced)


def complete(rows: Sequence[Row], methods: Sequence[str], repeat: str = "seed") -> Cells:
    """Return the cells in which all methods have been measured."""
    cells: Cells = {}
    for row in rows:
        cells.setdefault((row["instance"], row[repeat]), {})[row["method"]] = row
    return {key: found for key, found in cells.items() if all(method in found for method in methods)}


def is_solved(row: Row) -> bool:
    """Tell whether a run has a proof."""
    return row["status"] in SETTLED


def seconds(row: Row) -> float:
    """Return a run's time, the limit where it was not solved."""
    return float(row["time_s"]) if is_solved(row) else LIMIT_S


def mean(rows: Iterable[Row]) -> float:
    """Return the 1-shifted geometric mean of times."""
    return shifted_geometric_mean([seconds(row) for row in rows], SHIFT_S)


def print_race(cells: Cells) -> None:
    """Print what races are worth, of all instances and by kind."""
    kinds = list(dict.fromkeys(found["one"]["kind"] for found in cells.values()))
    parts: dict[str, Callable[[Row], bool]] = {
        "all": lambda _: True,
        f"one takes over {SLOW_S:.0f} s": lambda row: seconds(row) > SLOW_S,
        "files": lambda row: row["kind"] == "file",
        "generated": lambda row: row["kind"] != "file",
        **{kind: partial(_is_of, kind) for kind in kinds if kind != "file"},
    }
    print("| instances | pairs | one SCIP, s | two seeds | race | race / one | race / two seeds | solved |")
    print("|---|---|---|---|---|---|---|---|")
    for title, belongs in parts.items():
        part = [found for found in cells.values() if belongs(found["one"])]
        if part:
            print(_race_row(title, part))
    print(f"\nOptima that contradict each other: {contradictions(cells)} of {len(cells)} pairs.")
    winners = Counter(found["race"]["winner"] for found in cells.values())
    print("Won by " + ", ".join(f"{name} {count}" for name, count in winners.most_common()) + ".")


def _is_of(kind: str, row: Row) -> bool:
    return bool(row["kind"] == kind)


def _race_row(title: str, part: Sequence[dict[str, Row]]) -> str:
    times = {name: mean(found[name] for found in part) for name in ("one", "two seeds", "race")}
    solved = "/".join(str(sum(is_solved(found[name]) for found in part)) for name in times)
    return (
        f"| {title} | {len(part)} | {times['one']:.2f} | {times['two seeds']:.2f} | {times['race']:.2f} | "
        f"{times['race'] / times['one']:.2f} | {times['race'] / times['two seeds']:.2f} | {solved} |"
    )


def contradictions(cells: Cells) -> int:
    """Return in how many cells optima differ by more than 1e-6, relatively, or a status does."""
    count = 0
    for found in cells.values():
        proofs = [row for row in found.values() if is_solved(row)]
        objectives = [float(row["objective"]) for row in proofs if row["objective"]]
        differs = bool(objectives) and max(objectives) - min(objectives) > 1e-6 * max(1.0, abs(objectives[0]))
        count += differs or len({row["status"] for row in proofs}) > 1
    return count


def print_primal(cells: Cells) -> None:
    """Print primal integrals, of the pairs where SCIP as it comes has no solution after a second.

    The best solution of all runs on an instance counts as the best known.
    """
    integrals: dict[str, list[float]] = {}
    for (instance, _), found in cells.items():
        steps = {method: json.loads(row["steps"]) for method, row in found.items()}
        if steps["one"] and steps["one"][0][0] <= WITHOUT_S:
            continue
        same = [rows for (name, _), rows in cells.items() if name == instance]
        known = [
            objective for rows in same for row in rows.values() for _, objective in json.loads(row["steps"])
        ]
        if not known:
            continue
        best = (min if found["one"]["sense"] == "min" else max)(known)
        for method, one in steps.items():
            integrals.setdefault(method, []).append(primal_integral(one, best))
    if not integrals:
        return
    means = {method: shifted_geometric_mean(values, SHIFT_S) for method, values in integrals.items()}
    print("\n| primal integral over 30 s | runs | mean, s | ratio |\n|---|---|---|---|")
    for method, value in means.items():
        print(f"| {method} | {len(integrals[method])} | {value:.2f} | {value / means['one']:.2f} |")


def print_kills(killed: Sequence[Row], raced: Sequence[Row]) -> None:
    """Print whether races of which a run was killed have the right answer."""
    optima: Mapping[str, float] = {
        row["instance"]: float(row["objective"])
        for row in raced
        if row["method"] == "one" and row["status"] == "optimal"
    }
    hit = [row for row in killed if row["killed"] == "True"]
    known = [row for row in hit if row["status"] == "optimal" and row["instance"] in optima]
    wrong = sum(
        abs(float(row["objective"]) - optima[row["instance"]]) > 1e-6 * max(1.0, abs(optima[row["instance"]]))
        for row in known
    )
    inconsistent = sum(row["consistent"] != "True" for row in killed)
    unnamed = sum(row["named"] != "True" for row in hit)
    print("\n| races | run killed | optimum compared | wrong | kill not named | bounds inconsistent |")
    print("|---|---|---|---|---|---|")
    print(f"| {len(killed)} | {len(hit)} | {len(known)} | {wrong} | {unnamed} | {inconsistent} |")
