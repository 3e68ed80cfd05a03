"""Compiled reading of SCIP's state: the LP's structure, its solution, and candidates.

Feature definitions are Ecole 0.8.1's ``NodeBipartite`` (its ``nodebipartite.cpp``), which follows Gasse et al. 2019.
Column numbers below are positions in :data:`coplug.contracts.node.COLUMN_FEATURES` and ``ROW_FEATURES``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.scip import symbols as c

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Int32 = NDArray[np.int32]

AGE_OFFSET = 5.0
"""Added to the number of solved LPs when ages are scaled (Gasse et al. 2019, code)."""

HAS_LHS, HAS_RHS = 1, 2


@kernel
def transform(scip: int) -> bool:
    """Create the transformed problem without presolving it; returns whether SCIP agreed."""
    code: int = c.transform_prob(scip)
    return code == c.SCIP_OKAY


@kernel
def stopped(scip: int) -> bool:
    """Return whether SCIP is about to end its solve."""
    flag: int = c.is_stopped(scip)
    return flag & 1 != 0


@kernel
def sizes(scip: int) -> tuple[int, int]:
    """Return the numbers of LP columns and of LP rows."""
    return c.get_n_lp_cols(scip), c.get_n_lp_rows(scip)


@kernel
def _sides(row: int, infinity: float) -> int:
    sides = 0
    if abs(c.row_get_lhs(row)) < infinity:
        sides |= HAS_LHS
    if abs(c.row_get_rhs(row)) < infinity:
        sides |= HAS_RHS
    return sides


@kernel
def refresh_fingerprint(scip: int, columns: Int, rows: Int, norms: Float) -> tuple[bool, np.int64, np.int64]:
    """Compare the LP with the fingerprint of the last reading and bring that up to date.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct.
    columns : int64, shape (n_lp_columns,)
        SCIP's unique index of each column.
    rows : int64, shape (n_lp_rows, 3)
        Unique index, nonzeros and finite sides of each row.
    norms : float64, shape (n_lp_rows,)
        Euclidean norm of each row: coefficients may change without anything else changing.

    Returns
    -------
    tuple of (bool, int, int)
        Whether anything differed, the number of one-sided rows, the number of their nonzeros.
    """
    infinity = c.infinity(scip)
    lp_cols = c.get_lp_cols(scip)
    lp_rows = c.get_lp_rows(scip)
    changed = False
    for j in range(columns.shape[0]):
        index = np.int64(c.col_get_index(c.load_pointer(lp_cols, j)))
        changed |= columns[j] != index
        columns[j] = index
    n_rows = np.int64(0)
    n_edges = np.int64(0)
    for i in range(rows.shape[0]):
        row = c.load_pointer(lp_rows, i)
        index = np.int64(c.row_get_index(row))
        nonzeros = np.int64(c.row_get_n_lp_nonz(row))
        sides = np.int64(_sides(row, infinity))
        norm = c.row_get_norm(row)
        changed |= rows[i, 0] != index or rows[i, 1] != nonzeros or rows[i, 2] != sides or norms[i] != norm
        rows[i, 0] = index
        rows[i, 1] = nonzeros
        rows[i, 2] = sides
        norms[i] = norm
        copies = (sides & HAS_LHS) + (sides >> 1)
        n_rows += copies
        n_edges += copies * nonzeros
    return changed, n_rows, n_edges


@kernel
def read_structure(
    scip: int,
    rows: Int,
    norms: Float,
    row_ptr: Int,
    edge_columns: Int32,
    edge_values: Float,
    column_features: Float,
    row_features: Float,
) -> None:
    """Read what stays the same while the LP's rows and columns do: edges, cosines, objective, variable types."""
    objective_norm = c.get_obj_norm(scip)
    scale = objective_norm if objective_norm > 0.0 else 1.0
    lp_cols = c.get_lp_cols(scip)
    for j in range(column_features.shape[0]):
        col = c.load_pointer(lp_cols, j)
        var = c.col_get_var(col)
        column_features[j, 0] = c.col_get_obj(col) / scale
        kind = 2 if c.var_is_implied_integral(var) & 1 else c.var_get_type(var)
        for t in range(4):
            column_features[j, 1 + t] = 1.0 if kind == t else 0.0

    lp_rows = c.get_lp_rows(scip)
    out = 0
    edge = 0
    row_ptr[0] = 0
    for i in range(rows.shape[0]):
        row = c.load_pointer(lp_rows, i)
        cols = c.row_get_cols(row)
        vals = c.row_get_vals(row)
        norm = norms[i] if norms[i] > 0.0 else 1.0
        product = 0.0
        for k in range(c.row_get_n_nonz(row)):
            product += c.load_double(vals, k) * c.col_get_obj(c.load_pointer(cols, k))
        norm_product = norms[i] * objective_norm
        cosine = product / norm_product if norm_product > c.epsilon(scip) else 0.0
        nonzeros = rows[i, 1]
        for side in (HAS_LHS, HAS_RHS):
            if rows[i, 2] & side == 0:
                continue
            sign = -1.0 if side == HAS_LHS else 1.0
            for k in range(nonzeros):
                edge_columns[edge + k] = c.col_get_lp_pos(c.load_pointer(cols, k))
                edge_values[edge + k] = sign * c.load_double(vals, k) / norm
            edge += nonzeros
            row_features[out, 1] = sign * cosine
            out += 1
            row_ptr[out] = edge


