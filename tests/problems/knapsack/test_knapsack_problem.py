"""The command, its document and its picture."""

import json

import pytest
from knapsack_helpers import drawn, true_front
from matplotlib.figure import Figure
from typer.testing import CliRunner

import coplug
from coplug.cli import app, main
from coplug.problems.knapsack import reporting

BI = {"profits": [[3, 1, 2], [1, 4, 2]], "weights": [[2, 3, 1]], "capacities": [4]}


def solve(*words):
    return CliRunner().invoke(app, ["solve", *map(str, words)])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "bi.json"
    path.write_text(json.dumps(BI))
    return path


@pytest.fixture
def failing(monkeypatch, capsys):
    """Return what runs a command that has to end with a status, and returns its one line."""

    def run(status, *words):
        monkeypatch.setattr("sys.argv", ["coplug", "solve", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        lines = capsys.readouterr().err
        assert left.value.code == status
        assert lines.count("\n") == 1
        return lines

    return run


def test_the_document_has_the_front(file, tmp_path):
    done = solve(file, "--json", "--plot", tmp_path / "front.png", "--solution", tmp_path / "one.sol")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["problem"] == "knapsack"
    assert found["front"] == [
        {"objectives": [5, 3], "items": [0, 2]},
        {"objectives": [3, 6], "items": [1, 2]},
    ]
    assert (found["objective"], found["bound"], found["status"]) == (24, 24, "optimal")
    assert (found["method"], found["complete"], found["n_points"]) == ("dynamic-programming", True, 2)
    assert found["solution"] in ([0, 2], [1, 2])
    assert (tmp_path / "front.png").stat().st_size > 1000
    assert "objective value: 24" in (tmp_path / "one.sol").read_text()


def test_a_single_objective_has_one_point(tmp_path):
    found = coplug.solve(
        {"profits": [[0.5, 0.25]], "weights": [[2, 1]], "capacities": [2]}, plot=tmp_path / "p.png"
    )
    assert (found.objective, found.bound, found.status) == (0.5, 0.5, "optimal")
    assert found.extra["front"] == [{"objectives": [0.5], "items": [0]}]


def test_some_points_that_lie_far_apart(tmp_path):
    knapsack = drawn(2, 10, n_objectives=3)
    rows = {"profits": knapsack.profits, "weights": knapsack.weights, "capacities": knapsack.capacities}
    found = coplug.solve(rows, points=3, plot=tmp_path / "three.png")
    assert found.extra["n_points"] == len(true_front(knapsack)) > 3
    assert len(found.extra["front"]) == 3
    assert all(point["objectives"] in true_front(knapsack) for point in found.extra["front"])


def test_rows_of_a_program_by_the_command_line(tmp_path):
    path = tmp_path / "a.lp"
    path.write_text(
        "Maximize\n obj: 3 a + b + 2 c\nSubject To\n q: a + 4 b + 2 c >= 0\n"
        " w: 2 a + 3 b + c <= 4\nBinary\n a b c\nEnd\n"
    )
    done = solve(path, "--problem", "knapsack", "--objective", "obj:max", "--objective", "q:max", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["objectives"] == ["obj", "q"]
    assert found["front"][0] == {"objectives": [5, 3], "items": ["a", "c"]}


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (("--method", "magic"), 2, "choose from auto, dynamic-programming"),
        (("--policy", "greedy"), 2, "policy 'greedy' is unknown for knapsacks"),
        (("--objective", "x:max"), 2, "--objective is for .lp files"),
        (("--points", "0"), 2, "points"),
        (("--number", "2"), 2, "holds one instance"),
    ],
)
def test_wrong_usage_is_one_line(failing, file, words, status, reason):
    line = failing(status, file, *words)
    assert reason in line


def test_dynamic_programming_says_what_it_is_for(failing, tmp_path):
    path = tmp_path / "two.json"
    path.write_text(json.dumps(BI | {"weights": [[2, 3, 1], [1, 1, 1]], "capacities": [4, 2]}))
    line = failing(2, path, "--method", "dynamic-programming")
    assert line.startswith("coplug: dynamic programming is for one constraint")


def test_a_damaged_file_is_one_line(failing, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(BI)[:40])
    assert failing(1, path).startswith(f"coplug: {path} is no knapsack in JSON")


def test_the_line_of_a_picture_runs_below_the_points_that_nothing_dominates(tmp_path, monkeypatch):
    lines = []

    def keep(path, draw_on):
        axes = Figure().subplots()
        draw_on(axes)
        lines.append(axes.lines[0].get_path().vertices.tolist())

    monkeypatch.setattr("coplug.problems.knapsack.picture.save_figure", keep)
    rows = {"profits": [[3, 1], [1, 4]], "weights": [[1, 1]], "capacities": [1]}
    coplug.solve(rows, plot=tmp_path / "p.png")
    assert lines == [[[3.0, 1.0], [1.0, 1.0], [1.0, 4.0]]]


def test_a_volume_that_would_take_too_long_is_left_out_and_that_is_said(file, monkeypatch):
    monkeypatch.setattr(reporting, "MOST_WORK", 1)
    monkeypatch.setattr(reporting, "has_moocore", lambda: False)
    found = json.loads(solve(file, "--json").stdout)
    assert (found["objective"], found["bound"], found["status"]) == (None, None, "optimal")
    (note,) = found["notes"]
    assert "hypervolume of 2 points is left out" in note
    assert "[fronts]'" in note
