"""The script of the archive goes on where it stopped, and its table is checked."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from coplug.graphs.graph import Graph
from coplug.problems.extremal.guide import SHIPPED_GUIDE
from coplug.problems.extremal.known import A006856

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "reproduce_extremal.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("reproduce_extremal", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_improving_goes_on_from_the_archive(script, tmp_path, capsys):
    path, bounds = tmp_path / "a.g6", dict(enumerate(A006856))
    script.improve(path, bounds, range(2, 13), 20.0, "both", 0)
    first = path.read_text()
    script.improve(path, bounds, range(2, 15), 20.0, "tabu", 1)
    assert path.read_text().startswith(first)
    assert "n = 12: 18 -> 18, goal 18" in capsys.readouterr().out
    script.table(path, {13: 22, 14: 24})
    assert "| 10 | 15 | 16 | 18 | 21 (-1) | 23 (-1) |" in capsys.readouterr().out.replace("+", "-")


def test_the_picture_is_drawn(script, tmp_path):
    script.picture(script.ARCHIVE, tmp_path / "graphs.png")
    assert (tmp_path / "graphs.png").stat().st_size > 10_000
    rings = script.rings(Graph.of(4, [(0, 1), (1, 2), (2, 3)]))
    assert rings == [[1], [0, 2], [3], []]


def test_no_edge_of_the_petersen_graph_lies_on_another_or_meets_a_foreign_node(script):
    graph = script.load(script.ARCHIVE).get(10)
    place = script.places(graph)
    for i, j in graph.edges().tolist():
        for k in set(range(10)) - {i, j}:
            along, aside = place[j] - place[i], place[k] - place[i]
            off = abs(along[0] * aside[1] - along[1] * aside[0]) / np.linalg.norm(along)
            between = 0 < along @ aside < along @ along
            assert off > 0.05 or not between, (i, j, k)


def test_tree_search_is_measured(script, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(script, "ALONE", range(8, 10))
    monkeypatch.setattr(script, "WITH_CURRICULUM", range(2, 6))
    script.alphazero(tmp_path / "a.csv", SHIPPED_GUIDE, range(1), 20.0)
    rows = list(csv.DictReader((tmp_path / "a.csv").open()))
    assert [row["nodes"] for row in rows] == 5 * ["8", "9", "2", "3", "4", "5"]
    assert all(row["edges"] == row["proved"] for row in rows)
    assert "| alone | alphazero, slack 0 | none | none |" in capsys.readouterr().out


def test_guides_are_compared(script, tmp_path, capsys):
    script.guide(tmp_path / "g.csv", script.ARCHIVE, SHIPPED_GUIDE, (30,), range(2), 0.5)
    rows = list(csv.DictReader((tmp_path / "g.csv").open()))
    assert [(row["seed"], row["guide"]) for row in rows] == [
        (seed, name) for seed in "01" for name in ("none", SHIPPED_GUIDE)
    ]
    assert all(70 <= int(row["edges"]) <= 76 for row in rows)
    assert f"| 30 | {SHIPPED_GUIDE} | 7" in capsys.readouterr().out