@kernel
def read_columns(scip: int, out: Float) -> None:
    """Read the columns' features that change from node to node into ``out``, shape (n_columns, 19)."""
    infinity = c.infinity(scip)
    epsilon = c.epsilon(scip)
    objective_norm = c.get_obj_norm(scip)
    scale = objective_norm if objective_norm > 0.0 else 1.0
    age_scale = c.get_n_lps(scip) + AGE_OFFSET
    incumbent = c.get_best_sol(scip)
    lp_cols = c.get_lp_cols(scip)
    for j in range(out.shape[0]):
        col = c.load_pointer(lp_cols, j)
        var = c.col_get_var(col)
        lb = c.col_get_lb(col)
        ub = c.col_get_ub(col)
        value = c.col_get_primsol(col)
        has_lb = abs(lb) < infinity
        has_ub = abs(ub) < infinity
        out[j, 5] = 1.0 if has_lb else 0.0
        out[j, 6] = 1.0 if has_ub else 0.0
        out[j, 7] = c.get_col_redcost(scip, col) / scale
        out[j, 8] = value
        out[j, 9] = 0.0 if out[j, 4] == 1.0 else c.feas_frac(scip, value)
        out[j, 10] = 1.0 if has_lb and abs(value - lb) <= epsilon else 0.0
        out[j, 11] = 1.0 if has_ub and abs(value - ub) <= epsilon else 0.0
        out[j, 12] = c.col_get_age(col) / age_scale
        if incumbent != 0:
            out[j, 13] = c.get_sol_val(scip, incumbent, var)
            out[j, 14] = c.var_get_avg_sol(var)
        else:
            out[j, 13] = np.nan
            out[j, 14] = np.nan
        basis = c.col_get_basis_status(col)
        for b in range(4):
            out[j, 15 + b] = 1.0 if basis == b else 0.0


@kernel
def read_rows(scip: int, rows: Int, norms: Float, out: Float) -> None:
    """Read the rows' features that change from node to node into ``out``, shape (n_rows, 5)."""
    epsilon = c.epsilon(scip)
    objective_norm = c.get_obj_norm(scip)
    scale = objective_norm if objective_norm > 0.0 else 1.0
    age_scale = c.get_n_lps(scip) + AGE_OFFSET
    lp_rows = c.get_lp_rows(scip)
    i_out = 0
    for i in range(rows.shape[0]):
        row = c.load_pointer(lp_rows, i)
        norm = norms[i] if norms[i] > 0.0 else 1.0
        constant = c.row_get_constant(row)
        activity = c.get_row_lp_activity(scip, row)
        dual = c.row_get_dualsol(row) / (norm * scale)
        age = c.row_get_age(row) / age_scale
        for side in (HAS_LHS, HAS_RHS):
            if rows[i, 2] & side == 0:
                continue
            sign = -1.0 if side == HAS_LHS else 1.0
            bound = c.row_get_lhs(row) if side == HAS_LHS else c.row_get_rhs(row)
            out[i_out, 0] = sign * (bound - constant) / norm
            out[i_out, 2] = 1.0 if abs(activity - bound) <= epsilon else 0.0
            out[i_out, 3] = sign * dual
            out[i_out, 4] = age
            i_out += 1


@kernel
def list_candidates(scip: int, pseudo: bool, scratch: Int) -> tuple[int, int]:
    """Ask SCIP for its branching candidates.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct.
    pseudo : bool
        All integer variables that are not fixed, instead of those fractional in the LP solution.
    scratch : int64, shape (2,)
        Where SCIP leaves the array and its length.

    Returns
    -------
    tuple of (int, int)
        Address of SCIP's array of candidates and their number; the number is -1 if SCIP reported an error.
    """
    scratch[0] = 0
    scratch[1] = 0
    array = scratch.ctypes.data
    count = array + 8
    if pseudo:
        code = c.get_pseudo_branch_cands(scip, array, count, 0)
    else:
        code = c.get_lp_branch_cands(scip, array, 0, 0, count, 0, 0)
    if code != c.SCIP_OKAY:
        return 0, -1
    return scratch[0], scratch[1] & 0xFFFFFFFF


