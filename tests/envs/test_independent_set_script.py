"""The script of the comparison takes what is trained, checks every set, and writes a row for each."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from coplug.errors import SolverError
from coplug.families import generate_instances
from coplug.models.mis_policy import NodePolicy

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import reproduce_mis_env

    monkeypatch.setattr(reproduce_mis_env, "SECOND", 0.1)
    return reproduce_mis_env


def test_the_table_and_its_rows(script, tmp_path, monkeypatch, capsys):
    torch.manual_seed(0)
    NodePolicy(width=4, depth=1).export(tmp_path / "gflownet" / "policy", {})
    arguments = ["x", "--size", "tiny", "--graphs", "2", "--no-train", "--csv", str(tmp_path / "rows.csv")]
    monkeypatch.setattr(sys, "argv", [*arguments, "--runs", str(tmp_path)])
    monkeypatch.setattr(script, "print_speed", lambda count: None)
    script.main()
    printed = capsys.readouterr().out
    assert "rb tiny, 2 graphs, best known" in printed
    with (tmp_path / "rows.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    methods = {row["method"] for row in rows}
    assert {"random", "greedy", "GFlowNet", "GFlowNet, best of 20, reductions", "search 1 s"} <= methods
    assert not any(name.startswith("PPO") for name in methods)
    assert all(f"| {name} |" in printed for name in methods)
    assert len(rows) == 2 * len(methods)
    best = {row["graph"]: max(int(r["size"]) for r in rows if r["graph"] == row["graph"]) for row in rows}
    assert all(int(row["size"]) == best[row["graph"]] for row in rows if row["method"] == "search 1 s")


def test_a_set_that_is_none_is_not_counted(script):
    (graph,) = [drawn.instance for drawn in generate_instances("rb", 1, 0, "tiny")]
    with pytest.raises(SolverError, match="fails the check for mis"):
        script.measure(lambda graphs: [np.ones(g.n_nodes, dtype=bool) for g in graphs], [graph])
    sizes, seconds = script.measure(lambda graphs: [np.zeros(g.n_nodes, dtype=bool) for g in graphs], [graph])
    assert sizes.tolist() == [0]
    assert (seconds > 0).all()


def test_the_two_ways_of_stepping_are_timed(script, capsys):
    script.print_speed(2)
    assert "| 2 side by side |" in capsys.readouterr().out
