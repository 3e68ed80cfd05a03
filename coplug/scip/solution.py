"""Solutions of a model: the values of the best one, and reading a possibly partial start."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Collection
from pathlib import Path

import pyscipopt

from coplug.errors import InstanceError
from coplug.scip.library import load_library
from coplug.scip.model_files.text import clean_text
from coplug.scip.progress import INFINITY

AUXILIARY = re.compile(r"quadobjvar|objconstvar|indslack_.*")
"""Variables that SCIP's readers add for quadratic objectives, constants and indicator constraints."""


def solution_values(model: pyscipopt.Model) -> dict[str, float] | None:
    """Return the nonzero values of the best solution by original variable name, or None without one.

    What SCIP calls infinite, which happens in unbounded problems, is ``inf``; auxiliary variables are left out.
    """
    if model.getNSols() == 0:
        return None
    best = model.getBestSol()
    infinity = model.infinity()
    values = ((variable_name(variable), model.getSolVal(best, variable)) for variable in model.getVars())
    return {
        name: value if abs(value) < infinity else math.copysign(math.inf, value)
        for name, value in values
        if value != 0.0 and not AUXILIARY.fullmatch(name)
    }


def variable_name(variable: pyscipopt.Variable) -> str:
    """Return a variable's name; one that is not UTF-8, in a model that others read, is taken for Latin-1."""
    try:
        return str(variable.name)
    except UnicodeDecodeError:
        library = ctypes.CDLL(load_library().path)
        library.SCIPvarGetName.restype = ctypes.c_char_p
        name: bytes = library.SCIPvarGetName(ctypes.c_void_p(variable.ptr()))
        return name.decode("latin-1")


def add_start(model: pyscipopt.Model, path: Path) -> int:
    """Give SCIP a start from a ``.sol`` file, which may leave variables out.

    Solvers leave zeros out of such files, people leave out what they do not know. So a start that is feasible with
    zeros for what is missing is taken as it is; any other is a partial one, which SCIP completes with its
    ``completesol`` heuristic, whose limit on the share of unknown variables is lifted for it.

    Returns
    -------
    int
        Number of variables that the start fixes.

    Raises
    ------
    InstanceError
        If the file is missing, a line is malformed, a value is not finite, or a variable is not in the model.
    """
    variables = {variable_name(variable): variable for variable in model.getVars()}
    values = _parse_start(path, variables)
    complete = _solution(model.createSol(), model, variables, values)
    if model.checkSol(complete, printreason=False, original=True):
        model.addSol(complete)
        return len(values)
    model.freeSol(complete)
    model.addSol(_solution(model.createPartialSol(), model, variables, values))
    model.setParam("heuristics/completesol/maxunknownrate", 1.0)
    return len(values)


def _solution(
    solution: pyscipopt.scip.Solution,
    model: pyscipopt.Model,
    variables: dict[str, pyscipopt.Variable],
    values: dict[str, float],
) -> pyscipopt.scip.Solution:
    for name, value in values.items():
        model.setSolVal(solution, variables[name], value)
    return solution


def _parse_start(path: Path, names: Collection[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for number, line in enumerate(_lines(path), 1):
        name, text = _split(line, names)
        if not line.strip() or line.startswith(_HEADERS) or (line.startswith("#") and name not in names):
            continue
        value = _number(text)
        if value is None:
            raise InstanceError(f"start {path}, line {number}: expected 'variable value', found {line!r}")
        if not abs(value) < INFINITY:
            raise InstanceError(
                f"start {path}, line {number}: expected a finite value for {name}, found {line!r}"
            )
        if name not in names:
            raise InstanceError(f"start {path}, line {number}: the model has no variable {name}")
        if values.setdefault(name, value) != value:
            raise InstanceError(f"start {path}, line {number}: a second value for {name}, found {line!r}")
    if not values:
        raise InstanceError(f"start {path} holds no 'variable value' line")
    return values


_HEADERS = ("solution status:", "objective value:")
_OBJECTIVE = re.compile(r"\s*\(obj:[^()]*\)\s*$")
"""What SCIP writes after a value."""
_PAIR = re.compile(r"(.+)\s(\S+)", re.DOTALL)


def _lines(path: Path) -> list[str]:
    """Return the lines of a start; what is not UTF-8 is taken for Latin-1, as in a model file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InstanceError(f"start {path} cannot be read: {error.strerror or error}") from error
    # Names may hold characters that str.splitlines takes for line ends.
    return [line.removesuffix("\r") for line in clean_text(content, path).decode().split("\n")]


def _split(line: str, names: Collection[str]) -> tuple[str, str]:
    """Return what stands before the last blank, and after it; a name may hold blanks, also at its ends."""
    fields = _PAIR.fullmatch(_OBJECTIVE.sub("", line).rstrip())
    if fields is None:
        return "", ""
    name, value = fields.groups()
    return (name if name in names else name.strip()), value


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