@kernel
def read_candidates(array: int, variables: Int, columns: Int32) -> None:
    """Copy the candidates at ``array``: their variables' addresses and LP positions, both shape (n,)."""
    for k in range(variables.shape[0]):
        var = c.load_pointer(array, k)
        variables[k] = var
        columns[k] = c.col_get_lp_pos(c.var_get_col(var)) if c.var_is_in_lp(var) & 1 else -1


@kernel
def column_variables(scip: int, out: Int) -> None:
    """Write the position of each LP column's variable in the problem into ``out``, shape (n_lp_columns,)."""
    lp_cols = c.get_lp_cols(scip)
    for j in range(out.shape[0]):
        out[j] = c.var_get_probindex(c.col_get_var(c.load_pointer(lp_cols, j)))


@kernel
def candidate_variables(variables: Int, out: Int) -> None:
    """Write the position of each variable in the problem into ``out``, shape (n,)."""
    for k in range(variables.shape[0]):
        out[k] = c.var_get_probindex(variables[k])


@kernel
def pseudocost_scores(scip: int, variables: Int, out: Float) -> None:
    """Write SCIP's pseudocost score of each variable at its LP value into ``out``, shape (n,)."""
    for k in range(variables.shape[0]):
        out[k] = c.get_var_pseudocost_score(scip, variables[k], c.var_get_lp_sol(variables[k]))


@kernel
def branch_on(scip: int, variable: int) -> bool:
    """Create the children of the current node for ``variable``; returns whether SCIP agreed."""
    code: int = c.branch_var(scip, variable, 0, 0, 0)
    return code == c.SCIP_OKAY


@kernel
def strong_branching_scores(
    scip: int, variables: Int, iteration_limit: int, bounds: Float, flags: Int32, gains: Float, out: Float
) -> int:
    """Score each variable by strong branching and leave SCIP as it was.

    The semantics of SCIP's ``vanillafullstrong`` rule with ``scoreall``, ``collectscores``, ``donotbranch`` and
    ``idempotent``; an integral candidate gets a third gain of zero, for the child that keeps its value.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct.
    variables : int64, shape (n,)
        Addresses of the candidates.
    iteration_limit : int
        Simplex iterations for each of the two LPs.
    bounds : float64, shape (2,)
        Scratch: bounds of the down and up branch.
    flags : int32, shape (7,)
        Scratch: SCIP's flags.
    gains : float64, shape (3,)
        Scratch: gains of the branches.
    out : float64, shape (n,)
        The scores; ``-infinity`` from the first LP error on, as SCIP's rule leaves them.

    Returns
    -------
    int
        Number of candidates that were scored, or -1 if SCIP reported an error.
    """
    for k in range(out.shape[0]):
        out[k] = -c.infinity(scip)
    if c.is_stopped(scip) & 1:
        return 0
    objective = c.get_lp_objval(scip)
    if c.start_strongbranch(scip, 0) != c.SCIP_OKAY:
        return -1
    down = bounds.ctypes.data
    up = down + 8
    flag = flags.ctypes.data
    scored = 0
    failed = False
    for k in range(variables.shape[0]):
        variable = variables[k]
        integral = c.is_feas_integral(scip, c.var_get_lp_sol(variable)) & 1
        bounds[0] = bounds[1] = -c.infinity(scip)
        flags[:] = 0
        strongbranch_arguments = (
            down,
            up,
            flag,
            flag + 4,
            flag + 8,
            flag + 12,
            flag + 16,
            flag + 20,
            flag + 24,
        )
        if integral:
            code = c.get_var_strongbranch_int(scip, variable, iteration_limit, 1, *strongbranch_arguments)
        else:
            code = c.get_var_strongbranch_frac(scip, variable, iteration_limit, 1, *strongbranch_arguments)
        if code != c.SCIP_OKAY:
            failed = True
            break
        if flags[6] & 1:
            break
        gains[0] = max(bounds[0], objective) - objective
        gains[1] = max(bounds[1], objective) - objective
        gains[2] = 0.0
        out[k] = c.get_branch_score_multiple(scip, variable, 3 if integral else 2, gains.ctypes.data)
        scored += 1
    if c.end_strongbranch(scip) != c.SCIP_OKAY or failed:
        return -1
    return scored
