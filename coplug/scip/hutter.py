"""The 33 instance features of Hutter et al. 2011, computed from the problem as it stands before branching.

Source: F. Hutter, H. H. Hoos, K. Leyton-Brown, Sequential Model-Based Optimization for General Algorithm Configuration
(LION 2011); definitions from F. Hutter, L. Xu, H. H. Hoos, K. Leyton-Brown, Algorithm Runtime Prediction: Methods and
Evaluation (Artificial Intelligence 206, 2014), MIP features. Order and selection are those of Ecole 0.8.1's
``Hutter2011``; ``docs/howto/ecole.md`` lists where Ecole's values are wrong and these differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.scip.constraints import (
    CONTINUOUS,
    ConstraintMatrix,
    ProblemVariables,
    external_objective,
    read_constraints,
    read_variables,
)

Float = NDArray[np.float64]
Int = NDArray[np.int64]

FEATURES = (
    "nb_variables",
    "nb_constraints",
    "nb_nonzero_coefs",
    *(
        f"{side}_node_degree_{s}"
        for side in ("variable", "constraint")
        for s in ("mean", "max", "min", "std")
    ),
    *(f"node_degree_{s}" for s in ("mean", "max", "min", "std", "25q", "75q")),
    "edge_density",
    "lp_slack_mean",
    "lp_slack_max",
    "lp_slack_l2",
    "lp_objective_value",
    *(f"objective_coef_{scale}_std" for scale in ("m", "n", "sqrtn")),
    *(f"constraint_{entry}_{s}" for entry in ("coef", "var_coef") for s in ("mean", "std")),
    "discrete_vars_support_size_mean",
    "discrete_vars_support_size_std",
    "ratio_unbounded_discrete_vars",
    "ratio_continuous_vars",
)
"""Names of the features, in order."""

_TOLERANCE = 1e-6
_LARGEST_PRODUCT = 2**22
"""Entries of the variable graph's adjacency matrix that may be held at a time."""


def hutter_features(scip: int) -> Float:
    """Return the features of the problem as it stands.

    The matrix is that of one-sided rows, see :class:`coplug.scip.constraints.ConstraintMatrix`. A variable is
    discrete if it is binary, integer or implicitly integer. Statistics over nothing are 0, the share of unbounded
    variables among no discrete ones is 1, and features of an LP relaxation without an optimum are NaN. Deviations are
    those of the population.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct, in a stage from PROBLEM to PRESOLVED.

    Returns
    -------
    float64, shape (33,)
        In the order of :data:`FEATURES`.

    Raises
    ------
    SolverError
        If a constraint is not linear, or libscip cannot be called directly.
    """
    matrix = read_constraints(scip)
    variables = read_variables(scip)
    variable_degrees = np.bincount(matrix.columns, minlength=matrix.n_variables)
    row_degrees = np.bincount(matrix.rows, minlength=matrix.n_rows)
    return np.array(
        [
            matrix.n_variables,
            matrix.n_rows,
            len(matrix.values),
            *_spread(variable_degrees),
            *_spread(row_degrees),
            *_variable_graph(matrix),
            *_relaxation(scip, matrix, variables),
            *_objective(variables.objective, variable_degrees, matrix.n_rows),
            *_entries(matrix, row_degrees),
            *_types(variables),
        ],
        np.float64,
    )


def _spread(values: Float | Int) -> tuple[float, float, float, float]:
    """Return mean, maximum, minimum and deviation; zeros of nothing."""
    if len(values) == 0:
        return 0.0, 0.0, 0.0, 0.0
    return float(values.mean()), float(values.max()), float(values.min()), float(values.std())


def _mean_and_deviation(values: Float) -> tuple[float, float]:
    mean, _, _, deviation = _spread(values)
    return mean, deviation


def _variable_graph(matrix: ConstraintMatrix) -> list[float]:
    """Describe the graph whose edges join variables that share a row: degrees, their quartiles, density."""
    n = matrix.n_variables
    degrees = graph_degrees(matrix)
    quartiles = np.quantile(degrees, (0.25, 0.75)) if n else np.zeros(2)
    density = float(degrees.sum()) / (n * (n - 1)) if n > 1 else 0.0
    return [*_spread(degrees), *quartiles.tolist(), density]


