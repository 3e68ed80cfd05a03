import csv
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from mis_helpers import best_set

from coplug.errors import SolverError
from coplug.families import generate_instances

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.fixture
def script(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module("reproduce_mis")
    monkeypatch.setattr(module, "DATA", tmp_path)
    yield module
    for name in ("reproduce_mis", "mis_methods", "recipes"):
        sys.modules.pop(name, None)


def test_rows_hold_the_ratio_to_the_proven_optimum(script, tmp_path, capsys):
    methods = {
        "greedy": script.greedy,
        "empty": lambda graph: np.zeros(graph.n_nodes, dtype=bool),
        "comparator": script.comparator("mis-comparator-special", 1),
    }
    rows = script.examine(methods, generate_instances("special", 2, 5, "tiny"), 20.0)
    exact = [best_set(drawn.instance).sum() for drawn in generate_instances("special", 2, 5, "tiny")]
    assert [row.reference for row in rows] == [size for size in exact for _ in methods]
    assert all(row.proven for row in rows)
    assert [row.size for row in rows[:2]] == [3, 0]
    script.write(rows, "out.csv")
    script.show("special", rows)
    with (tmp_path / "out.csv").open() as stream:
        assert [float(row["ratio"]) for row in csv.DictReader(stream)] == [row.ratio for row in rows]
    assert "2 graphs, reference proven for 2" in capsys.readouterr().out


def test_a_set_that_is_none_stops_the_script(script):
    everything = {"all": lambda graph: np.ones(graph.n_nodes, dtype=bool)}
    with pytest.raises(SolverError, match="fails the check for mis"):
        script.examine(everything, generate_instances("special", 1, 5, "tiny"), 0.0)
