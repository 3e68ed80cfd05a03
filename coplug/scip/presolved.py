"""What a heuristic reads of the presolved problem, and how it hands solutions in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyscipopt
import scipy.sparse
from numpy.typing import NDArray

from coplug.scip.constraints import INTEGER, read_constraints, read_variables

Float = NDArray[np.float64]

LinearPart = tuple[scipy.sparse.csr_array, Float, Float, Float, Float, NDArray[np.bool_]]
"""Rows ``matrix @ x <= biases``, the objective to be minimised, lower and upper bounds, and which are integral."""


def linear_part(scip: int) -> LinearPart:
    """Return the problem as it stands, without constraints that are not linear.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct, presolved or being solved.

    Returns
    -------
    matrix : csr_array of float64, shape (rows, variables)
    biases : float64, shape (rows,)
    objective, lower, upper : float64, shape (variables,)
        In the order of SCIP's active variables.
    integral : bool, shape (variables,)
    """
    rows, variables = read_constraints(scip, linear_only=True), read_variables(scip)
    shape = (rows.n_rows, rows.n_variables)
    matrix = scipy.sparse.csr_array((rows.values, (rows.rows, rows.columns)), shape=shape)
    integral = variables.kinds <= INTEGER
    return matrix, rows.biases, variables.objective, variables.lower, variables.upper, integral


def hand_in(
    model: pyscipopt.Model,
    heuristic: pyscipopt.Heur,
    variables: Sequence[pyscipopt.Variable],
    point: Float,
) -> bool:
    """Offer SCIP a point of the presolved problem, float64, shape (variables,); return whether it takes it."""
    solution = model.createSol(heuristic)
    for j in np.flatnonzero(point).tolist():
        model.setSolVal(solution, variables[j], float(point[j]))
    return bool(model.trySol(solution, printreason=False, completely=False))
