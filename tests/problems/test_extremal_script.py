"""The script of the archive goes on where it stopped, and its table is checked."""

import importlib.util
from pathlib import Path

import pytest

from coplug.problems.extremal.graph import Graph
from coplug.problems.extremal.known import A006856

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "reproduce_extremal.py"


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
