"""Reading knapsack files, whole ones and damaged ones."""

import contextlib
import gzip
import json
from fractions import Fraction

import numpy as np
import pytest

from coplug.errors import CoplugError, InstanceError, UsageError
from coplug.problems.knapsack.reading import read_knapsack, take_mapping

PAIRS = "3 50\n60 10\n100 20\n120 30\n"
NUMBERED = "3\n1 60 10\n2 100 20\n3 120 30\n50\n"
NAMED = "knapPI_1\nn 3\nc 50\nz 220\ntime 0.00\n1,60,10,0\n2,100,20,1\n3,120,30,1\n-----\n"
MKNAP = "2\n 3 1 0\n60 100 120\n10 20 30\n50\n\n2 2 7\n4 3\n1 2\n3 4\n2 5\n"
JSON = json.dumps({"profits": [[60, 100, 120]], "weights": [[10, 20, 30]], "capacities": [50]})
LP = """Maximize
 obj: 60 a + 100 b + 120 c
Subject To
 size: 10 a + 20 b + 30 c <= 50
 care: 3 a + b >= 0
Binary
 a b c
End
"""


def read(tmp_path, text, name="some.txt", **options):
    path = tmp_path / name
    path.write_text(text)
    return read_knapsack(path, **options)


@pytest.mark.parametrize(
    ("text", "name", "options"),
    [
        (PAIRS, "a.txt", {}),
        (NUMBERED, "a.kp", {}),
        (NAMED, "a.csv", {}),
        (NAMED + NAMED, "a.csv", {"number": 2}),
        (MKNAP, "a.txt", {"number": 1}),
        (JSON, "a.json", {}),
        ("\ufeff" + JSON, "a", {}),
        (LP.replace(" care: 3 a + b >= 0\n", ""), "a.lp", {}),
    ],
)
def test_every_format_gives_the_same(tmp_path, text, name, options):
    found = read(tmp_path, text, name, **options)
    assert found.knapsack.profits.tolist() == [[60, 100, 120]]
    assert found.knapsack.weights.tolist() == [[10, 20, 30]]
    assert found.knapsack.capacities.tolist() == [50]
    assert found.items == (("a", "b", "c") if name.endswith(".lp") else (0, 1, 2))


def test_several_constraints_and_archives(tmp_path):
    path = tmp_path / "m.txt.gz"
    path.write_bytes(gzip.compress(MKNAP.encode()))
    found = read_knapsack(path, number=2).knapsack
    assert (found.profits.tolist(), found.weights.tolist()) == ([[4, 3]], [[1, 2], [3, 4]])
    assert found.capacities.tolist() == [2, 5]


def test_rows_of_a_program_are_objectives(tmp_path):
    found = read(tmp_path, LP, "a.lp", objectives=("care:max", "obj:max"))
    assert found.objectives == ("care", "obj")
    assert found.knapsack.profits.tolist() == [[3, 1, 0], [60, 100, 120]]
    assert found.knapsack.n_constraints == 1


def test_a_constant_of_an_objective_that_is_not_asked_for_does_not_matter(tmp_path):
    found = read(tmp_path, LP.replace("120 c", "120 c + 7"), "a.lp", objectives=("care:max",))
    assert found.knapsack.profits.tolist() == [[3, 1, 0]]


def test_decimal_fractions_are_exact():
    found = take_mapping(
        {"profits": np.array([[0.1, 0.25]]), "weights": [["1e1", 2.5]], "capacities": np.array([12])}
    )
    assert found.knapsack.profits.tolist() == [[10, 25]]
    assert found.units == (Fraction(1, 100),)
    assert found.numbers(np.array([35])) == [0.35]
    assert (found.knapsack.weights.tolist(), found.knapsack.capacities.tolist()) == ([[100, 25]], [120])


def test_items_that_do_not_fit_are_named():
    found = take_mapping({"profits": [[1, 2, 3]], "weights": [[9, 9, 1]], "capacities": [8]})
    assert found.notes == ("2 items weigh more than a capacity and can never be chosen",)
    assert found.knapsack.useful().tolist() == [2]


