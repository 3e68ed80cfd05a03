"""A mixed instance, and oracles for small ones."""

import itertools

import numpy as np
import pyscipopt
import scipy.optimize
import scipy.sparse

from coplug.problems.milp.instance import MilpInstance


def optimum_by_highs(instance):
    sign = 1.0 if instance.sense == "min" else -1.0
    result = scipy.optimize.milp(
        sign * instance.objective,
        constraints=scipy.optimize.LinearConstraint(instance.matrix, instance.row_lhs, instance.row_rhs),
        bounds=scipy.optimize.Bounds(instance.lower, instance.upper),
        integrality=instance.integral.astype(int),
    )
    assert result.success, result.message
    return sign * result.fun


def optimum_by_enumeration(instance):
    assert instance.binary.all()
    points = np.array(list(itertools.product((0.0, 1.0), repeat=instance.n_columns)))
    activity = points @ instance.matrix.toarray().T
    feasible = ((activity >= instance.row_lhs) & (activity <= instance.row_rhs)).all(axis=1)
    values = points[feasible] @ instance.objective
    return values.min() if instance.sense == "min" else values.max()


def read(path):
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    return model


def optimum_by_scip(path):
    model = read(path)
    model.optimize()
    assert model.getStatus() == "optimal"
    value = model.getObjVal()
    model.free()
    return value


def mixed_instance(**changes):
    """One of each: an equation, a range, an empty row, free, fixed, integer and unused variables."""
    matrix = [
        [1, 2.5, 0, -1 / 3, 0, 0],
        [0, 1, 1, 0, 1e-7, 0],
        [1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 1, 0],
    ]
    parts = {
        "name": "mixed-0001",
        "family": "mixed",
        "sense": "max",
        "objective": [0.1, -2, 0, 1 / 3, 1e-5, 0],
        "matrix": scipy.sparse.csr_array(np.array(matrix)),
        "row_lhs": [1, -np.inf, 0.1, -1, -3],
        "row_rhs": [1, 5.123456789012345, np.inf, np.inf, 7.5],
        "lower": [0, -np.inf, -2, 0, 1, 1.25],
        "upper": [1, np.inf, 9, 1, np.inf, 1.25],
        "integral": [1, 0, 1, 0, 1, 0],
        "variable_names": ["x1", "y", "z_2", "w", "v", "unused"],
        "row_names": ["C1", "C2", "C3", "C4", "R5"],
        "seed": 12345,
        "parameters": {"a": 1, "b": 0.5},
    }
    return MilpInstance(**(parts | changes))
