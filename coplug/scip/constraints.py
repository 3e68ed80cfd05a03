"""The linear constraints and the variables of the problem as it stands, before SCIP starts to branch."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import SolverError
from coplug.jit import kernel
from coplug.scip import symbols as c
from coplug.scip.library import load_library

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Int32 = NDArray[np.int32]

BINARY, INTEGER, IMPLICIT_INTEGER, CONTINUOUS = range(4)
"""Kinds of variables in :attr:`ProblemVariables.kinds`."""


@dataclass(frozen=True, slots=True)
class ConstraintMatrix:
    """The constraints as rows ``sum of coefficients * variables <= bias``.

    A constraint gives a row for each finite side, first the left-hand one, which is negated.

    Attributes
    ----------
    values : float64, shape (n_nonzeros,)
        Coefficients, by rows; in a row, in SCIP's order.
    rows : int64, shape (n_nonzeros,)
        Row of each coefficient.
    columns : int64, shape (n_nonzeros,)
        Variable of each coefficient; no pair of row and variable appears twice.
    biases : float64, shape (n_rows,)
        Right-hand sides.
    n_variables : int
        Number of columns of the matrix.
    """

    values: Float
    rows: Int
    columns: Int
    biases: Float
    n_variables: int

    @property
    def n_rows(self) -> int:
        """Number of one-sided rows."""
        return len(self.biases)


@dataclass(frozen=True, slots=True)
class ProblemVariables:
    """The variables, each array of shape (n_variables,).

    Attributes
    ----------
    objective : float64
        Coefficients of the objective as one to be minimised.
    kinds : int64
        :data:`BINARY`, :data:`INTEGER`, :data:`IMPLICIT_INTEGER` or :data:`CONTINUOUS`.
    lower : float64
        Lower bounds, ``-inf`` where there is none.
    upper : float64
        Upper bounds, ``inf`` where there is none.
    """

    objective: Float
    kinds: Int
    lower: Float
    upper: Float


def read_constraints(scip: int, normalize: bool = False, linear_only: bool = False) -> ConstraintMatrix:
    """Return the constraints of the original problem in stage PROBLEM, later of the transformed one.

    Variables that were fixed, aggregated or negated are replaced by the active variables they stand for.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct, in a stage from PROBLEM to PRESOLVED.
    normalize : bool
        Divide each row, its bias included, by the Euclidean norm of its coefficients.
    linear_only : bool
        Leave out constraints that are not linear.

    Raises
    ------
    SolverError
        If a constraint is not linear and shall not be left out, or libscip cannot be called directly.
    """
    _require_library()
    n_constraints, n_variables, longest = _sizes(scip, np.zeros(2, np.int32))
    size = max(longest, n_variables, 1)
    buffers = (np.empty(size, np.int64), np.empty(size), np.zeros(3, np.int32), np.zeros(1))
    n_terms = _count_terms(scip, *buffers, linear_only)
    if n_terms < 0:
        raise _not_linear(scip, -n_terms - 1)
    starts = np.zeros(n_constraints + 1, np.int64)
    sides = np.empty((n_constraints, 2))
    columns = np.empty(n_terms, np.int64)
    values = np.empty(n_terms)
    last = np.full(n_variables, -1, np.int64)
    _read_terms(scip, *buffers, last, starts, sides, columns, values)
    return _one_sided(starts, sides, columns, values, n_variables, normalize)


def _one_sided(
    starts: Int, sides: Float, columns: Int, values: Float, n_variables: int, normalize: bool
) -> ConstraintMatrix:
    constraint, side = np.nonzero(np.isfinite(sides))
    scale = np.where(side == 0, -1.0, 1.0)
    if normalize:
        scale /= _norms(starts, values)[constraint]
    lengths = np.diff(starts)[constraint]
    offsets = starts[constraint] - (np.cumsum(lengths) - lengths)
    source = np.arange(lengths.sum()) + np.repeat(offsets, lengths)
    rows = np.repeat(np.arange(len(constraint)), lengths)
    return ConstraintMatrix(
        values[source] * scale[rows], rows, columns[source], sides[constraint, side] * scale, n_variables
    )


def _norms(starts: Int, values: Float) -> Float:
    """Return the Euclidean norm of each constraint, 1 where it has no coefficients."""
    n_constraints = len(starts) - 1
    owner = np.repeat(np.arange(n_constraints), np.diff(starts))
    norms = np.sqrt(np.bincount(owner, values[: starts[-1]] ** 2, n_constraints))
    norms[norms == 0.0] = 1.0
    return norms


def read_variables(scip: int) -> ProblemVariables:
    """Return the variables of the original problem in stage PROBLEM, later the active ones.

    Raises
    ------
    SolverError
        If libscip cannot be called directly.
    """
    _require_library()
    numbers = np.empty((3, n_variables_of(scip)))
    kinds = np.empty(numbers.shape[1], np.int64)
    _read_variables(scip, numbers, kinds)
    return ProblemVariables(numbers[0], kinds, numbers[1], numbers[2])


@kernel
def n_variables_of(scip: int) -> int:
    """Return the number of variables of the problem as it stands."""
    n: int = c.get_n_vars(scip)
    return n


@kernel
def external_objective(scip: int, value: float) -> float:
    """Turn a value of the objective of :class:`ProblemVariables` into one of the objective as it was given."""
    external: float = (
        c.retransform_obj(scip, value)
        if c.get_stage(scip) >= c.STAGE_TRANSFORMED
        else c.get_objsense(scip) * value + c.get_orig_obj_offset(scip)
    )
    return external


@kernel
def _read_variables(scip: int, numbers: Float, kinds: Int) -> None:
    """Read the variables' objective and bounds into ``numbers``, shape (3, n), and their kinds, shape (n,)."""
    infinity = c.infinity(scip)
    # Only the original problem's coefficients are those of a maximisation; transforming negates them.
    sign = 1.0 if c.get_stage(scip) >= c.STAGE_TRANSFORMED else float(c.get_objsense(scip))
    variables = c.get_vars(scip)
    for j in range(kinds.shape[0]):
        var = c.load_pointer(variables, j)
        lower, upper = c.var_get_lb_local(var), c.var_get_ub_local(var)
        numbers[0, j] = sign * c.var_get_obj(var)
        numbers[1, j] = lower if abs(lower) < infinity else -np.inf
        numbers[2, j] = upper if abs(upper) < infinity else np.inf
        kinds[j] = IMPLICIT_INTEGER if c.var_is_implied_integral(var) & 1 else c.var_get_type(var)


