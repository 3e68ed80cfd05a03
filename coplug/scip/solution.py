"""Solutions of a model: the values of the best one, and reading a possibly partial start."""

from __future__ import annotations

from pathlib import Path

import pyscipopt

from coplug.errors import InstanceError


def solution_values(model: pyscipopt.Model) -> dict[str, float] | None:
    """Return the nonzero values of the best solution by original variable name, or None without one."""
    if model.getNSols() == 0:
        return None
    best = model.getBestSol()
    values = ((variable.name, model.getSolVal(best, variable)) for variable in model.getVars())
    return {name: value for name, value in values if value != 0.0}


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
        If the file is missing, a line is malformed, or a variable is not in the model.
    """
    values = _parse_start(path)
    variables = {variable.name: variable for variable in model.getVars()}
    unknown = [name for name in values if name not in variables]
    if unknown:
        raise InstanceError(
            f"start {path}: the model has no variable {unknown[0]} ({len(unknown)} such names)"
        )
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


def _parse_start(path: Path) -> dict[str, float]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InstanceError(f"start {path} cannot be read: {error}") from error
    values: dict[str, float] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith(("#", "solution status:", "objective value:")):
            continue
        fields = line.split()
        try:
            values[fields[0]] = float(fields[1])
        except (IndexError, ValueError) as error:
            raise InstanceError(
                f"start {path}, line {number}: expected 'variable value', found {line!r}"
            ) from error
    if not values:
        raise InstanceError(f"start {path} holds no 'variable value' line")
    return values
