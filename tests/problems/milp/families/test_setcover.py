import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.problems.milp.families.setcover import SetCover
from tests.problems.milp.milp_helpers import optimum_by_enumeration, optimum_by_highs


def draw(seed, **parameters):
    return SetCover(**parameters).generate(np.random.RandomState(seed))


def test_easy_instance_is_as_published():
    instance = draw(0)
    assert (instance.n_rows, instance.n_columns, instance.matrix.nnz) == (500, 1000, 25000)
    assert instance.sense == "min"
    assert set(instance.objective) <= set(range(1, 101))
    assert len(set(instance.objective)) > 90
    assert instance.binary.all()


@settings(max_examples=60, deadline=None)
@given(
    n_rows=st.integers(2, 60),
    n_columns=st.integers(1, 60),
    density=st.floats(0.05, 1.0),
    max_coefficient=st.integers(1, 1000),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_column_has_two_ones_and_every_row_one(n_rows, n_columns, density, max_coefficient, seed):
    try:
        instance = draw(
            seed, n_rows=n_rows, n_columns=n_columns, density=density, max_coefficient=max_coefficient
        )
    except UsageError:
        assume(False)
    matrix = instance.matrix
    assert (matrix.data == 1).all()
    assert matrix.nnz == int(n_rows * n_columns * density)
    assert (matrix.sum(axis=0) >= 2).all()
    assert (matrix.sum(axis=1) >= 1).all()
    assert instance.objective.min() >= 1
    assert instance.objective.max() <= max_coefficient
    assert (instance.objective == np.floor(instance.objective)).all()


def test_two_oracles_agree():
    instance = draw(3, n_rows=10, n_columns=12, density=0.3)
    assert optimum_by_highs(instance) == pytest.approx(optimum_by_enumeration(instance))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_rows": 1}, "n_rows >= 2"),
        ({"n_columns": 0}, "n_columns >= 1"),
        ({"density": 0.0}, r"take it in \(0, 1\]"),
        ({"density": float("nan")}, r"take it in \(0, 1\]"),
        ({"density": 1.5}, r"take it in \(0, 1\]"),
        ({"density": 0.001}, r"raise density above 0\.004"),
        ({"max_coefficient": 0}, "take it >= 1"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        SetCover(**parameters)


def test_column_fuller_than_the_rows_is_refused():
    with pytest.raises(UsageError, match="lower density below"):
        draw(0, n_rows=3, n_columns=30, density=0.99)
