"""Starts and solutions: any legal name comes back, and no value that is none goes in or out."""

import json

import pyscipopt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coplug
from coplug.errors import InstanceError
from coplug.scip.messages import free
from coplug.scip.problem import read_model
from coplug.scip.solution import add_start, solution_values

LP = "Maximize\n obj: {0} + b\nSubject To\n c1: {0} + b <= 5\nBounds\n b <= 2\nGenerals\n {0} b\nEnd\n"
CIP = (
    "STATISTICS\n  Problem name     : t\nOBJECTIVE\n  Sense            : maximize\nVARIABLES\n"
    "  [integer] <a>: obj=1, original bounds=[0,9]\n  [integer] <a 1>: obj=2, original bounds=[0,9]\n"
    "CONSTRAINTS\n  [linear] <c1>: <a>[I] +<a 1>[I] <= 7;\nEND\n"
)


def program(tmp_path, name="a"):
    path = tmp_path / "model.lp"
    path.write_text(LP.format(name))
    return path


def started(tmp_path, path, text):
    """Return the values that a start gives to SCIP."""
    start = tmp_path / "start.sol"
    start.write_bytes(text if isinstance(text, bytes) else text.encode())
    model = read_model(path)
    try:
        add_start(model, start)
        return solution_values(model)
    finally:
        free(model)


@pytest.mark.parametrize("name", ["#a", "a#", "#", "x(1,2)", "obj", "\xe9t\xe9", "solution"])
def test_what_is_written_is_read_back(tmp_path, name):
    path, out = program(tmp_path, name), tmp_path / "out.sol"
    report = coplug.solve(path, policy="none", solution=out)
    assert report.objective == 5
    assert started(tmp_path, path, out.read_bytes()) == report.solution


def test_names_with_blanks(tmp_path):
    path, out = tmp_path / "model.cip", tmp_path / "out.sol"
    path.write_text(CIP)
    report = coplug.solve(path, policy="none", solution=out)
    assert report.solution == {"a 1": 7.0}
    assert started(tmp_path, path, out.read_bytes()) == {"a 1": 7.0}
    by_scip = (
        "solution status: optimal solution found\nobjective value:      14\na 1            7 \t(obj:2)\n"
    )
    assert started(tmp_path, path, by_scip) == {"a 1": 7.0}
    assert started(tmp_path, path, "a 1 3\r\na\t2\r\n") == {"a": 2.0, "a 1": 3.0}


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(
        st.characters(codec="utf-8", exclude_characters="<>\n\r\0\\", exclude_categories=["Cc"]), min_size=1
    )
)
def test_any_name_of_a_model_comes_back(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("names")
    model = pyscipopt.Model()
    model.hideOutput()
    variable = model.addVar(name=name, vtype="I", ub=3, obj=-1)
    model.addCons(2 * variable <= 5)
    report = coplug.solve(model, policy="none", solution=folder / "out.sol")
    free(model)
    again = pyscipopt.Model()
    again.hideOutput()
    again.addVar(name=name, vtype="I", ub=3, obj=-1)
    add_start(again, folder / "out.sol")
    assert solution_values(again) == report.solution == {name: 2.0}
    free(again)


def test_lines_that_begin_with_a_hash_are_comments_unless_they_name_a_variable(tmp_path):
    text = "# Solution for model k\n# Objective value = 5\n#a 5\nb 0\n"
    assert started(tmp_path, program(tmp_path, "#a"), text) == {"#a": 5.0}


def test_a_start_in_latin_1_and_one_with_a_mark(tmp_path):
    path = program(tmp_path, "\xe9")
    assert started(tmp_path, path, "\xe9 4\n".encode("latin-1")) == {"\xe9": 4.0}
    assert started(tmp_path, path, "\ufeff\xe9 4\n") == {"\xe9": 4.0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a nan\n", "line 1: expected a finite value for a, found 'a nan'"),
        ("b 1\na inf\n", "line 2: expected a finite value"),
        ("a -Infinity\n", "finite"),
        ("a 1e400\n", "finite"),
        ("a 1e20\n", "finite"),
        ("a 1,5\n", "line 1: expected 'variable value'"),
        ("a\n", "expected 'variable value'"),
        ("c 1\n", "no variable c"),
        ("a 1\na 2\n", "line 2: a second value for a"),
        ("\n# nothing\n", "no 'variable value' line"),
    ],
)
def test_a_start_that_cannot_be_used_is_refused_in_one_line(tmp_path, text, words):
    with pytest.raises(InstanceError) as caught:
        started(tmp_path, program(tmp_path), text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unbounded_problem_has_null_in_json_and_a_word_in_a_solution_file(tmp_path):
    path, out = tmp_path / "model.lp", tmp_path / "out.sol"
    path.write_text("Maximize\n obj: a\nSubject To\n c1: a - b <= 5\nGenerals\n a b\nEnd\n")
    report = coplug.solve(path, policy="none", solution=out)
    assert report.status == "unbounded"
    document = json.loads(report.to_json())
    assert document["objective"] is None
    assert document["solution"] == {"a": None, "b": None}
    assert out.read_text().splitlines()[1:] == ["objective value: +infinity", "a +infinity", "b +infinity"]


def test_variables_that_scip_adds_are_not_in_a_solution(tmp_path):
    path = tmp_path / "model.lp"
    path.write_text(
        "Minimize\n obj: a + [ a^2 ] / 2 + 7\nSubject To\n c1: a >= 2\n i: b = 1 -> a - c <= 1\n c2: b = 1\n"
        "Bounds\n c <= 3\nBinaries\n b\nEnd\n"
    )
    report = coplug.solve(path, policy="none")
    assert report.objective == pytest.approx(11, abs=1e-4)
    assert set(report.solution) == {"a", "b", "c"}


def test_names_that_are_not_utf_8_in_a_model_that_others_read(tmp_path):
    path = tmp_path / "model.lp"
    path.write_bytes(LP.format("\xe9").encode("latin-1"))
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    report = coplug.solve(model, policy="none")
    assert (report.objective, set(report.solution) - {"b"}) == (5.0, {"\xe9"})
    free(model)
