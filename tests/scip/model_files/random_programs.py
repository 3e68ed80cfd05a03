"""Small random programs in integers, written in many spellings of the LP format, and what may happen to a file."""

from __future__ import annotations

import itertools
import math
import random
import re
from dataclasses import dataclass
from pathlib import Path

import highspy

TOKEN = re.compile(r"[A-Za-z_][\w.]*|\d+(?:\.\d+)?|[<>=]+|\S")


@dataclass(frozen=True)
class Program:
    """An optimum over the integers of a box; every row is (coefficients, sense, side)."""

    is_maximised: bool
    objective: tuple[int, ...]
    constant: int
    rows: tuple[tuple[tuple[int, ...], str, int], ...]
    lower: tuple[int, ...]
    upper: tuple[int, ...]

    def optimum(self) -> float | None:
        """Return the optimum by going over the box, None where there is none."""
        box = itertools.product(*(range(a, b + 1) for a, b in zip(self.lower, self.upper, strict=True)))
        values = [_dot(self.objective, x) + self.constant for x in box if self._is_feasible(x)]
        if not values:
            return None
        return max(values) if self.is_maximised else min(values)

    def _is_feasible(self, x: tuple[int, ...]) -> bool:
        holds = {"<": lambda a, b: a <= b, ">": lambda a, b: a >= b, "=": lambda a, b: a == b}
        return all(holds[sense](_dot(row, x), side) for row, sense, side in self.rows)


def _dot(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def random_program(rng: random.Random) -> Program:
    """Draw a program of two to four variables and one to four rows."""
    n = rng.randint(2, 4)
    is_binary = rng.random() < 0.3
    lower = tuple(0 if is_binary or rng.random() < 0.6 else rng.randint(-2, 2) for _ in range(n))
    return Program(
        is_maximised=rng.random() < 0.5,
        objective=tuple(rng.randint(-5, 5) or 1 for _ in range(n)),
        constant=rng.choice([0, 0, 3]),
        rows=tuple(
            (
                (*(rng.randint(-3, 4) for _ in range(n - 1)), rng.randint(1, 3)),
                rng.choice("<><>="),
                rng.randint(-2, 9),
            )
            for _ in range(rng.randint(1, 4))
        ),
        lower=lower,
        upper=tuple(a + (1 if is_binary else rng.randint(1, 4)) for a in lower),
    )


def lp_text(program: Program, rng: random.Random) -> str:
    """Write a program in one of many spellings."""
    names = rng.choice(
        ["xyzw", ["x1", "x2", "x10", "x11"], ["a_b", "B.c", "x(1)", "x(1,2)"], ["#a", "e", "E9", "q~"]]
    )
    word = (lambda text: text.upper()) if rng.random() < 0.2 else (lambda text: text)
    senses = {
        "<": ["<=", "<", "=<"],
        ">": [">=", ">", "=>"],
        "=": ["="],
    }
    lines = [rng.choice(["", "\\ a comment: Maximize", "\\"])]
    lines.append(word(rng.choice(_SENSES[program.is_maximised])))
    constant = f" + {program.constant}" if program.constant else ""
    lines.append(f"{rng.choice(['', ' obj:', ' COST :'])} {_sum(program.objective, names, rng)}{constant}")
    lines.append(word(rng.choice(["Subject To", "subject to", "st", "s.t.", "ST", "such that"])))
    for i, (row, sense, side) in enumerate(program.rows):
        name = rng.choice(["", f" c{i}:", f"R{i} :"])
        space = rng.choice(["", " ", "  "])
        lines.append(f"{name} {_sum(row, names, rng)}{space}{rng.choice(senses[sense])}{space}{side}")
    lines.append(rng.choice(["Bounds", "bound", "BOUNDS"]))
    is_binary = all(a == 0 and b == 1 for a, b in zip(program.lower, program.upper, strict=True))
    for name, a, b in zip(names, program.lower, program.upper, strict=False):
        lines += [] if is_binary else _bound(name, a, b, rng)
    sections = (
        ["Binaries", "Binary", "bin"] if is_binary else ["Generals", "General", "gen", "Integers", "INT"]
    )
    lines.append(rng.choice(sections))
    listed = names[: len(program.lower)]
    lines.append(" " + rng.choice([" ", "\n"]).join(listed))
    lines += rng.choice([["End"], ["end"], ["END", ""]])
    return "\n".join(lines).replace("\n", rng.choice(["\n", "\r\n"])) + "\n"


_SENSES = {True: ["Maximize", "max", "MAXIMUM"], False: ["Minimize", "min", "minimum"]}


def _bound(name: str, lower: int, upper: int, rng: random.Random) -> list[str]:
    if lower == 0 and rng.random() < 0.5:
        return [f" {name} <= {upper}"]
    return rng.choice([[f" {lower} <= {name} <= {upper}"], [f" {name} >= {lower}", f" {name} <= {upper}"]])


def _sum(coefficients: tuple[int, ...], names: list[str] | str, rng: random.Random) -> str:
    text = ""
    for coefficient, name in zip(coefficients, names, strict=False):
        if coefficient == 0:
            continue
        sign = "-" if coefficient < 0 else ("+" if text or rng.random() < 0.3 else "")
        size = "" if abs(coefficient) == 1 and rng.random() < 0.7 else f"{abs(coefficient)}"
        glue = " " if name[0] in "eE#" or rng.random() < 0.8 else ""
        text += f" {sign}{rng.choice(['', ' '])}{size}{glue if size else ' '}{name}{rng.choice(['', '', chr(10)])}"
    return text


def mutate(text: str, rng: random.Random) -> str:
    """Return a text with a token deleted, doubled, replaced by or swapped with another, or the text cut off."""
    tokens = list(TOKEN.finditer(text))
    token, other = rng.choice(tokens), rng.choice(tokens)
    start, end = token.span()
    kind = rng.choice(["delete", "double", "replace", "insert", "cut", "character"])
    pieces = [
        *(t.group() for t in tokens),
        ",",
        ".5",
        "1e3",
        ":",
        "Bounds",
        "End",
        "st",
        "free",
        "inf",
        "-",
        "\\",
    ]
    if kind == "delete":
        return text[:start] + text[end:]
    if kind == "double":
        return f"{text[:end]} {token.group()}{text[end:]}"
    if kind == "replace":
        return text[:start] + other.group() + text[end:]
    if kind == "insert":
        return f"{text[:start]}{rng.choice(pieces)}{rng.choice(['', ' '])}{text[start:]}"
    if kind == "cut":
        return text[: rng.randrange(len(text))]
    at = rng.randrange(len(text))
    return text[:at] + rng.choice("0123456789,.:+-<>= xX\n\\()") + text[at + 1 :]


def highs_optimum(path: Path) -> float | str:
    """Return HiGHS' optimum, ``"refused"`` if it does not read the file, or ``"none"`` if there is no optimum."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    if highs.readModel(str(path)) == highspy.HighsStatus.kError:
        return "refused"
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return "none"
    return float(highs.getObjectiveValue())


def agree(ours: float | str, theirs: float | str) -> bool:
    """Tell whether two optima are one."""
    if isinstance(ours, str) or isinstance(theirs, str):
        return ours == theirs
    return math.isclose(ours, theirs, rel_tol=1e-6, abs_tol=1e-6)
