"""The 72 features of a branching candidate of Khalil et al. 2016, read by compiled kernels.

Source: E. B. Khalil, P. Le Bodic, L. Song, G. Nemhauser, B. Dilkina, Learning to Branch in Mixed Integer
Programming (AAAI 2016), table 1, in the order and with the conventions of Ecole 0.8.1's ``Khalil2016``.
``docs/howto/ecole.md`` lists where Ecole's values are wrong and these differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.policy import CandidateKind
from coplug.errors import SolverError
from coplug.jit import kernel
from coplug.scip import kernels
from coplug.scip import symbols as c
from coplug.scip.library import load_library

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_WEIGHTED = ("count", "sum", "mean", "stddev", "min", "max")

FEATURES = (
    "obj_coef",
    "obj_coef_pos_part",
    "obj_coef_neg_part",
    "n_rows",
    *(f"rows_deg_{s}" for s in _WEIGHTED[2:]),
    *(f"rows_{sign}_coefs_{s}" for sign in ("pos", "neg") for s in ("count", *_WEIGHTED[2:])),
    "slack",
    "ceil_dist",
    *(f"pseudocost_{s}" for s in ("up", "down", "ratio", "sum", "product")),
    *(f"n_cutoff_{s}" for s in ("up", "down", "up_ratio", "down_ratio")),
    *(f"rows_dynamic_deg_{s}" for s in _WEIGHTED[2:]),
    *(f"rows_dynamic_deg_{s}_ratio" for s in ("mean", "min", "max")),
    *(f"coef_{sign}_rhs_ratio_{s}" for sign in ("pos", "neg") for s in ("min", "max")),
    *(
        f"{own}_coef_{others}_coef_ratio_{s}"
        for own in ("pos", "neg")
        for others in ("pos", "neg")
        for s in ("min", "max")
    ),
    *(f"active_coef_weight{w}_{s}" for w in range(1, 5) for s in _WEIGHTED),
)
"""Names of the features, in order."""

N_STATIC_FEATURES = 18
N_DYNAMIC_FEATURES = 54

_DISTANCES, _PSEUDOCOSTS, _CUTOFFS, _DEGREES = 18, 20, 25, 29
_SIDE_RATIOS, _COEFFICIENT_RATIOS, _ACTIVE = 36, 40, 48
_POSITIVE_SUM, _NEGATIVE_SUM, _LHS, _RHS, _DEGREE, _IS_ACTIVE, _WEIGHT = range(7)
_N_ROW_VALUES = 10
_LEAST_PSEUDOCOST = 1e-5
"""Pseudocosts are raised to this before their ratio is taken."""


class KhalilReader:
    """Reads the features, and keeps the static ones from the root of the tree to its last node.

    Static features describe the LP at the root, read again each time that features are asked for there. For a
    variable that was in no LP at the root, or if no features were asked for at the root of the current run, they
    are those of the first LP in which the variable is a candidate.
    """

    def __init__(self) -> None:
        self._static = np.empty((0, N_STATIC_FEATURES))
        self._owners = np.empty(0, np.int64)
        self._run = -1

    def read(self, scip: int, kind: CandidateKind = "lp") -> Float:
        """Return the features of the branching candidates at a node whose LP was solved to optimality.

        Minima and maxima of ratios over no row are 1 and -1 (coefficient to side) or 1 and 0 (coefficient to
        coefficients); every other statistic over nothing is 0. A left-hand side counts as the right-hand side of the
        negated row. Deviations are those of the population.

        Parameters
        ----------
        scip : int
            Address of the SCIP struct.
        kind : "lp" or "pseudo"
            Which candidates; also those that the third weight of active rows counts.

        Returns
        -------
        float64, shape (n_variables, 72)
            Rows in the order of the problem's variables, NaN for what is no candidate or not in the LP; columns as
            in :data:`FEATURES`.

        Raises
        ------
        SolverError
            If libscip cannot be called directly, or the node's LP is not solved.
        """
        library = load_library()
        if not library.usable:
            raise SolverError(f"SCIP's library {library.path} cannot be used directly: {library.reason}")
        variables, columns = _candidates(scip, kind)
        n_columns, n_rows = kernels.sizes(scip)
        scratch = np.empty(n_rows)
        self._keep_static_up_to_date(scip, scratch)
        is_candidate = np.zeros(n_columns, np.bool_)
        is_candidate[columns[columns >= 0]] = True
        rows = np.empty((n_rows, _N_ROW_VALUES))
        _read_rows(scip, is_candidate, rows)
        out = np.full((len(self._owners), len(FEATURES)), np.nan)
        _read_candidates(scip, variables, rows, scratch, self._static, self._owners, out)
        return out

    def _keep_static_up_to_date(self, scip: int, scratch: Float) -> None:
        n_variables, run, depth = _place(scip)
        if depth == 0 or run != self._run or n_variables != len(self._owners):
            self._static = np.empty((n_variables, N_STATIC_FEATURES))
            self._owners = np.full(n_variables, -1, np.int64)
            self._run = run
        if depth == 0:
            _read_static(scip, scratch, self._static, self._owners)


def _candidates(scip: int, kind: CandidateKind) -> tuple[Int, NDArray[np.int32]]:
    array, count = kernels.list_candidates(scip, kind == "pseudo", np.zeros(2, np.int64))
    if count < 0:
        raise SolverError("SCIP refused to list its candidates; the node's LP must be solved first")
    variables, columns = np.empty(count, np.int64), np.empty(count, np.int32)
    kernels.read_candidates(array, variables, columns)
    return variables, columns


@kernel
def _place(scip: int) -> tuple[int, int, int]:
    """Return the number of variables, the number of the run and the depth of the current node."""
    return c.get_n_vars(scip), c.get_n_runs(scip), c.get_depth(scip)


@kernel
def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator != 0.0 else 0.0


@kernel
def _moments(values: Float, n: int, out: Float) -> None:
    """Write mean, deviation, least and largest of ``values[:n]`` into ``out``, shape (4,); zeros if ``n`` is 0."""
    out[:] = 0.0
    if n == 0:
        return
    total = 0.0
    for i in range(n):
        total += values[i]
    mean = total / n
    squares = 0.0
    for i in range(n):
        squares += (values[i] - mean) ** 2
    out[0] = mean
    out[1] = np.sqrt(squares / n)
    out[2] = values[:n].min()
    out[3] = values[:n].max()


@kernel
def _read_rows(scip: int, is_candidate: NDArray[np.bool_], out: Float) -> None:
    """Read what every candidate's features need of each LP row, once.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct.
    is_candidate : bool, shape (n_lp_columns,)
        Whether a column's variable is a candidate.
    out : float64, shape (n_lp_rows, 10)
        Sums of the positive and of the negative coefficients, sides without the row's constant (infinite where there
        is none), degree, whether the row is active, and its four weights.
    """
    infinity = c.infinity(scip)
    epsilon = c.epsilon(scip)
    lp_rows = c.get_lp_rows(scip)
    for i in range(out.shape[0]):
        row = c.load_pointer(lp_rows, i)
        cols = c.row_get_cols(row)
        vals = c.row_get_vals(row)
        positive = negative = of_candidates = 0.0
        for k in range(c.row_get_n_nonz(row)):
            coefficient = c.load_double(vals, k)
            if coefficient > 0.0:
                positive += coefficient
            else:
                negative += coefficient
            position = c.col_get_lp_pos(c.load_pointer(cols, k))
            if position >= 0 and is_candidate[position]:
                of_candidates += abs(coefficient)
        of_all = positive - negative
        lhs, rhs = c.row_get_lhs(row), c.row_get_rhs(row)
        constant = c.row_get_constant(row)
        activity = c.get_row_lp_activity(scip, row)
        out[i, _POSITIVE_SUM] = positive
        out[i, _NEGATIVE_SUM] = negative
        out[i, _LHS] = lhs - constant if abs(lhs) < infinity else -np.inf
        out[i, _RHS] = rhs - constant if abs(rhs) < infinity else np.inf
        out[i, _DEGREE] = c.row_get_n_lp_nonz(row)
        active = abs(activity - lhs) <= epsilon or abs(activity - rhs) <= epsilon
        out[i, _IS_ACTIVE] = 1.0 if active else 0.0
        out[i, _WEIGHT] = 1.0
        out[i, _WEIGHT + 1] = 1.0 / of_all if of_all != 0.0 else 1.0
        out[i, _WEIGHT + 2] = 1.0 / of_candidates if of_candidates != 0.0 else 1.0
        out[i, _WEIGHT + 3] = abs(c.row_get_dualsol(row))


@kernel
def _static_features(col: int, scratch: Float, out: Float) -> None:
    """Write the static features of a column into ``out``, shape (18,); see :func:`_read_candidates`."""
    objective = c.col_get_obj(col)
    n_rows = c.col_get_n_lp_nonz(col)
    rows = c.col_get_rows(col)
    vals = c.col_get_vals(col)
    out[0] = objective
    out[1] = max(objective, 0.0)
    out[2] = min(objective, 0.0)
    out[3] = n_rows
    for k in range(n_rows):
        scratch[k] = c.row_get_n_nonz(c.load_pointer(rows, k))
    _moments(scratch, n_rows, out[4:8])
    at = 8
    for sign in (1.0, -1.0):
        n = 0
        for k in range(n_rows):
            coefficient = c.load_double(vals, k)
            if sign * coefficient > 0.0:
                scratch[n] = coefficient
                n += 1
        out[at] = n
        _moments(scratch, n, out[at + 1 : at + 5])
        at += 5


@kernel
def _read_static(scip: int, scratch: Float, static: Float, owners: Int) -> None:
    """Read the static features of all LP columns; see :func:`_read_candidates`."""
    lp_cols = c.get_lp_cols(scip)
    for j in range(c.get_n_lp_cols(scip)):
        col = c.load_pointer(lp_cols, j)
        var = c.col_get_var(col)
        position = c.var_get_probindex(var)
        _static_features(col, scratch, static[position])
        owners[position] = c.var_get_index(var)


@kernel
def _read_candidates(
    scip: int, variables: Int, rows: Float, scratch: Float, static: Float, owners: Int, out: Float
) -> None:
    """Read the features of the candidates that are in the LP.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct.
    variables : int64, shape (n_candidates,)
        Addresses of the candidates.
    rows : float64, shape (n_lp_rows, 10)
        What :func:`_read_rows` read.
    scratch : float64, shape (n_lp_rows,)
        Room to work in.
    static : float64, shape (n_variables, 18)
        Static features by position in the problem, completed here.
    owners : int64, shape (n_variables,)
        SCIP's unique index of the variable that each row of ``static`` describes, -1 for none: positions move when
        a pricer adds variables.
    out : float64, shape (n_variables, 72)
        Rows of other variables are left alone.
    """
    for k in range(variables.shape[0]):
        var = variables[k]
        if c.var_is_in_lp(var) & 1 == 0:
            continue
        col = c.var_get_col(var)
        position = c.var_get_probindex(var)
        if owners[position] != c.var_get_index(var):
            _static_features(col, scratch, static[position])
            owners[position] = c.var_get_index(var)
        features = out[position]
        features[:N_STATIC_FEATURES] = static[position]
        _distances_and_pseudocosts(scip, var, c.col_get_primsol(col), features)
        _cutoffs(var, features)
        _degrees(col, rows, scratch, features)
        _side_ratios(col, rows, features[_SIDE_RATIOS:_COEFFICIENT_RATIOS])
        _coefficient_ratios(col, rows, features[_COEFFICIENT_RATIOS:_ACTIVE])
        _active_coefficients(col, rows, scratch, features)


@kernel
def _distances_and_pseudocosts(scip: int, var: int, value: float, out: Float) -> None:
    down = up = 0.0
    if c.is_feas_integral(scip, value) & 1 == 0:
        down = c.feas_frac(scip, value)
        up = 1.0 - down
    cost_up = up * c.get_var_pseudocost(scip, var, c.BRANCH_UP)
    cost_down = down * c.get_var_pseudocost(scip, var, c.BRANCH_DOWN)
    raised_up = max(cost_up, _LEAST_PSEUDOCOST)
    raised_down = max(cost_down, _LEAST_PSEUDOCOST)
    out[_DISTANCES] = min(down, up)
    out[_DISTANCES + 1] = up
    out[_PSEUDOCOSTS] = cost_up
    out[_PSEUDOCOSTS + 1] = cost_down
    out[_PSEUDOCOSTS + 2] = min(raised_up, raised_down) / max(raised_up, raised_down)
    out[_PSEUDOCOSTS + 3] = cost_up + cost_down
    out[_PSEUDOCOSTS + 4] = cost_up * cost_down


@kernel
def _cutoffs(var: int, out: Float) -> None:
    up = c.var_get_cutoff_sum(var, c.BRANCH_UP)
    down = c.var_get_cutoff_sum(var, c.BRANCH_DOWN)
    out[_CUTOFFS] = up
    out[_CUTOFFS + 1] = down
    out[_CUTOFFS + 2] = _ratio(up, float(c.var_get_n_branchings(var, c.BRANCH_UP)))
    out[_CUTOFFS + 3] = _ratio(down, float(c.var_get_n_branchings(var, c.BRANCH_DOWN)))


@kernel
def _degrees(col: int, rows: Float, scratch: Float, out: Float) -> None:
    col_rows = c.col_get_rows(col)
    n = c.col_get_n_lp_nonz(col)
    for k in range(n):
        scratch[k] = rows[c.row_get_lp_pos(c.load_pointer(col_rows, k)), _DEGREE]
    now = out[_DEGREES : _DEGREES + 4]
    _moments(scratch, n, now)
    out[_DEGREES + 4] = _ratio(now[0], out[4] + now[0])
    out[_DEGREES + 5] = _ratio(now[2], out[6] + now[2])
    out[_DEGREES + 6] = _ratio(now[3], out[7] + now[3])


@kernel
def _side_ratio(coefficient: float, side: float, out: Float) -> None:
    at = 0 if side >= 0.0 else 2
    ratio = _ratio(coefficient, abs(coefficient) + abs(side))
    out[at] = min(out[at], ratio)
    out[at + 1] = max(out[at + 1], ratio)


@kernel
def _side_ratios(col: int, rows: Float, out: Float) -> None:
    col_rows = c.col_get_rows(col)
    vals = c.col_get_vals(col)
    out[0] = out[2] = 1.0
    out[1] = out[3] = -1.0
    for k in range(c.col_get_n_lp_nonz(col)):
        position = c.row_get_lp_pos(c.load_pointer(col_rows, k))
        coefficient = c.load_double(vals, k)
        if rows[position, _RHS] < np.inf:
            _side_ratio(coefficient, rows[position, _RHS], out)
        if rows[position, _LHS] > -np.inf:
            _side_ratio(-coefficient, -rows[position, _LHS], out)


@kernel
def _coefficient_ratios(col: int, rows: Float, out: Float) -> None:
    col_rows = c.col_get_rows(col)
    vals = c.col_get_vals(col)
    for at in range(0, 8, 2):
        out[at] = 1.0
        out[at + 1] = 0.0
    for k in range(c.col_get_n_lp_nonz(col)):
        position = c.row_get_lp_pos(c.load_pointer(col_rows, k))
        coefficient = c.load_double(vals, k)
        positive, negative = rows[position, _POSITIVE_SUM], rows[position, _NEGATIVE_SUM]
        at = 0 if coefficient > 0.0 else 4
        to_positive = coefficient / (positive if coefficient > 0.0 else coefficient - positive)
        to_negative = coefficient / (coefficient - negative if coefficient > 0.0 else negative)
        out[at] = min(out[at], to_positive)
        out[at + 1] = max(out[at + 1], to_positive)
        out[at + 2] = min(out[at + 2], to_negative)
        out[at + 3] = max(out[at + 3], to_negative)


@kernel
def _active_coefficients(col: int, rows: Float, scratch: Float, out: Float) -> None:
    col_rows = c.col_get_rows(col)
    vals = c.col_get_vals(col)
    for w in range(4):
        n = 0
        count = total = 0.0
        for k in range(c.col_get_n_lp_nonz(col)):
            position = c.row_get_lp_pos(c.load_pointer(col_rows, k))
            if rows[position, _IS_ACTIVE] == 0.0:
                continue
            weight = rows[position, _WEIGHT + w]
            scratch[n] = weight * abs(c.load_double(vals, k))
            count += weight
            total += scratch[n]
            n += 1
        at = _ACTIVE + 6 * w
        out[at] = count
        out[at + 1] = total
        _moments(scratch, n, out[at + 2 : at + 6])
