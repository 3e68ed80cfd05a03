"""Duals eliminated from a step, in either form."""

import numpy as np
import pytest

from coplug.problems.contextual_lp.elimination import WIDEST, Elimination, NullSpace, RowSpace

N, ROWS, COLUMNS, PREDICTED = 5, 4, 7, 6


def drawn(rng, spread):
    matrix = rng.standard_normal((ROWS, COLUMNS))
    weight = np.exp(rng.uniform(-np.log(spread) / 2, np.log(spread) / 2, (N, COLUMNS)))
    return matrix, weight, rng.standard_normal((N, 3)), rng.standard_normal((N, COLUMNS))


@pytest.mark.parametrize("form", [RowSpace, NullSpace])
def test_it_is_what_is_left_of_a_quadratic_function_at_the_best_duals(form):
    matrix, weight, products, weighted = drawn(np.random.default_rng(0), 100.0)
    own = form(matrix, PREDICTED)
    left = own.factorise(weight, products)
    expected = np.zeros_like(left)
    for w, factors, found, g in zip(weight, products, own.left_of(weighted), weighted, strict=True):
        root = np.sqrt(w)
        duals = np.linalg.lstsq(root[:, None] * matrix.T, g / root, rcond=None)[0]
        np.testing.assert_allclose(found, g - w * (matrix.T @ duals), atol=1e-4)  # the damping
        scaled = matrix * root
        rest = np.eye(COLUMNS) - np.linalg.pinv(scaled) @ scaled
        expected += (root[:, None] * rest * root)[:PREDICTED, :PREDICTED, None] * factors
    np.testing.assert_allclose(left, expected, atol=1e-4)


def test_uneven_weights_go_the_exact_way():
    rng = np.random.default_rng(1)
    for spread, form in ((10.0, NullSpace), (1e4 * WIDEST, RowSpace)):
        matrix, weight, products, weighted = drawn(rng, spread)
        weight[0, 0], weight[0, 1] = spread**0.5, spread**-0.5
        both, one = Elimination(matrix, PREDICTED), form(matrix, PREDICTED)
        np.testing.assert_array_equal(both.factorise(weight, products), one.factorise(weight, products))
        np.testing.assert_array_equal(both.left_of(weighted), one.left_of(weighted))


def test_few_rows_and_fixed_variables_go_by_the_rows():
    rng = np.random.default_rng(2)
    matrix, weight = rng.standard_normal((2, 7)), rng.uniform(0.5, 2, (3, 7))
    weight[:, 2] = 0.0
    both = Elimination(matrix, 7)
    both.factorise(weight, np.ones((3, 1)))
    left = both.left_of(weight * rng.standard_normal((3, 7)))
    np.testing.assert_allclose(left @ matrix.T, 0, atol=1e-4)
    np.testing.assert_array_equal(left[:, 2], 0.0)


def test_without_rows_nothing_is_eliminated():
    _, weight, products, weighted = drawn(np.random.default_rng(3), 10.0)
    own = Elimination(np.zeros((0, COLUMNS)), PREDICTED)
    left = own.factorise(weight, products)
    expected = np.einsum("nj,np,jk->jkp", weight[:, :PREDICTED], products, np.eye(PREDICTED))
    np.testing.assert_allclose(left, expected)
    np.testing.assert_allclose(own.left_of(weighted), weighted)
