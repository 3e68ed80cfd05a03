"""Linear programs all of whose variables are binary."""

from __future__ import annotations

from pathlib import Path

from coplug.errors import InstanceError
from coplug.scip.linear_program import ProgramRows, read_linear_program


def read_binary_program(path: Path) -> ProgramRows:
    """Read a file.

    Raises
    ------
    InstanceError
        If it cannot be read, a variable is not binary or is fixed, or a constraint is not linear.
    """
    program = read_linear_program(path)
    for variable in program.variables:
        if variable.kind != "BINARY":
            raise InstanceError(
                f"{path}: variable {variable.name} is {variable.kind.lower()}; expected binary ones"
            )
        if (variable.lower, variable.upper) != (0.0, 1.0):
            raise InstanceError(
                f"{path}: variable {variable.name} has the bounds {variable.lower:g} and {variable.upper:g}, "
                "expected 0 and 1; leave it out if it is fixed"
            )
    return program
