"""LP files that SCIP's reader takes for something else, and the many spellings that it reads well."""

import codecs

import pytest

from coplug.errors import InstanceError
from coplug.scip.messages import free
from coplug.scip.problem import read_model

KNAPSACK = "Maximize\n obj: 3 a + 2 b\nSubject To\n c1: a + b <= 4\n c2: 2 a - b <= 3\nGenerals\n a b\nEnd\n"
"""The optimum is 10, at a = b = 2."""


def solved(tmp_path, text, name="model.lp"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    model = read_model(path)
    try:
        model.optimize()
        return model.getObjVal() if model.getStatus() == "optimal" else model.getStatus()
    finally:
        free(model)


def refusal(tmp_path, text, name="model.lp"):
    with pytest.raises(InstanceError) as caught:
        solved(tmp_path, text, name)
    message = str(caught.value)
    assert "\n" not in message
    assert name in message
    return message


def test_the_program_itself(tmp_path):
    assert solved(tmp_path, KNAPSACK) == pytest.approx(10)


SPELLINGS = {
    "words": KNAPSACK.replace("Maximize", "MAX").replace("Subject To", "s.t.").replace("Generals", "int"),
    "such that": KNAPSACK.replace("Subject To", "such\tthat"),
    "no names": KNAPSACK.replace(" obj:", "").replace(" c1:", "").replace(" c2:", ""),
    "one line": KNAPSACK.replace("\n", " "),
    "a token a line": KNAPSACK.replace("Subject To", "st").replace(" ", "\n"),
    "windows": KNAPSACK.replace("\n", "\r\n"),
    "old mac": KNAPSACK.replace("\n", "\r"),
    "no blanks": KNAPSACK.replace("3 a + 2 b", "3a+2b").replace("a + b <= 4", "a+b<=4"),
    "relations": KNAPSACK.replace("<= 4", "< 4").replace("<= 3", "=<3"),
    "signs": KNAPSACK.replace("c2: 2 a - b", "c2: + 2 a + -1 b"),
    "comments": KNAPSACK.replace("\n", " \\ Minimize: x, 1,5\n"),
    "numbers": KNAPSACK.replace("3 a", "3.0e0 a").replace("<= 4", "<= +4.").replace("2 b", ".2E+1 b"),
    "bound": KNAPSACK.replace("Generals", "Bounds\n -inf <= a <= 1e30\n 0 <= b\nGenerals"),
    "mark": codecs.BOM_UTF8 + KNAPSACK.encode(),
    "text after a comment sign": KNAPSACK + "\\ End of file",
    "an empty row, as SCIP writes it": KNAPSACK.replace("c1:", "c0: <= +0\n c1:"),
    "rows by number": KNAPSACK.replace("c1:", "001:").replace("c2:", "2 :"),
    "dots": KNAPSACK.replace("c1:", "...:").replace(" b", " .b."),
    "binaries": KNAPSACK.replace("Generals\n", "Bounds\n a <= 3\n b <= 3\nBinaries\nGenerals\n"),
}


@pytest.mark.parametrize("kind", SPELLINGS)
def test_spellings(tmp_path, kind):
    assert solved(tmp_path, SPELLINGS[kind]) == pytest.approx(10)


def test_a_constant_ends_an_objective(tmp_path):
    assert solved(tmp_path, KNAPSACK.replace("2 b\n", "2 b - 100\n")) == pytest.approx(-90)


def test_an_objective_may_be_empty(tmp_path):
    assert solved(tmp_path, KNAPSACK.replace("obj: 3 a + 2 b", "obj:")) == pytest.approx(0)


def test_quadratic_parts(tmp_path):
    text = "min\n o: x + [ x^2 - 2 x * y + y ^2 ] / 2\nst\n q: x + [ y ^2 ] <= 8\n c: x + y >= 2\nEnd\n"
    assert solved(tmp_path, text) == pytest.approx(7 / 8, abs=1e-4)  # with y = 2 - x, at x = 3/4


def test_sets_indicators_and_semicontinuous_variables(tmp_path):
    text = (
        "max\n o: x + y + z\nst\n c: x + y + z <= 9\n i: b = 1 -> x - y <= 0\nBounds\n x <= 4\n y <= 3\n 2 <= z <= 5\n"
        "Binaries\n b\nSemi-Continuous\n z\nSOS\n s: S1:: x:1 y:2\nEnd\n"
    )
    assert solved(tmp_path, text) == pytest.approx(9)


REFUSED = {
    "sense": (KNAPSACK.replace("Maximize", "Maximise"), 1, "Maximise", "Minimize or Maximize"),
    "sense colon": (KNAPSACK.replace("Maximize\n obj:", "Max:"), 1, "Max:", "an objective"),
    "no sense": (KNAPSACK.removeprefix("Maximize\n"), 1, "obj", "Minimize or Maximize"),
    "title": ("Problem knapsack\n" + KNAPSACK, 1, "Problem", "Minimize or Maximize"),
    "rows colon": (KNAPSACK.replace("Subject To", "Subject To:"), 3, "Subject To:", "a row"),
    "rows": (KNAPSACK.replace("Subject To", "Constraints"), 3, "Constraints", "+ or -"),
    "integers colon": (KNAPSACK.replace("Generals", "Integers:"), 6, "Integers:", "names of variables"),
    "gens in bounds": (KNAPSACK.replace("Generals", "Bounds\n a <= 9\nGens"), 8, "Gens", "begin a section"),
    "Gens": (KNAPSACK.replace("Generals", "Gens"), 6, "Gens", "begin a section"),
    "a section word after a number": (
        KNAPSACK.replace("\nSubject To", " + 1 st"),
        2,
        "st",
        "the variable of",
    ),
    "a second objective": (KNAPSACK.replace("End", "Minimize\n a\nEnd"), 8, "Minimize", "names of variables"),
    "two models": (KNAPSACK + KNAPSACK, 9, "Maximize", "nothing after End"),
    "decimal comma": (KNAPSACK.replace("<= 4", "<= 4,5"), 4, "4,5", "decimal comma"),
    "decimal comma in a term": (KNAPSACK.replace("3 a", "3,5 a"), 2, "3,5", "decimal comma"),
    "decimal comma in a bound": (
        KNAPSACK.replace("Generals", "Bounds\n a <= 1,5\nGenerals"),
        7,
        "1,5",
        "comma",
    ),
    "fraction": (KNAPSACK.replace("3 a", "1/3 a"), 2, "1/3", "no number"),
    "two dots": (KNAPSACK.replace("3 a", "3.1.2 a"), 2, "3.1", "no number"),
    "half an exponent": (KNAPSACK.replace("<= 4", "<= 4e+"), 4, "4e+", "no number"),
    "semicolons": (KNAPSACK.replace("<= 4", "<= 4;"), 4, "4;", "no number"),
    "nan": (KNAPSACK.replace("<= 4", "<= nan"), 4, "nan", "a number"),
    "infinite coefficient": (KNAPSACK.replace("3 a", "inf a"), 2, "inf", "objective"),
    "parentheses": (KNAPSACK.replace("3 a + 2 b", "3 (a + b)"), 2, "(a", "variable"),
    "a comma between variables": (KNAPSACK.replace("3 a + 2 b", "a, + b"), 2, "a,", "objective"),
    "a comma for a variable": (KNAPSACK.replace("3 a", "3 ,"), 2, ",", "variable"),
    "half a section": (
        KNAPSACK.replace("2 b\nSubject", "2 b + 3\nsubject Subject"),
        3,
        "subject",
        "variable",
    ),
    "product": (KNAPSACK.replace("3 a", "3*a"), 2, "*", "variable"),
    "cube": (KNAPSACK.replace("3 a", "[ a^3 ] / 2"), 2, "^", "^2"),
    "a difference of squares": (KNAPSACK.replace("3 a", "[ a - b ] / 2"), 2, "-", "^2"),
    "not halved": (KNAPSACK.replace("3 a", "[ a^2 ]"), 2, "+", "/2"),
    "no sign": (KNAPSACK.replace("a + b", "a b"), 4, "b", "+ or -"),
    "lost sign": (KNAPSACK.replace("3 a + 2 b", "3 a + 2 b +"), 3, "Subject To", "a number or a variable"),
    "two sides": (KNAPSACK.replace("a + b", "0 <= a + b"), 4, "<=", "the variable of this number"),
    "a variable on the right": (KNAPSACK.replace("<= 4", "<= b"), 4, "b", "right-hand side"),
    "nothing before a relation": (KNAPSACK.replace("c1: a + b <=", "<="), 4, "<=", "a row"),
    "a dot": (KNAPSACK.replace("a + b <=", "a + . b <="), 4, ".", "a number or a variable"),
    "a side and a row that were two": (KNAPSACK.replace("4\n c2:", ""), 4, "a", "begins a line"),
    "a row without a side": (KNAPSACK.replace(" <= 4", ""), 5, "c2", "+ or -"),
    "a section word as a variable": (KNAPSACK.replace("b", "bin"), 2, "bin", "the variable of this number"),
    "a section word as a row": (KNAPSACK.replace("c2", "int"), 5, "int:", "names of variables"),
    "two lower bounds": (
        KNAPSACK.replace("Generals", "Bounds\n a >= 1\n a = 0\nGenerals"),
        8,
        "a = 0",
        "lower",
    ),
    "free again": (KNAPSACK.replace("Generals", "Bounds\n a <= 1\n a free\nGenerals"), 8, "a free", "upper"),
    "a bound without a number": (KNAPSACK.replace("Generals", "Bounds\n a\nGenerals"), 8, "Generals", "free"),
    "semi first": (
        KNAPSACK.replace("Generals", "Semi\n a\nBounds\n a >= 2\nGenerals"),
        8,
        "Bounds",
        "before",
    ),
    "no text": (KNAPSACK.replace("4", "4\0"), 4, "\\x00", ""),
    "comment in a file of carriage returns": ("\\ a\r" + KNAPSACK.replace("\n", "\r"), 1, "\\r", "Minimize"),
    "unknown integer": (KNAPSACK.replace("a b\n", "a b d\n"), 8, "d", "unknown variable"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_scip_would_lose_is_refused_with_line_word_and_what_was_expected(tmp_path, kind):
    text, line, word, expected = REFUSED[kind]
    message = refusal(tmp_path, text)
    assert f"line {line}" in message
    assert word in message
    assert expected in message


def test_sixteen_bits_a_character_are_refused(tmp_path):
    assert "UTF-16" in refusal(tmp_path, KNAPSACK.encode("utf-16"))


def test_a_very_long_name_is_refused(tmp_path):
    assert "line 2" in refusal(tmp_path, KNAPSACK.replace("b", "b" * 70_000))


def test_rows_before_user_cuts_and_lazy_constraints_hold(tmp_path):
    text = KNAPSACK.replace("Generals", "User Cuts\n u: a <= 100\nGenerals")
    assert solved(tmp_path, text) == pytest.approx(10)
    assert solved(tmp_path, text.replace("User Cuts", "Lazy Constraints")) == pytest.approx(10)


def test_lazy_constraints_hold(tmp_path):
    text = KNAPSACK.replace("Generals", "Lazy Constraints\n l: a <= 1\nGenerals")
    assert solved(tmp_path, text) == pytest.approx(9)


@pytest.mark.parametrize(
    ("bounds", "optimum"),
    [
        (" 2 <= a <= 4", "infeasible"),
        (" -3 <= a <= 5", 9.0),
        (" a = 2", "infeasible"),
        (" a <= -1", "infeasible"),
    ],
)
def test_binaries_keep_to_their_bounds_and_to_0_and_1(tmp_path, bounds, optimum):
    before = KNAPSACK.replace("Generals\n a", f"Bounds\n{bounds}\nBinaries\n a\nGenerals\n ")
    after = KNAPSACK.replace("Generals\n a", f"Binaries\n a\nBounds\n{bounds}\nGenerals\n ")
    for text in (before, after):
        found = solved(tmp_path, text)
        assert found == (pytest.approx(optimum) if isinstance(optimum, float) else optimum)


WITHOUT_END = KNAPSACK.removesuffix("End\n")


@pytest.mark.parametrize("text", [WITHOUT_END, WITHOUT_END.rstrip(), WITHOUT_END + "\n\n"])
def test_a_file_without_end_that_ends_in_its_integers_is_read(tmp_path, text):
    assert solved(tmp_path, text) == pytest.approx(10)


def test_files_as_public_generators_write_them(tmp_path):
    cover = "minimize\nOBJ: +2 x1 +3 x2 +4 x3\n\nsubject to\nC0: +1 x1 +1 x2 >= 1\nC1: +1 x2 +1 x3 >= 1\n\nbinary\n"
    assert solved(tmp_path, cover + " x1 x2 x3") == pytest.approx(3)
    slacks = "minimize\nOBJ: +1 x3 +1 x4\n\nsubject to\nC1: +3 x1 +5 x2 +1 x3 -1 x4 = 6\n\nbinary\nx1 x2\n"
    assert solved(tmp_path, slacks) == pytest.approx(1)
    facility = (
        "minimize\nobj: +5 x_1_1 +4 x_1_2 +9 y_1 +8 y_2\n\nsubject to\nd: +1 x_1_1 +1 x_1_2 >= 1\n"
        "c1: +1 x_1_1 -2 y_1 <= 0\nc2: +1 x_1_2 -2 y_2 <= 0\n\nbinary\n y_1 y_2"
    )
    assert solved(tmp_path, facility) == pytest.approx(12)
    assert "cut off" in refusal(tmp_path, facility.removesuffix(" y_2"))


def test_what_was_cut_off_is_told_from_what_has_no_end(tmp_path):
    """Every cut of a mixed program is refused, but for the one that takes no more than its End."""
    text = (
        "Maximize\n obj: 3 a1 + 2 a12 + z\nSubject To\n c1: a1 + a12 <= 4\n c2: 2 a1 - a12 <= 3.25\n c3: z - a1 <= 0\n"
        "Bounds\n a1 <= 12\n z <= 2.5\nGenerals\n a1 a12\nEnd"
    )
    whole = solved(tmp_path, text)
    for end in range(1, len(text)):
        try:
            found = solved(tmp_path, text[:end])
        except InstanceError:
            continue
        assert text[:end].rstrip().endswith("a1 a12"), text[:end]
        assert found == pytest.approx(whole)


@pytest.mark.parametrize("ending", ["", "\n", "\nBounds\n a <= 3\n"])
def test_rows_and_bounds_without_end_are_refused(tmp_path, ending):
    text = WITHOUT_END.removesuffix("\nGenerals\n a b\n") + ending
    assert "does not end with the line End" in refusal(tmp_path, text)


def test_a_list_over_several_lines_without_end_may_be_cut_off(tmp_path):
    text = "max\n o: x1 + x2 + x3\nst\n x1 + x2 + x3 <= 2.5\nint\n x1\n x2\n"
    assert "x3 is not" in refusal(tmp_path, text)
    assert solved(tmp_path, text + "End\n") == pytest.approx(2.5)


def test_a_line_as_long_as_the_longest_may_be_the_first_of_a_list(tmp_path):
    wrapped = "max\n o: x1 + x2\n + x3\nst\n x1 + x2\n + x3 <= 2.5\nint\n x1 x2\n"
    assert solved(tmp_path, wrapped) == pytest.approx(2.5)
    longer = wrapped.replace("x1 x2\n", "x1     x2\n")
    assert "x3 is not" in refusal(tmp_path, longer)


def test_pip_files_are_read_as_strictly_where_they_are_like_lp_files(tmp_path):
    text = "Maximize\n obj: x\nSubject To\n c: x^2 + 2 x y + 1 <= 10\nBounds\n 1 <= y <= 4\nEnd\n"
    assert solved(tmp_path, text, "model.pip") == pytest.approx(10**0.5 - 1, abs=1e-4)
    assert "Maximise" in refusal(tmp_path, text.replace("Maximize", "Maximise"), "model.pip")
    assert "Bounds:" in refusal(tmp_path, text.replace("Bounds", "Bounds:"), "model.pip")
    assert "End" in refusal(tmp_path, text.removesuffix("End\n"), "model.pip")
