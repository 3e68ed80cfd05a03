import numpy as np
import pytest
import scipy.sparse

from coplug.errors import UsageError
from tests.problems.milp.milp_helpers import mixed_instance


def test_arrays_are_brought_to_their_types():
    instance = mixed_instance()
    assert instance.objective.dtype == np.float64
    assert instance.integral.dtype == np.bool_
    assert instance.matrix.dtype == np.float64
    assert (instance.n_rows, instance.n_columns) == (5, 6)
    assert instance.binary.tolist() == [True] + [False] * 5


def test_matrix_is_made_canonical():
    entries = ([1.0, 2.0, 3.0, -3.0], ([0, 0, 1, 1], [4, 0, 2, 2]))
    matrix = mixed_instance(matrix=scipy.sparse.coo_array(entries, shape=(5, 6))).matrix
    assert matrix.indices.tolist() == [0, 4]
    assert matrix.indptr.tolist() == [0, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objective": [1.0]}, "objective of mixed-0001 has shape"),
        ({"row_rhs": [1.0]}, "row_rhs of mixed-0001 has shape"),
        ({"variable_names": ["x"]}, "names 1 variables"),
        ({"objective": [np.nan] * 6}, "infinite or NaN coefficient"),
        ({"lower": [np.nan] * 6}, "lower side above the upper"),
        ({"lower": [2, 0, 0, 0, 0, 0]}, "lower side above the upper"),
        ({"row_lhs": [9, 9, 9, 9, 9]}, "lower side above the upper"),
        ({"row_lhs": [-np.inf] * 5, "row_rhs": [np.inf] * 5}, "without a finite side"),
        ({"variable_names": ["x", "x", "a", "b", "c", "d"]}, "not unique"),
        ({"variable_names": ["a b", "x", "c", "d", "f", "g"]}, "cannot stand in an LP file"),
        ({"variable_names": ["e5", "x", "c", "d", "f", "g"]}, "cannot stand in an LP file"),
        ({"variable_names": ["Free", "x", "c", "d", "f", "g"]}, "cannot stand in an LP file"),
        ({"row_names": ["obj", "x", "c", "d", "f"]}, "cannot stand in an LP file"),
        ({"name": "two words"}, "has spaces"),
        ({"sense": "maximize"}, "sense 'maximize' is unknown"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        mixed_instance(**changes)


def test_instance_without_variables_is_refused():
    empty = {key: [] for key in ("objective", "row_lhs", "row_rhs", "lower", "upper", "integral")}
    with pytest.raises(UsageError, match="no variables"):
        mixed_instance(matrix=scipy.sparse.csr_array((0, 0)), variable_names=[], row_names=[], **empty)
