"""MPS files of which SCIP's reader would take a part, or something else."""

import pytest

from coplug.scip.problem import read_model

from .test_lp import refusal, solved

PROGRAM = """NAME knapsack
OBJSENSE
    MAX
ROWS
 N obj
 L c1
 L c2
COLUMNS
    M1 'MARKER' 'INTORG'
    a obj 3 c1 1
    a c2 2
    b obj 2 c1 1
    b c2 -1
    M2 'MARKER' 'INTEND'
RHS
    rhs c1 4 c2 3
BOUNDS
 UP bnd a 9
 UP bnd b 9
ENDATA
"""
"""The optimum is 10."""

FIXED = """NAME          KNAPSACK
ROWS
 N  COST
 G  THE ROW
COLUMNS
    X 1       COST               3.0   THE ROW            2.0
    X 2       COST               2.0   THE ROW            1.0
RHS
    RHS       THE ROW            5.0
BOUNDS
 UI BOUND     X 1                4.0
 UI BOUND     X 2                4.0
ENDATA
"""
"""Names with blanks in the fixed format; the optimum is 8."""

SHORT = """NAME short
ROWS
 N obj
 G r1
COLUMNS
 v1 obj 4
 v1 r1 1
RHS
 b r1 1
ENDATA
"""
"""Continuous, so nothing longer comes before the first coefficient; the optimum is 4."""

READ = {
    "free": (PROGRAM, 10),
    "fixed": (FIXED, 8),
    "free with a short first line": (SHORT, 4),
    "fixed, with short bounds": (
        FIXED.replace(
            " UI BOUND     X 1                4.0\n UI BOUND     X 2                4.0\n",
            " MI B Y\n UP B Y 9\n",
        )
        .replace("X 1", "Y  ")
        .replace("X 2", "Z  "),
        7.5,
    ),
    "tabs": (PROGRAM.replace("    ", "\t"), 10),
    "windows": (PROGRAM.replace("\n", "\r\n"), 10),
    "remarks after the end": (PROGRAM + "IMPORTANCES\n a 1,5\n", 10),
    "mark": ("\ufeff" + PROGRAM, 10),
    "no names of sets": (PROGRAM.replace("rhs ", "").replace("bnd ", ""), 10),
    "comments": (PROGRAM.replace("RHS\n", "* a comment, 1,5\nRHS\n"), 10),
    "another free row": (PROGRAM.replace(" N obj", " N obj\n N other").replace("c2 -1", "c2 -1 other 5"), 10),
    "exponents": (PROGRAM.replace("c1 4", "c1 4.0e+0"), 10),
    "infinite": (PROGRAM.replace("UP bnd a 9", "UP bnd a 1e30").replace("UP bnd b 9", "UP bnd b 1e+30"), 10),
    "bounds without a value": (
        PROGRAM.replace("UP bnd a 9", "PL bnd a").replace("UP bnd b 9", "PL bnd b"),
        10,
    ),
    "user cuts": (
        PROGRAM.replace("COLUMNS", "USERCUTS\n L u\nCOLUMNS").replace("b c2 -1", "b c2 -1 u 0"),
        10,
    ),
}


@pytest.mark.parametrize("kind", READ)
def test_programs(tmp_path, kind):
    text, optimum = READ[kind]
    assert solved(tmp_path, text, "model.mps") == pytest.approx(optimum)


def test_an_upper_bound_below_0_of_an_integer_is_infeasible(tmp_path):
    assert solved(tmp_path, PROGRAM.replace("UP bnd a 9", "UP bnd a -3"), "model.mps") == "infeasible"


REFUSED = {
    "decimal comma": (("c1 1\n", "c1 1,5\n"), 10, "1,5", "decimal point"),
    "decimal comma of a side": (("c1 4", "c1 4,5"), 16, "4,5", "decimal point"),
    "decimal comma of a bound": (("a 9", "a 9,5"), 18, "9,5", "decimal point"),
    "inf": (("UP bnd b 9", "UP bnd b Inf"), 19, "Inf", "1e30"),
    "nan": (("c1 4", "c1 nan"), 16, "nan", "decimal point"),
    "row of a side": (("c1 4", "C1 4"), 16, "C1", "ROWS"),
    "row of a coefficient": (("c2 2", "c3 2"), 11, "c3", "ROWS"),
    "variable of a bound": (("UP bnd b", "UP bnd B"), 19, "B", "COLUMNS"),
    "type of a bound": (("UP bnd b", "XX bnd b"), 19, "XX", "UP"),
    "bound without a value": (("UP bnd b 9", "UP bnd b"), 19, "b", "a number"),
    "bound without a set, which SCIP would misread": (("UP bnd b 9", "UP b -9"), 19, "-9", "name of the set"),
    "second set of sides": (("c1 4 c2 3", "c1 4\n    other c2 3"), 17, "other", "second set"),
    "second set of bounds": (("UP bnd b", "UP other b"), 19, "other", "second set"),
    "side of a free row": ((" L c2", " N c2"), 16, "c2", "type N"),
    "marker": (("'INTORG'", "'INTORGG'"), 9, "M1", "marker"),
    "marker without quotes": (("M1 'MARKER' 'INTORG'", "M1 MARKER INTORG"), 9, "INTORG", "decimal point"),
    "coefficient twice": (("a c2 2", "a c1 2"), 11, "c1", "second coefficient"),
    "side twice": (("c2 3", "c1 3"), 16, "c1", "second number"),
    "fields": (("a c2 2", "a c2 2 c1"), 11, "a", "fields"),
    "too many fields": (("b obj 2 c1 1", "b obj 2 c1 1 c2 5"), 12, "c2", "fields"),
    "columns apart": (("b c2 -1", "b c2 -1\n    a c2 2"), 14, "a", "again"),
    "row twice": ((" L c2", " L c1"), 7, "c1", "second time"),
    "section after the end": (("BOUNDS", "ENDATA\nBOUNDS"), 18, "BOUNDS", "after ENDATA"),
    "long line": (("c1 4", "c1" + " " * 1100 + "4"), 16, "rhs", "1,022"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_scip_would_lose_is_refused_with_line_and_word(tmp_path, kind):
    (before, after), line, word, expected = REFUSED[kind]
    assert before in PROGRAM
    message = refusal(tmp_path, PROGRAM.replace(before, after, 1), "model.mps")
    assert f"line {line}:" in message
    assert word in message
    assert expected in message


def test_names_that_scip_makes_one_are_refused(tmp_path):
    line = "    X 2       COST               2.0   THE ROW            1.0"
    assert line in FIXED
    columns = FIXED.replace(line, "    X_1       THE ROW            1.0")
    assert "underscore for each blank" in refusal(tmp_path, columns, "model.mps")
    rows = FIXED.replace(" G  THE ROW", " G  THE ROW\n G  THE_ROW")
    assert "second time" in refusal(tmp_path, rows, "model.mps")


def test_a_file_that_was_cut_off_is_refused(tmp_path):
    for end in range(1, len(PROGRAM) - 1):
        refusal(tmp_path, PROGRAM[:end], "model.mps")


def test_scips_warnings_are_shown_once_with_how_many_there_are(tmp_path, caplog):
    path = tmp_path / "model.mps"
    path.write_text(PROGRAM.replace("    rhs c1 4 c2 3", "    c1 4\n    c2 3"))
    for _ in range(2):
        read_model(path).free()
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "a field is missing" in record.getMessage()
    assert "and 1 more of the kind" in record.getMessage()
