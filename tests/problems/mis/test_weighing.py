import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplug.errors import InstanceError
from coplug.graphs.graph import from_edges
from coplug.problems.mis.weighing import EXACT_TOTAL, ROUNDED_TOTAL, weigh, whole_weights

PATH = np.array([(0, 1), (1, 2)])


def whole(*weights):
    values, unit, exact = whole_weights(np.array(weights, dtype=np.float64))
    return values.tolist(), unit, exact


def test_whole_weights_stay_but_for_a_common_divisor():
    assert whole(3, 5, 200) == ([3, 5, 200], 1, True)
    assert whole(30, 50, 2000) == ([3, 5, 200], 10, True)
    assert whole(7, 7, 7) == ([1, 1, 1], 7, True)
    assert whole() == ([], 1, True)


def test_decimal_fractions_are_exact():
    assert whole(0.1, 0.2, 0.7) == ([1, 2, 7], Fraction(1, 10), True)
    assert whole(0.25, 19.99) == ([25, 1999], Fraction(1, 100), True)
    assert whole(1e-6, 3.0) == ([1, 3_000_000], Fraction(1, 10**6), True)


def test_other_fractions_are_rounded_to_a_share_of_their_sum():
    weights = np.array([math.pi, math.e, 1e-300, 1e-3])
    values, unit, exact = whole_weights(weights)
    assert not exact
    assert values.min() == 1
    assert abs(float(values.sum() * unit) - weights.sum()) < 4 * weights.sum() / ROUNDED_TOTAL
    np.testing.assert_allclose(values * float(unit), weights, atol=weights.sum() / ROUNDED_TOTAL)


def test_sums_up_to_2_to_the_53_are_exact_and_larger_ones_rounded():
    assert whole(EXACT_TOTAL - 3, 3) == ([EXACT_TOTAL - 3, 3], 1, True)
    values, unit, exact = whole(float(EXACT_TOTAL), 3.0)
    assert not exact
    assert values == [1, 1] or sum(values) <= 2 * ROUNDED_TOTAL
    assert math.isclose(values[0] * unit, EXACT_TOTAL, rel_tol=1e-9)
    assert whole(1e300, 2e300)[2] is False


def test_sums_that_no_float_holds_are_one_line():
    with pytest.raises(InstanceError, match="scale them down") as caught:
        whole(1.5e308, 1.5e308)
    assert "\n" not in str(caught.value)
    with pytest.raises(InstanceError, match="scale them down"):
        weigh(from_edges(2, np.array([(0, 1)]), node_weights=[-1.5e308, -1.5e308]))


@given(st.lists(st.floats(5e-324, 1e307), min_size=1, max_size=12))
def test_any_positive_weights_become_positive_whole_numbers(weights):
    values, unit, _ = whole_weights(np.array(weights))
    assert values.min() >= 1
    assert values.sum() <= EXACT_TOTAL
    total = math.fsum(weights)
    for value, weight in zip(values.tolist(), weights, strict=True):
        assert abs(value * unit - Fraction(weight)) <= Fraction(total) * 2 / ROUNDED_TOTAL


def test_nodes_of_no_positive_weight_are_left_out():
    weighed = weigh(from_edges(4, np.array([(0, 1), (1, 2), (2, 3)]), node_weights=[0, 3, -2, 5]))
    assert weighed.nodes.tolist() == [1, 3]
    assert weighed.graph.n_edges == 0
    assert weighed.graph.node_weights.tolist() == [3, 5]
    assert weighed.expand(np.array([True, False])).tolist() == [False, True, False, False]
    assert weighed.weight(8) == 8
    assert weighed.weight_without(8) == -2


def test_equal_weights_are_counted():
    weighed = weigh(from_edges(3, PATH, node_weights=[2.5, 2.5, 2.5]))
    assert weighed.graph.node_weights is None
    assert (weighed.weight(2), weighed.weight_without(2)) == (5, 2.5)
    assert isinstance(weighed.weight(2), int)


def test_a_graph_without_weights_stays_as_it_is():
    graph = from_edges(3, PATH)
    weighed = weigh(graph)
    assert weighed.graph is graph
    assert (weighed.weight(2), weighed.weight_without(2)) == (2, 1)
