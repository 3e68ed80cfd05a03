import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coplug.algorithms.fronts.sorting import front_numbers

POINTS = st.tuples(st.integers(0, 30), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 5).map(float))
)


def dominates(a, b):
    return bool((a >= b).all() and (a > b).any())


@given(points=POINTS)
@settings(deadline=None, max_examples=100)
def test_fronts_are_peeled_off_one_by_one(points):
    left, number, expected = set(range(len(points))), 0, np.zeros(len(points), int)
    while left:
        front = {i for i in left if not any(dominates(points[j], points[i]) for j in left)}
        expected[sorted(front)] = number
        left -= front
        number += 1
    np.testing.assert_array_equal(front_numbers(points), expected)
