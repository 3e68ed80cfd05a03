from __future__ import annotations

import numpy as np
import pytest

from coplug.comparison.bootstrap import is_below_zero, mean_interval


@pytest.mark.parametrize(("scale", "sure"), [(0.1, True), (0.5, False)])
def test_certainty_is_that_of_students_t(scale, sure):
    from scipy.stats import ttest_1samp

    values = -1.0 + scale * np.array([-1.0, -0.5, 0.2, 1.3]) * 2.0
    upper = ttest_1samp(values, 0.0).confidence_interval(0.95).high
    assert is_below_zero(values, "abcd") == (upper < 0.0) == sure


def test_runs_of_one_instance_are_no_further_evidence():
    assert not is_below_zero(np.array([-0.1, -0.1, -0.7, -0.7]), "aabb")
    assert mean_interval(np.array([-0.1, -0.1, -0.7, -0.7]), "aabb").high < 0.0
    assert not is_below_zero(np.array([-1.0, -1.1, -1.2]), "aaa")
