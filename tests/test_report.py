import json

import pytest

from coplug.errors import OutputError, UsageError
from coplug.report import PolicyUse, Progress, Report, relative_gap

KEYS = [
    "schema_version", "problem", "instance", "status", "sense", "objective", "bound", "gap", "time_s", "seed",
    "policy", "n_nodes", "solution",
]  # fmt: skip


def report(**changes):
    values = {
        "problem": "mis", "instance": "a.col", "status": "timelimit", "sense": "max", "objective": 4, "bound": 5,
        "gap": 0.25, "time_s": 2.0, "seed": 7, "solution": ["a", "b"], "extra": {"n_nodes": 9},
        "details": {"kernel": "3 nodes"}, "policy": PolicyUse(name="net", calls=4, time_s=0.5),
    }  # fmt: skip
    return Report(**(values | changes))


def test_the_document_has_the_keys_of_every_problem_then_its_own():
    document = json.loads(report().to_json())
    assert list(document) == KEYS
    assert list(document["policy"]) == ["name", "calls", "time_s", "fallbacks", "withdrawn"]
    assert document["solution"] == ["a", "b"]


def test_no_infinity_is_printed_as_json():
    with pytest.raises(ValueError, match="JSON"):
        report(bound=float("inf")).to_json()


def test_the_summary_names_what_the_objective_counts():
    assert report(measure="nodes", remarks=("why",)).summary() == [
        "status     timelimit",
        "nodes      4  (max)",
        "bound      5",
        "gap        25.00 %",
        "kernel     3 nodes",
        "time       2.00 s",
        "policy     net, 4 calls, 0.50 s (25.0 % of the time, 125.00 ms a call)",
        "           why",
    ]


@pytest.mark.parametrize(
    ("solution", "lines"),
    [
        (["a", 3], "objective value: 4\na 1\n3 1\n"),
        ({"x": 1.0, "y": 0.1}, "objective value: 4\nx 1\ny 0.1\n"),
        ("D?{", "objective value: 4\nD?{\n"),
        (None, "no solution available\n"),
    ],
)
def test_solutions_of_every_kind_are_written(tmp_path, solution, lines):
    out = tmp_path / "best.sol"
    report(solution=solution).write_solution(out)
    assert out.read_text() == "solution status: time limit reached\n" + lines
    report(solution=solution).write_solution(tmp_path / "best.json")
    assert json.loads((tmp_path / "best.json").read_text()) == report(solution=solution).document


def test_a_path_that_cannot_hold_a_solution_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"\.sol or \.json"):
        report().write_solution(tmp_path / "best.txt")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"--solution .*file/best\.sol cannot be written"):
        report().write_solution(tmp_path / "file" / "best.sol")
    report(solution=None).write_solution(tmp_path / "new" / "best.sol")
    assert (tmp_path / "new" / "best.sol").exists()


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [(4, 5, 0.25), (5, 4, 0.25), (-4, -5, 0.25), (0, 0, 0.0), (0, 1, None), (-1, 1, None), (None, 1, None)],
)
def test_the_gap_is_scips(objective, bound, gap):
    assert relative_gap(objective, bound) == gap


def test_the_line_on_the_way():
    line = Progress(time_s=1.0, detail="12 nodes", objective=4, bound=5).line()
    assert line == "    1.0 s  12 nodes  objective 4  bound 5  gap 25.00 %"
    assert "policy 2.00 ms a call" in Progress(time_s=1.0, policy=PolicyUse(calls=2, time_s=0.004)).line()
