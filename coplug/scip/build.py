"""Building a SCIP model of a mixed-integer linear program in memory, without a file in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import pyscipopt
from numpy.typing import NDArray
from pyscipopt.scip import Expr, ExprCons, Term

from coplug.errors import SolverError
from coplug.jit import kernel
from coplug.scip import symbols as c
from coplug.scip.library import load_library, scip_pointer
from coplug.scip.messages import solver_errors

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Int32 = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@runtime_checkable
class Milp(Protocol):
    """What is built; :class:`coplug.problems.milp.instance.MilpInstance` is one and documents it in full."""

    @property
    def name(self) -> str:
        """Of the problem."""
        ...

    @property
    def sense(self) -> Literal["min", "max"]:
        """Whether the objective is minimised or maximised."""
        ...

    @property
    def objective(self) -> Float:
        """Coefficients, shape (n_columns,)."""
        ...

    @property
    def matrix(self) -> Any:
        """Rows of coefficients, a canonical ``scipy.sparse.csr_array``."""
        ...

    @property
    def row_lhs(self) -> Float:
        """Left-hand sides, ``-inf`` where open."""
        ...

    @property
    def row_rhs(self) -> Float:
        """Right-hand sides, ``inf`` where open."""
        ...

    @property
    def lower(self) -> Float:
        """Lower bounds of the variables, ``-inf`` where open."""
        ...

    @property
    def upper(self) -> Float:
        """Upper bounds of the variables, ``inf`` where open."""
        ...

    @property
    def integral(self) -> NDArray[np.bool_]:
        """Which variables are integer."""
        ...

    @property
    def binary(self) -> NDArray[np.bool_]:
        """Which of them have bounds 0 and 1."""
        ...

    @property
    def variable_names(self) -> Sequence[str]:
        """Unique names."""
        ...

    @property
    def row_names(self) -> Sequence[str]:
        """Unique names."""
        ...


def build_model(instance: Milp) -> pyscipopt.Model:
    """Return a quiet model of the instance, with its names; the caller frees it.

    SCIP has the variables in the same order as if it had read the instance's LP file, and solves it alike, except that
    a row with two finite sides stays one constraint. It keeps variables by type, so their order is the instance's
    where all are of one.

    Raises
    ------
    SolverError
        If SCIP refuses a part of it.
    """
    model = pyscipopt.Model(instance.name)
    model.hideOutput()
    build = _build_compiled if load_library().usable else _build_portable
    try:
        with solver_errors(f"build the model of {instance.name}"):
            build(model, instance)
    except SolverError:
        model.free()
        raise
    return model


def _build_compiled(model: pyscipopt.Model, instance: Milp) -> None:
    lower, upper, lhs, rhs = _sides(model, instance)
    kinds = np.where(instance.binary, c.BINARY, np.where(instance.integral, c.INTEGER, c.CONTINUOUS))
    matrix = instance.matrix
    built = _build(
        scip_pointer(model),
        c.MAXIMIZE if instance.sense == "max" else c.MINIMIZE,
        *_packed(instance.variable_names),
        lower,
        upper,
        instance.objective,
        kinds.astype(np.int32),
        *_packed(instance.row_names),
        matrix.indptr,
        matrix.indices,
        matrix.data,
        lhs,
        rhs,
        np.empty(len(kinds), np.int64),
        np.empty(int(np.diff(matrix.indptr).max(initial=0)), np.int64),
    )
    if not built:
        raise ValueError("a variable or a row was refused")


def _sides(model: pyscipopt.Model, instance: Milp) -> list[Float]:
    """Return lower and upper bounds of variables, left- and right-hand sides of rows, infinite as SCIP has it."""
    infinity = model.infinity()
    sides = (instance.lower, instance.upper, instance.row_lhs, instance.row_rhs)
    return [np.clip(side, -infinity, infinity) for side in sides]


def _packed(names: Sequence[str]) -> tuple[Bytes, Int]:
    """Return all names, each with a zero byte at its end, and where each begins."""
    encoded = [name.encode() for name in names]
    text = np.frombuffer(b"\0".join((*encoded, b"")), np.uint8)
    return text, np.cumsum([0, *(len(name) + 1 for name in encoded)])


@kernel
def _build(
    scip: int,
    sense: int,
    variable_names: Bytes,
    variable_name_starts: Int,
    lower: Float,
    upper: Float,
    objective: Float,
    kinds: Int32,
    row_names: Bytes,
    row_name_starts: Int,
    row_ptr: Int32,
    columns: Int32,
    values: Float,
    lhs: Float,
    rhs: Float,
    variables: Int,
    row_variables: Int,
) -> bool:
    """Add variables and constraints, in the steps in which SCIP reads an LP file; returns whether it agreed.

    ``variables`` and ``row_variables`` are room for the addresses of all variables and of those of the longest row.
    """
    slot = np.zeros(1, np.int64)
    place = slot.ctypes.data
    if c.set_objsense(scip, sense) != c.SCIP_OKAY:
        return False
    for j in range(len(variables)):
        name = variable_names.ctypes.data + variable_name_starts[j]
        code = c.create_var_basic(scip, place, name, lower[j], upper[j], objective[j], c.CONTINUOUS)
        if code != c.SCIP_OKAY or c.add_var(scip, slot[0]) != c.SCIP_OKAY:
            return False
        variables[j] = slot[0]
        c.release_var(scip, place)  # the problem holds it
    for kind in (c.BINARY, c.INTEGER):
        for j in range(len(variables)):
            if kinds[j] == kind and c.chg_var_type(scip, variables[j], kind, place) != c.SCIP_OKAY:
                return False
    for i in range(len(lhs)):
        first, last = row_ptr[i], row_ptr[i + 1]
        for k in range(first, last):
            row_variables[k - first] = variables[columns[k]]
        name = row_names.ctypes.data + row_name_starts[i]
        terms = (np.int32(last - first), row_variables.ctypes.data, values.ctypes.data + 8 * first)
        # Initial, separated, enforced, checked and propagated; neither local nor modifiable; dynamic, as SCIP's readers
        # of files make constraints; neither removable nor sticking at a node.
        code = c.create_cons_linear(scip, place, name, *terms, lhs[i], rhs[i], 1, 1, 1, 1, 1, 0, 0, 1, 0, 0)
        if code != c.SCIP_OKAY or c.add_cons(scip, slot[0]) != c.SCIP_OKAY:
            return False
        c.release_cons(scip, place)
    return True


def _build_portable(model: pyscipopt.Model, instance: Milp) -> None:
    """Do the same through PySCIPOpt's calls, ten times slower."""
    *bounds, lhs, rhs = _sides(model, instance)
    columns = (*bounds, instance.objective)
    variables = [
        model.addVar(name, "C", lower, upper, objective)
        for name, lower, upper, objective in zip(
            instance.variable_names, *(column.tolist() for column in columns), strict=True
        )
    ]
    for kind, chosen in (("B", instance.binary), ("I", instance.integral & ~instance.binary)):
        for j in np.flatnonzero(chosen).tolist():
            model.chgVarType(variables[j], kind)
    terms = [Term(variable) for variable in variables]
    (model.setMaximize if instance.sense == "max" else model.setMinimize)()
    matrix = instance.matrix
    starts, indices, values = (part.tolist() for part in (matrix.indptr, matrix.indices, matrix.data))
    for i, name in enumerate(instance.row_names):
        row = range(starts[i], starts[i + 1])
        expression = Expr({terms[indices[k]]: values[k] for k in row})
        model.addCons(ExprCons(expression, lhs[i], rhs[i]), name=name, dynamic=True)