def document(**changes):
    return json.dumps({"profits": [[1, 2], [3, 4]], "weights": [[1, 2]], "capacities": [2]} | changes)


@pytest.mark.parametrize(
    ("text", "name", "options", "reason"),
    [
        ("", "a.json", {}, "is empty"),
        ("  \n", "a.txt", {}, "is empty"),
        ("\x00\xff", "a.txt", {}, "is no number"),
        ("{", "a.json", {}, "no knapsack in JSON"),
        ("[1]", "a.json", {}, "no knapsack in JSON"),
        (document(profits=3), "a.json", {}, "no knapsack in JSON"),
        ('{"profits": [[1]]}', "a.json", {}, "weights"),
        (document(profits=[]), "a.json", {}, "0 objectives and 1 constraints"),
        (document(profits=[[]], weights=[[]]), "a.json", {}, "no items"),
        (document(profits=[[1, 2], [3]]), "a.json", {}, "objective 2 has 1 numbers, expected 2"),
        (document(weights=[[1, 2, 3]]), "a.json", {}, "constraint 1 has 3 numbers, expected 2"),
        (document(capacities=[2, 2]), "a.json", {}, "2 capacities, expected 1"),
        (document(profits=[[1, 2], [3, "x"]]), "a.json", {}, "profit of objective 2, item 2, is 'x'"),
        (document(profits=[[1, 2], [3, None]]), "a.json", {}, "is None, expected a number"),
        (document(profits=[[1, 2], [3, True]]), "a.json", {}, "is True, expected a number"),
        (document(profits=[[1, float("nan")]]), "a.json", {}, "no knapsack in JSON"),
        (document(profits=[["nan", 1]]), "a.json", {}, "expected a finite number"),
        (document(profits=[[1, -2]]), "a.json", {}, "is -2, expected 0 or more; --problem milp"),
        (document(weights=[[1, -2.5]]), "a.json", {}, "weight of constraint 1, item 2, is -2.5"),
        (document(capacities=[-1]), "a.json", {}, "the capacity of constraint 1 is -1"),
        (document(profits=[[0.1234567, 1]]), "a.json", {}, "more than 6 digits"),
        (document(profits=[[2**60, 1]]), "a.json", {}, "more than 2**53"),
        (document(profits=[[77, 1]]).replace("77", "7" * 5000), "a.json", {}, ""),
        (document(capacities=[0]), "a.json", {}, "no item fits"),
        (document(profits=[[1, 2], [0, 0]]), "a.json", {}, "objective 2 is 0 whatever is chosen"),
        (document(), "a.json", {"objectives": ("x:max",)}, "--objective is for .lp files"),
        (document(), "a.json", {"number": 2}, "holds one instance"),
        (PAIRS[:-4], "a.txt", {}, "expected 'n c'"),
        (PAIRS + "7", "a.txt", {}, "expected 'n c'"),
        ("3 50\n60 10\n100 20\n", "a.txt", {}, "announces 3 items and ends after 2, expected"),
        ("3 50\n60 10\n100", "a.txt", {}, "announces 3 items and ends after 1, expected"),
        ("1 50\n60 10\n100 20\n", "a.txt", {}, "announces 1 items and has numbers beyond them"),
        ("3\n1 60 10\n2 100 20\n", "a.txt", {}, "announces 3 items and ends after 2, expected"),
        ("3\n1 60 10\n2 100", "a.txt", {}, "announces 3 items and ends after 1, expected"),
        ("2\n1 60 10\n2 100 20\n", "a.txt", {}, "ends before the capacity, expected"),
        ("2\n1 60 10\n2 100 20\n50 7\n", "a.txt", {}, "has numbers beyond them"),
        ("3.5 50\n", "a.txt", {}, "the first number is '3.5'"),
        ("999999999 50\n", "a.txt", {}, "whole number of 1 or more"),
        (NUMBERED.replace("2 100", "4 100"), "a.txt", {}, "expected 'n c'"),
        (MKNAP, "a.txt", {}, "holds 2 instances; say which one by --number"),
        (MKNAP, "a.txt", {"number": 3}, "--number 3"),
        (MKNAP[:-4], "a.txt", {}, "ends within instance 2"),
        (MKNAP + " 9", "a.txt", {}, "1 numbers more"),
        (MKNAP.replace("2 2 7", "2 0 7"), "a.txt", {}, "number of constraints"),
        (NAMED[:60], "a.csv", {}, "expected '"),
        (NAMED.replace("3,120,30,1\n-----\n", ""), "a.csv", {}, "ends after 2"),
        (NAMED.replace("c 50\n", ""), "a.csv", {}, "no 'n' and 'c'"),
        (NAMED.replace("n 3", "n three"), "a.csv", {}, "n is 'three'"),
        ("hello\n", "a.txt", {}, "no 'n' and 'c'"),
        (LP, "a.lp", {}, "row care is no capacity"),
        (LP, "a.lp", {"objectives": ("coast:max",)}, "no such row; it has size, care, obj"),
        (LP, "a.lp", {"objectives": ("care",)}, "write ROW:max"),
        (LP, "a.lp", {"objectives": ("care:min",)}, "objectives are maximised"),
        (LP, "a.lp", {"objectives": ("care:up",)}, "is no sense"),
        (LP, "a.lp", {"objectives": ("care:max", "care:max")}, "given twice"),
        (LP, "a.lp", {"objectives": ("care:max", "size:max")}, "no constraint left"),
        (LP.replace("Max", "Min"), "a.lp", {"objectives": ("care:max", "obj:max")}, "is minimised"),
        (LP.replace("Binary", "General"), "a.lp", {"objectives": ("care:max",)}, "expected binary"),
        (LP.replace("30 c", "-30 c"), "a.lp", {"objectives": ("care:max",)}, "is -30"),
        (LP[:70], "a.lp", {}, ""),
        (LP.replace("120 c", "120 c + 7"), "a.lp", {"objectives": ("obj:max",)}, "has the constant 7"),
        (LP.replace("End", "Bounds\n a = 1\nEnd"), "a.lp", {}, "variable a has the bounds 1 and 1"),
        (LP.replace("End", "Bounds\n c <= 0\nEnd"), "a.lp", {}, "variable c has the bounds 0 and 0"),
        (
            LP.replace("Binary", " care: b + c <= 9\nBinary"),
            "a.lp",
            {"objectives": ("care:max",)},
            "several rows care",
        ),
        (
            LP.replace("120 c", "120 c + [ 2 a * b ] / 2"),
            "a.lp",
            {"objectives": ("care:max",)},
            "is not linear",
        ),
        (LP, "a.lp", {"number": 2}, "holds one instance"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path, text, name, options, reason):
    with pytest.raises(CoplugError, match=r"^.+$") as caught:
        read(tmp_path, text, name, **options)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(InstanceError, match="does not exist"):
        read_knapsack(tmp_path / "none.json")
    with pytest.raises(InstanceError, match="directory"):
        read_knapsack(tmp_path)
    (tmp_path / "a.json").write_bytes(b"\xff\xfe{\x00")
    with pytest.raises(InstanceError, match="UTF-16"):
        read_knapsack(tmp_path / "a.json")
    (tmp_path / "a.json").write_bytes(b"\x80abc")
    with pytest.raises(InstanceError, match="no text"):
        read_knapsack(tmp_path / "a.json")


@pytest.mark.parametrize("found", [{"profits": 3, "weights": [[1]], "capacities": [1]}])
def test_a_mapping_of_something_else_is_refused(found):
    with pytest.raises((InstanceError, UsageError), match="a mapping is no knapsack"):
        take_mapping(found)


@pytest.mark.parametrize("text", [PAIRS, NUMBERED, NAMED, MKNAP, JSON], ids=range(5))
def test_damage_never_ends_in_a_traceback(tmp_path, text):
    rng = np.random.default_rng(1)
    data = text.encode()
    path = tmp_path / "damaged.txt"
    for _ in range(150):
        piece = bytearray(data[: rng.integers(len(data) + 1)])
        for _ in range(int(rng.integers(3))):
            if piece:
                piece[rng.integers(len(piece))] = rng.integers(256)
        path.write_bytes(bytes(piece))
        with contextlib.suppress(CoplugError):
            assert read_knapsack(path).knapsack.n_items >= 1