def graph_degrees(matrix: ConstraintMatrix) -> Int:
    """Return with how many other variables each one shares a row, shape (n_variables,)."""
    import scipy.sparse

    n = matrix.n_variables
    ones = np.ones(len(matrix.values), np.int32)
    pattern = scipy.sparse.csr_array((ones, (matrix.rows, matrix.columns)), (matrix.n_rows, n))
    transposed = pattern.T.tocsr()
    step = max(1, _LARGEST_PRODUCT // max(n, 1))
    blocks = [np.diff((transposed[at : at + step] @ pattern).indptr) for at in range(0, n, step)]
    with_itself = np.concatenate(blocks) if blocks else np.zeros(0, np.int64)
    degrees: Int = with_itself.astype(np.int64) - (np.diff(transposed.indptr) > 0)
    return degrees


def _relaxation(scip: int, matrix: ConstraintMatrix, variables: ProblemVariables) -> list[float]:
    """Return mean, maximum and Euclidean norm of the discrete variables' slack, and the LP's objective value."""
    solution = relaxation_solution(matrix, variables)
    if solution is None:
        return [np.nan] * 4
    discrete = solution[variables.kinds != CONTINUOUS]
    slack = np.abs(discrete - np.round(discrete))
    mean, largest, _, _ = _spread(slack)
    objective = external_objective(scip, float(variables.objective @ solution))
    return [mean, largest, float(np.linalg.norm(slack)), objective]


def relaxation_solution(matrix: ConstraintMatrix, variables: ProblemVariables) -> Float | None:
    """Return a basic optimal solution of the LP relaxation, shape (n_variables,), None where there is none.

    HiGHS solves it from the matrix, so that neither the model nor its limits and plugins have a part in it.
    """
    import scipy.optimize
    import scipy.sparse

    if matrix.n_variables == 0:
        return np.zeros(0)
    shape = (matrix.n_rows, matrix.n_variables)
    result = scipy.optimize.linprog(
        variables.objective,
        scipy.sparse.csr_array((matrix.values, (matrix.rows, matrix.columns)), shape),
        matrix.biases,
        bounds=np.column_stack((variables.lower, variables.upper)),
        method="highs-ds",
    )
    return np.asarray(result.x, np.float64) if result.status == 0 else None


def _objective(objective: Float, variable_degrees: Int, n_rows: int) -> list[float]:
    """Return the deviations of the coefficients over the number of rows, and over each variable's, and its root."""
    used = variable_degrees > 0
    degrees = variable_degrees[used]
    scaled = (objective / max(n_rows, 1), objective[used] / degrees, objective[used] / np.sqrt(degrees))
    return [_mean_and_deviation(values)[1] for values in scaled]


def _entries(matrix: ConstraintMatrix, row_degrees: Int) -> list[float]:
    """Return mean and deviation of the entries over their row's bias, and of the rows' coefficients of variation.

    Rows whose bias is 0 have no part in the first two. The coefficient of variation is the deviation over the mean
    of the absolute values of a row's entries; no scaling of the row changes it.
    """
    biases = matrix.biases[matrix.rows]
    scaled = matrix.values[biases != 0.0] / biases[biases != 0.0]
    absolute = np.abs(matrix.values)
    lengths = np.maximum(row_degrees, 1)
    means = np.bincount(matrix.rows, absolute, matrix.n_rows) / lengths
    squares = np.bincount(matrix.rows, (absolute - means[matrix.rows]) ** 2, matrix.n_rows)
    filled = means > 0.0
    variation = np.sqrt(squares / lengths)[filled] / means[filled]
    return [*_mean_and_deviation(scaled), *_mean_and_deviation(variation)]


def _types(variables: ProblemVariables) -> list[float]:
    """Return mean and deviation of the numbers of values of discrete variables, and shares of types."""
    discrete = variables.kinds != CONTINUOUS
    n_variables, n_discrete = len(discrete), int(discrete.sum())
    lower, upper = variables.lower[discrete], variables.upper[discrete]
    bounded = np.isfinite(lower) & np.isfinite(upper)
    sizes = np.floor(upper[bounded] + _TOLERANCE) - np.ceil(lower[bounded] - _TOLERANCE) + 1.0
    unbounded = float((~bounded).sum()) / n_discrete if n_discrete else 1.0
    return [*_mean_and_deviation(sizes), unbounded, (n_variables - n_discrete) / max(n_variables, 1)]
