"""Named groups of SCIP parameters, and setting parameters with errors a user can act on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import pyscipopt

from coplug.errors import ParameterError
from coplug.scip.messages import captured_errors
from coplug.scip.paths import scip_path
from coplug.scip.renamed_parameters import RENAMED, successor

ParameterValue = bool | int | float | str
Parameters = Mapping[str, ParameterValue]

LARGEST_SEED = 2**31 - 1
"""The largest that SCIP's parameters ``randomization/*seed*`` take."""

_SETTING = re.compile(r"([A-Za-z][\w/-]*)\s*=\s*\S")
_EMPHASIS = re.compile(r"emphasis\s*:\s*\w")
"""Lines of a ``.set`` file that choose a whole group of settings."""

DUAL_TASK = "ml4co"
"""The protocol under which time limits count from the first branching decision; see :mod:`coplug.scip.dual_task`."""

CPU_CLOCK = 1
WALL_CLOCK = 2


def gasse_protocol(seed: int) -> dict[str, ParameterValue]:
    """Return the SCIP settings of Gasse et al. 2019 (its ``utilities.py``): cuts at the root only, no restarts.

    Variables are permuted by the seed, and SCIP counts CPU seconds.
    """
    return {
        "separating/maxrounds": 0,
        "presolving/maxrestarts": 0,
        "randomization/permutevars": True,
        "randomization/permutationseed": seed,
        "randomization/randomseedshift": seed,
        "timing/clocktype": CPU_CLOCK,
    }


def scip_defaults(seed: int) -> dict[str, ParameterValue]:
    """Return SCIP's full defaults with only the seed and the CPU clock set."""
    return {"randomization/randomseedshift": seed, "timing/clocktype": CPU_CLOCK}


def permuted(seed: int) -> dict[str, ParameterValue]:
    """Return SCIP's defaults with rows and columns permuted and random seeds shifted by the seed, and the CPU clock.

    Another seed is another path to the same optimum: what is better under several is not so by luck.
    """
    return scip_defaults(seed) | {"randomization/permutevars": True, "randomization/permutationseed": seed}


def dual_task_protocol(seed: int) -> dict[str, ParameterValue]:
    """Return the SCIP settings of the ML4CO competition's dual task: no primal heuristics, no restarts.

    The heuristics are those that ``SCIPsetHeuristics`` turns off, by frequency -1.
    """
    return scip_defaults(seed) | {"estimation/restarts/restartpolicy": "n", **_no_heuristics()}


@cache
def _no_heuristics() -> dict[str, ParameterValue]:
    """Return the frequencies of all heuristics as SCIP turns them off."""
    model = pyscipopt.Model()
    try:
        model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
        parameters = model.getParams()
        return {
            name: value
            for name, value in parameters.items()
            if name.startswith("heuristics/") and name.endswith("/freq")
        }
    finally:
        model.free()


PROTOCOLS = {
    "default": scip_defaults,
    "permuted": permuted,
    "gasse": gasse_protocol,
    DUAL_TASK: dual_task_protocol,
}
"""Settings under which policies are compared, as functions of the seed."""


def apply_parameters(model: pyscipopt.Model, parameters: Parameters) -> dict[str, ParameterValue]:
    """Set SCIP parameters, all or none; returns the values that they had before.

    Raises
    ------
    ParameterError
        If SCIP has no such parameter (the message suggests close names), or refuses the value.
    """
    before: dict[str, ParameterValue] = {}
    try:
        for name, value in parameters.items():
            before[name] = _apply(model, name, value)
    except ParameterError:
        for name, value in before.items():
            model.setParam(name, value)
        raise
    return before


def parameter(model: pyscipopt.Model, name: str) -> ParameterValue:
    """Return a parameter's value.

    Raises
    ------
    ParameterError
        If SCIP has no such parameter (the message suggests close names).
    """
    try:
        value: ParameterValue = model.getParam(name)
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        raise ParameterError(_unknown(name, model.getParams())) from error
    return value


def _apply(model: pyscipopt.Model, name: str, value: ParameterValue) -> ParameterValue:
    current = parameter(model, name)
    converted = _convert(name, value, current)
    try:
        with captured_errors():
            model.setParam(name, converted)
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        raise ParameterError(f"SCIP refuses {name} = {value}: the value is outside its range") from error
    return current


def _convert(name: str, value: ParameterValue, current: object) -> ParameterValue:
    """Turn the text of a command line, or a number of another type, into the type that SCIP's parameter has."""
    if not isinstance(value, str):
        whole = isinstance(value, (int, float)) and float(value).is_integer()
        fits = value in (0, 1) if isinstance(current, bool) else whole or not isinstance(current, int)
        if not fits:
            kind = type(current).__name__
            raise ParameterError(f"SCIP parameter {name} takes a value of type {kind}, not {value!r}")
        return value
    text = value.strip()
    try:
        if isinstance(current, bool):
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if isinstance(current, int):
            return int(text)
        if isinstance(current, float):
            return float(text)
    except (KeyError, ValueError) as error:
        kind = type(current).__name__
        raise ParameterError(f"SCIP parameter {name} takes a value of type {kind}, not {value!r}") from error
    return text


def settings_in_file(path: Path) -> frozenset[str]:
    """Return the names of the parameters that a ``.set`` file sets.

    Raises
    ------
    ParameterError
        If the file cannot be read or has a line that is no setting.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"settings file {path} cannot be read: {error}") from error
    names = set()
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text or _EMPHASIS.match(text):
            continue
        setting = _SETTING.match(text)
        if setting is None:
            raise ParameterError(
                f"settings file {path}, line {number}: expected 'name = value', found {line!r}"
            )
        names.add(setting.group(1))
    return frozenset(names)


def read_settings_file(model: pyscipopt.Model, path: Path) -> None:
    """Load a ``.set`` file. SCIP only warns about a name it does not know, so names are checked first.

    Raises
    ------
    ParameterError
        If the file cannot be read, or a line in it is not a parameter that SCIP accepts.
    """
    names = settings_in_file(path)
    known = model.getParams()
    for name in sorted(names):
        if name not in known:
            raise ParameterError(f"settings file {path}: {_unknown(name, known)}")
    readable = scip_path(path)
    if readable is None:
        raise ParameterError(f"settings file {path}: SCIP opens no file whose name is not UTF-8; rename it")
    try:
        with captured_errors() as errors:
            model.readParams(readable)
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        raise ParameterError(f"SCIP cannot read settings file {path}: {errors.summary()}") from error
    if errors.getvalue().strip():  # PySCIPOpt does not raise where SCIP stops reading
        raise ParameterError(f"SCIP cannot read settings file {path}: {errors.summary()}")


def _unknown(name: str, known: Collection[str]) -> str:
    if (here := successor(name, known)) is not None:
        return f"this SCIP has no parameter {name!r}; it calls it {here}"
    if name in RENAMED:
        return f"SCIP has no parameter {name!r} any more; its successor is {RENAMED[name]}"
    close = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {', '.join(close)}?" if close else ""
    return f"SCIP has no parameter {name!r}{hint}"
