"""Named groups of SCIP parameters, and setting parameters with errors a user can act on."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import pyscipopt

from coplug.errors import ParameterError
from coplug.scip.messages import captured_errors

ParameterValue = bool | int | float | str
Parameters = Mapping[str, ParameterValue]

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


PROTOCOLS = {"default": scip_defaults, "gasse": gasse_protocol}
"""Settings under which policies are compared, as functions of the seed."""


def apply_parameters(model: pyscipopt.Model, parameters: Parameters) -> None:
    """Set SCIP parameters.

    Raises
    ------
    ParameterError
        If SCIP has no such parameter (the message suggests close names), or refuses the value.
    """
    for name, value in parameters.items():
        _apply(model, name, value)


def _apply(model: pyscipopt.Model, name: str, value: ParameterValue) -> None:
    try:
        current = model.getParam(name)
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        close = difflib.get_close_matches(name, model.getParams(), n=3)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        raise ParameterError(f"SCIP has no parameter {name!r}{hint}") from error
    converted = _convert(name, value, current)
    try:
        with captured_errors():
            model.setParam(name, converted)
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        raise ParameterError(f"SCIP refuses {name} = {value}: the value is outside its range") from error


def _convert(name: str, value: ParameterValue, current: object) -> ParameterValue:
    """Turn the text of a command line into the type that SCIP's parameter has."""
    if not isinstance(value, str):
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


def read_settings_file(model: pyscipopt.Model, path: Path) -> None:
    """Load a ``.set`` file.

    Raises
    ------
    ParameterError
        If the file is missing, or a line in it is not a parameter that SCIP accepts.
    """
    if not path.is_file():
        raise ParameterError(f"settings file {path} does not exist")
    try:
        with captured_errors() as errors:
            model.readParams(str(path))
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        raise ParameterError(f"SCIP cannot read settings file {path}: {errors.summary()}") from error
