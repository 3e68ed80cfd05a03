"""The scripts of the leaderboard: what they measure is what they say, and the page shows their rows."""

import importlib

import pytest

from tests.conftest import ROOT


@pytest.fixture
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module


def test_the_leaderboard_is_that_of_the_rows(scripts):
    page = (ROOT / "docs" / "results" / "environments.md").read_text()
    assert "\n".join(scripts("environments_table").leaderboard()) in page


def test_baselines_and_the_largest_sets(scripts, tmp_path, monkeypatch):
    bench = scripts("bench_baselines")
    rows = {row[1]: row for row in bench.measured("coplug/IndependentSet-ER20-v0", ["min-degree"], 3)}
    assert rows.keys() == {"min-degree", "best"}
    assert rows["min-degree"][3] <= rows["best"][3]
    assert rows["best"][5] == "1"
    bench.add(tmp_path / "rows.csv", list(rows.values()))
    bench.add(tmp_path / "rows.csv", list(rows.values()))
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 5