@kernel
def _sizes(scip: int, scratch: Int32) -> tuple[int, int, int]:
    """Return the numbers of constraints and variables, and the length of the longest constraint."""
    constraints = c.get_conss(scip)
    n_constraints = c.get_n_conss(scip)
    data = scratch.ctypes.data
    longest = 0
    for i in range(n_constraints):
        scratch[0] = 0
        c.get_cons_n_vars(scip, c.load_pointer(constraints, i), data, data + 4)
        longest = max(longest, scratch[0])
    return n_constraints, c.get_n_vars(scip), longest


@kernel
def _fetch(
    scip: int, constraint: int, variables: Int, coefficients: Float, flags: Int32, constant: Float
) -> int:
    """Read a constraint in terms of active variables.

    Parameters
    ----------
    scip, constraint : int
        Addresses of the SCIP struct and of the constraint.
    variables : int64, shape (size,)
        Addresses of the variables, on return.
    coefficients : float64, shape (size,)
        Their coefficients, on return.
    flags : int32, shape (3,)
        Scratch: SCIP's counts and flags.
    constant : float64, shape (1,)
        What the sum holds besides, on return.

    Returns
    -------
    int
        Number of terms, -1 if the constraint is not linear.
    """
    size = variables.shape[0]
    count = flags.ctypes.data
    success, required = count + 4, count + 8
    vars_at, coefficients_at = variables.ctypes.data, coefficients.ctypes.data
    constant[0] = 0.0
    flags[1] = 0
    code = c.get_cons_n_vars(scip, constraint, count, success)
    if code != c.SCIP_OKAY or flags[1] & 1 == 0:
        return -1
    code = c.get_cons_vars(scip, constraint, vars_at, size, success)
    if code != c.SCIP_OKAY or flags[1] & 1 == 0:
        return -1
    code = c.get_cons_vals(scip, constraint, coefficients_at, size, success)
    if code != c.SCIP_OKAY or flags[1] & 1 == 0:
        return -1
    if c.get_stage(scip) >= c.STAGE_TRANSFORMED:
        code = c.get_probvar_linear_sum(
            scip, vars_at, coefficients_at, count, size, constant.ctypes.data, required
        )
        fits: bool = code == c.SCIP_OKAY and flags[2] <= size
        return int(flags[0]) if fits else -1
    for k in range(flags[0]):
        var = variables[k]
        if c.var_is_negated(var) & 1:
            constant[0] += coefficients[k] * c.var_get_negation_constant(var)
            coefficients[k] = -coefficients[k]
            variables[k] = c.var_get_negated_var(var)
    return int(flags[0])


