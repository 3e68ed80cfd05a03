from __future__ import annotations

import numpy as np
import pytest

from coplug.families import generate_instances
from coplug.scip.build import build_model
from coplug.scip.problem import read_model
from coplug.scip.problem_structure import problem_metrics
from coplug.scip.ranges import mismatches

MIXED = """
minimize
 obj: 2 a - 3 b + 0 c + y
subject to
 cover: a + b >= 1
 pack: a + c <= 1
 part: a + b + c = 1
 card: a + b + c + d <= 2
 link: y - 4 d <= 0
 low: 3 a + 5 b >= 1
 up: 3 a + 5 b <= 7
bounds
 y <= 9
 d <= 3
binary
 a b c
general
 d
end
"""


def metrics(text, tmp_path):
    path = tmp_path / "a.lp"
    path.write_text(text)
    model = read_model(path)
    try:
        return problem_metrics(model)
    finally:
        model.free()


def test_each_number_is_what_it_says(tmp_path):
    found = metrics(MIXED, tmp_path)
    rows = 7  # the equation once
    assert found["n_columns"] == 5
    assert found["n_rows"] == rows
    assert found["row_length"] == pytest.approx((2 + 2 + 3 + 4 + 2 + 2 + 2) / rows)
    assert found["column_length"] == pytest.approx((2 + 2 + 3 + 4 + 2 + 2 + 2) / 5)
    assert found["binary_share"] == pytest.approx(3 / 5)
    assert found["integer_share"] == pytest.approx(1 / 5)
    assert found["continuous_share"] == pytest.approx(1 / 5)
    assert found["equation_share"] == pytest.approx(1 / rows)
    assert found["covering_share"] == pytest.approx(1 / rows)
    assert found["packing_share"] == pytest.approx(1 / rows)
    assert found["partitioning_share"] == pytest.approx(1 / rows)
    assert found["choosing_share"] == pytest.approx(1 / rows)
    assert found["mixed_rows_share"] == pytest.approx(1 / rows)
    assert found["mixed_kinds_share"] == pytest.approx(1 / rows)
    assert found["negative_objective_share"] == pytest.approx(1 / 5)
    assert found["no_objective_share"] == pytest.approx(2 / 5)
    assert found["objective_variation"] == pytest.approx(np.std([2, 3, 1]) / 2)


def test_order_names_and_scale_change_nothing(tmp_path):
    rng = np.random.default_rng(1)
    for family in ("facilities", "auctions", "item_placement"):
        size = "tiny" if family != "item_placement" else "easy"
        (drawn,) = generate_instances(family, 1, 5, size)
        before = model_metrics(drawn.instance)
        shuffled = scaled(drawn.instance, rng)
        assert model_metrics(shuffled) == pytest.approx(before, rel=1e-6, abs=1e-7)


def scaled(instance, rng):
    """Return the instance with rows and columns in another order, and each row times a number."""
    from dataclasses import replace

    rows, columns = rng.permutation(instance.n_rows), rng.permutation(instance.n_columns)
    factors = rng.uniform(0.5, 2.0, instance.n_rows)
    matrix = instance.matrix[rows][:, columns]
    matrix.data *= np.repeat(factors, np.diff(matrix.indptr))
    return replace(
        instance,
        matrix=matrix,
        objective=3.0 * instance.objective[columns],
        row_lhs=instance.row_lhs[rows] * factors,
        row_rhs=instance.row_rhs[rows] * factors,
        lower=instance.lower[columns],
        upper=instance.upper[columns],
        integral=instance.integral[columns],
        variable_names=tuple(instance.variable_names[j] for j in columns),
        row_names=tuple(instance.row_names[i] for i in rows),
    )


def model_metrics(instance):
    model = build_model(instance)
    try:
        return problem_metrics(model)
    finally:
        model.free()


def test_what_is_not_linear_has_none(tmp_path):
    assert metrics("minimize\n obj: x\nsubject to\n q: [ x * x ] >= 2\nend\n", tmp_path) is None


def test_mismatches_are_put_in_words():
    ranges = {"n_rows": (2.0, 5.0), "density": (0.0, 0.1)}
    assert mismatches(ranges, {"n_rows": 9.0}) == ["n_rows 9 is outside 2 to 5", "unknown metric density"]
