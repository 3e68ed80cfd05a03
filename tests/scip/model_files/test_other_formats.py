"""OPB and CIP files of which SCIP's readers would take a part."""

import pytest

from .test_lp import refusal, solved

OPB = (
    "* #variable= 3 #constraint= 2\n* a comment, 1,5\nmin: +1 x1 +2 x2 +3 x3 ;\n"
    "+1 x1 +1 x2 >= 1 ;\n+2 ~x2 +2 x3 >= 2 ;\n"
)
"""The optimum is 1, with x1 alone."""

CIP = (
    "STATISTICS\n  Problem name     : t\nOBJECTIVE\n  Sense            : maximize\n"
    "  Offset           : +1.5\nVARIABLES\n"
    "  [integer] <a>: obj=1, original bounds=[0,+inf]\n  [continuous] <b>: obj=2, original bounds=[-1,2.5]\n"
    "CONSTRAINTS\n  [linear] <c>: <a>[I] +<b>[C] <= 7;\nEND\n"
)
"""The optimum is 1.5 + 4 + 5."""


def test_the_programs_themselves(tmp_path):
    assert solved(tmp_path, OPB, "model.opb") == pytest.approx(1)
    assert solved(tmp_path, OPB.replace("\n", "\r\n"), "model.opb") == pytest.approx(1)
    scaled = OPB.replace("* a comment, 1,5", "*   Obj. scale       : 1\n*   Obj. offset      : 7")
    assert solved(tmp_path, scaled, "model.opb") == pytest.approx(8)
    assert solved(tmp_path, OPB.split("\n", 1)[1].replace("min: +1 x1 +2 x2 +3 x3 ;\n", ""), "model.opb") == 0
    assert (
        solved(tmp_path, "soft: 9 ;\n[2] +1 x1 >= 1 ;\n+1 x1 +1 x2 <= 1 ;\n+1 x2 >= 1 ;\n", "model.wbo") == 2
    )
    assert solved(tmp_path, CIP, "model.cip") == pytest.approx(10.5)
    assert solved(tmp_path, CIP.replace("\n", "\r\n"), "model.cip") == pytest.approx(10.5)
    assert solved(tmp_path, CIP.replace("+<b>", "\n    +<b>"), "model.cip") == pytest.approx(10.5)
    assert solved(tmp_path, CIP.replace("END", "  [linear] <d>: 0 <= 2;\nEND"), "model.cip") == pytest.approx(
        10.5
    )


OPB_REFUSED = {
    "decimal comma": (("+2 x2", "+2,5 x2"), "line 3"),
    "sense": (("min:", "minimize:"), "line 3"),
    "semicolon": ((">= 1 ;", ">= 1"), "line 4"),
    "an objective after rows": (
        ("min: +1 x1 +2 x2 +3 x3 ;\n+1 x1 +1 x2 >= 1 ;", "+1 x1 >= 1 ;\nmin: +1 x1 ;"),
        "line 4",
    ),
    "scale": (("* a comment, 1,5", "*   Obj. scale       : -1,5"), "line 2"),
    "a row less than the first line says": (("+2 ~x2 +2 x3 >= 2 ;\n", ""), "cut off"),
}


@pytest.mark.parametrize("kind", OPB_REFUSED)
def test_pseudo_boolean_files(tmp_path, kind):
    (before, after), word = OPB_REFUSED[kind]
    assert before in OPB
    assert word in refusal(tmp_path, OPB.replace(before, after), "model.opb")


def test_every_cut_of_a_pseudo_boolean_file_with_a_first_line_is_told(tmp_path):
    for end in range(1, len(OPB.rstrip())):
        refusal(tmp_path, OPB[:end], "model.opb")


CIP_REFUSED = {
    "sense": (("Sense ", "Sens "), "line 4"),
    "spelling of the sense": (("maximize", "maximise"), "line 4"),
    "no sense": (("  Sense            : maximize\n", ""), "Sense : minimize"),
    "section": (("OBJECTIVE", "OBJECTIVES"), "line 3"),
    "offset": (("+1.5", "+1,5"), "line 5"),
    "decimal comma": (("obj=2,", "obj=2,5,"), "line 8"),
    "decimal comma of a bound": (("2.5]", "2,5]"), "line 8"),
    "type": (("[integer]", "[integr]"), "line 7"),
    "type of a variable in a row": (("<b>[C]", "<b>[]"), "line 10"),
    "decimal comma of a row": (("<= 7", "<= 7,5"), "line 10"),
    "a row without a relation": (("<= 7", ""), "line 10"),
    "end": (("END\n", ""), "END"),
}


@pytest.mark.parametrize("kind", CIP_REFUSED)
def test_cip_files(tmp_path, kind):
    (before, after), word = CIP_REFUSED[kind]
    assert before in CIP
    refusal(tmp_path, CIP.replace(before, after), "model.cip")
    if kind != "end":
        assert word in refusal(tmp_path, CIP.replace(before, after), "model.cip")


FZN = (
    "% a comment\nvar 0..4: x;\nvar 0..9: y;\nconstraint int_lin_le([1, 1], [x, y], 5);\n"
    "constraint int_lin_le([1, -1], [x, y], 1);\nsolve maximize int_float_lin([3.0, 2.0], [], [x, y], []);\n"
)
"""The optimum is 13, at x = 3 and y = 2."""


def test_every_cut_of_a_flatzinc_file_is_told(tmp_path):
    assert solved(tmp_path, FZN, "model.fzn") == pytest.approx(13)
    for end in range(1, len(FZN.rstrip())):
        refusal(tmp_path, FZN[:end], "model.fzn")
