from __future__ import annotations

import numpy as np
import pytest

from coplug.families import generate_instances
from coplug.problems.milp.shuffle import shuffled
from tests.problems.milp.milp_helpers import optimum_by_highs


def test_a_shuffled_program_is_the_same_under_other_names():
    (drawn,) = generate_instances("facilities", 1, 0, parameters={"n_customers": 8, "n_facilities": 6})
    other = shuffled(drawn.instance, np.random.default_rng(1))
    assert optimum_by_highs(other) == pytest.approx(optimum_by_highs(drawn.instance))
    assert other.variable_names[:2] == ("v1", "v2")
    assert sorted(other.objective) == sorted(drawn.instance.objective)
    assert list(other.objective) != list(drawn.instance.objective)
