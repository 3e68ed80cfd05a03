"""What SCIP's readers leave wrong in a model, and what tells that a model is not the one in the file."""

from __future__ import annotations

import re
from pathlib import Path

import pyscipopt

from coplug.errors import InstanceError
from coplug.jit import kernel
from coplug.scip import symbols as c
from coplug.scip.library import load_library, scip_pointer
from coplug.scip.model_files.lp import Outline


def enforce_rows(model: pyscipopt.Model) -> None:
    """Make every constraint one that solutions must satisfy.

    SCIP's LP reader takes the last row before ``User Cuts`` for a cut. What a cut cuts off is no solution anyway, so
    that nothing is lost by holding solutions to it.
    """
    for constraint in model.getConss():
        if not (constraint.isChecked() and constraint.isEnforced()):
            model.setCheck(constraint, True)
            model.setEnforced(constraint, True)
            model.setInitial(constraint, True)


def mend_binaries(model: pyscipopt.Model) -> None:
    """Keep binary variables to 0 and 1 as well as to their bounds; SCIP fails on those with other bounds.

    Where nothing is left, the variable becomes an integer one with its bounds the wrong way round, which SCIP finds
    infeasible.
    """
    if load_library().usable and not _has_other_binaries(scip_pointer(model)):
        return
    for variable in model.getVars():
        if variable.vtype() != "BINARY":
            continue
        lower, upper = variable.getLbOriginal(), variable.getUbOriginal()
        if 0.0 <= lower <= upper <= 1.0:
            continue
        lower, upper = max(lower, 0.0), min(upper, 1.0)
        if lower > upper:
            model.chgVarType(variable, "I")
        model.chgVarLb(variable, lower)
        model.chgVarUb(variable, upper)


@kernel
def _has_other_binaries(scip: int) -> bool:
    """Tell whether a binary variable of a problem that is not transformed has other bounds than 0 and 1."""
    variables = c.get_vars(scip)
    for i in range(c.get_n_vars(scip)):
        variable = c.load_pointer(variables, i)
        if c.var_get_type(variable) != c.BINARY:
            continue
        lower, upper = c.var_get_lb_local(variable), c.var_get_ub_local(variable)
        if not 0.0 <= lower <= upper <= 1.0:
            return True
    return False


def compare(model: pyscipopt.Model, outline: Outline, path: Path) -> None:
    """See that SCIP read what stands in an LP file, and that a file without its ``End`` is whole.

    Raises
    ------
    InstanceError
        If the sense, the number of rows or of integers differs, or the list of integers may be cut off.
    """
    if (model.getObjectiveSense() == "maximize") != outline.is_maximised:
        raise InstanceError(_difference(path, "the other objective sense", "its first line says"))
    if outline.n_rows is not None:
        n_integers = model.getNBinVars() + model.getNIntVars()
        for what, read, stands in (
            ("rows", model.getNConss(), outline.n_rows),
            ("integer variables", n_integers, outline.n_integers),
        ):
            if read != stands:
                raise InstanceError(_difference(path, f"{read} {what}", f"{stands} are there"))
    if not outline.is_whole:
        _check_list(model, path)


def _difference(path: Path, read: str, stands: str) -> str:
    return f"SCIP read {read} from {path} where {stands}; write the model in another format, such as .mps"


def _check_list(model: pyscipopt.Model, path: Path) -> None:
    """Refuse a list of integers that may be cut off: there are continuous variables of the same kind of name.

    A kind of name is what is left without digits; names without digits are of one kind.
    """
    kinds: dict[bool, dict[str, str]] = {True: {}, False: {}}
    for variable in model.getVars():
        kinds[variable.vtype() == "CONTINUOUS"].setdefault(_kind(variable.name), variable.name)
    for kind in kinds[True].keys() & kinds[False].keys():
        raise InstanceError(
            f"{path} does not end with the line End and may be cut off: {kinds[False][kind]} is in its last list of "
            f"integers or binaries, {kinds[True][kind]} is not; if it is complete, add that line"
        )


def _kind(name: str) -> str:
    kind = re.sub(r"\d+", "", name)
    return kind if kind != name else ""
