from __future__ import annotations

import pytest

from coplug.errors import InstanceError
from coplug.scip.fingerprint import root_metrics
from coplug.scip.ranges import fingerprint
from tests.conftest import INSTANCES


def test_ranges_hold_what_was_seen_and_a_little_more():
    seen = [{"n_rows": 10.0, "binary_share": 1.0, "objective_variation": 0.0, "packing_share": 0.5}]
    seen.append({"n_rows": 40.0, "binary_share": 1.0, "objective_variation": 0.2, "packing_share": 0.6})
    found = fingerprint(seen)
    assert found["n_rows"] == pytest.approx((3.33, 120.0))
    assert found["binary_share"] == (0.95, 1.0)
    assert found["packing_share"] == pytest.approx((0.4, 0.7))
    assert found["objective_variation"] == pytest.approx((0.0, 0.301))


def test_a_fingerprint_of_nothing_is_refused():
    with pytest.raises(InstanceError, match="at least one"):
        fingerprint([])


def test_metrics_are_those_of_the_lp_without_cuts():
    metrics = root_metrics(INSTANCES / "setcover-easy-0001.lp.gz")
    assert (metrics["n_rows"], metrics["n_columns"]) == (500.0, 1000.0)
    assert metrics["covering_share"] == 1.0
    assert metrics["negative_objective_share"] == 0.0
    assert metrics["objective_variation"] > 0.1
    assert metrics["row_length"] * metrics["n_rows"] == pytest.approx(
        metrics["density"] * metrics["n_rows"] * metrics["n_columns"]
    )


def test_an_instance_that_presolving_solves_has_none(tmp_path):
    path = tmp_path / "easy.lp"
    path.write_text("Minimize\n x\nSubject To\n c: x >= 1\nBinary\n x\nEnd\n")
    assert root_metrics(path) is None