@kernel
def _has_sides(scip: int, constraint: int, flags: Int32) -> bool:
    """Tell whether SCIP knows the constraint's sides, which it does for linear ones only."""
    success = flags.ctypes.data + 4
    flags[1] = 0
    c.cons_get_lhs(scip, constraint, success)
    known = flags[1] & 1
    flags[1] = 0
    c.cons_get_rhs(scip, constraint, success)
    known &= flags[1]
    return bool(known)


@kernel
def _count_terms(
    scip: int, variables: Int, coefficients: Float, flags: Int32, constant: Float, linear_only: bool
) -> int:
    """Return how many terms the constraints have at most, or ``-1 - i`` where constraint ``i`` is not linear."""
    constraints = c.get_conss(scip)
    total = 0
    for i in range(c.get_n_conss(scip)):
        constraint = c.load_pointer(constraints, i)
        # Sides first: SCIP reads a null pointer when asked for the coefficients of SOS constraints without weights.
        is_linear = _has_sides(scip, constraint, flags)
        n = _fetch(scip, constraint, variables, coefficients, flags, constant) if is_linear else -1
        if n < 0 and not linear_only:
            return -1 - i
        total += max(n, 0)
    return total


@kernel
def _read_terms(
    scip: int,
    variables: Int,
    coefficients: Float,
    flags: Int32,
    constant: Float,
    last: Int,
    starts: Int,
    sides: Float,
    columns: Int,
    values: Float,
) -> None:
    """Read all constraints that are linear, after :func:`_count_terms`; others are left without terms and sides.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct.
    variables, coefficients, flags, constant
        As in :func:`_fetch`.
    last : int64, shape (n_variables,)
        Scratch, filled with -1: where the last coefficient of each variable went.
    starts : int64, shape (n_constraints + 1,)
        The terms of constraint ``i`` are ``starts[i]:starts[i + 1]``.
    sides : float64, shape (n_constraints, 2)
        Left and right-hand sides, infinite where there is none.
    columns : int64, shape (n_terms,)
        Positions of the variables; terms of one variable are added up.
    values : float64, shape (n_terms,)
        Coefficients.
    """
    infinity = c.infinity(scip)
    constraints = c.get_conss(scip)
    success = flags.ctypes.data + 4
    edge = 0
    for i in range(sides.shape[0]):
        constraint = c.load_pointer(constraints, i)
        is_linear = _has_sides(scip, constraint, flags)
        n = _fetch(scip, constraint, variables, coefficients, flags, constant) if is_linear else -1
        for k in range(n):
            column = c.var_get_probindex(variables[k])
            if last[column] >= starts[i]:
                values[last[column]] += coefficients[k]
                continue
            columns[edge] = column
            values[edge] = coefficients[k]
            last[column] = edge
            edge += 1
        starts[i + 1] = edge
        if n < 0:
            sides[i, 0], sides[i, 1] = -np.inf, np.inf
            continue
        lhs = c.cons_get_lhs(scip, constraint, success)
        rhs = c.cons_get_rhs(scip, constraint, success)
        sides[i, 0] = lhs - constant[0] if abs(lhs) < infinity else -np.inf
        sides[i, 1] = rhs - constant[0] if abs(rhs) < infinity else np.inf


@kernel
def _names(scip: int, index: int) -> tuple[int, int]:
    """Return the addresses of the name and of the type's name of constraint number ``index``."""
    constraint = c.load_pointer(c.get_conss(scip), index)
    return c.cons_get_name(constraint), c.conshdlr_get_name(c.cons_get_hdlr(constraint))


def _not_linear(scip: int, index: int) -> SolverError:
    name, kind = (ctypes.string_at(address).decode(errors="replace") for address in _names(scip, index))
    return SolverError(
        f"constraint {name!r} is not linear (type {kind!r}), so there is no matrix of constraints; "
        "use a problem with linear constraints only"
    )


def _require_library() -> None:
    library = load_library()
    if not library.usable:
        raise SolverError(f"SCIP's library {library.path} cannot be used directly: {library.reason}")
