import pytest

from coplug.catalogue import KINDS, catalogue, describe
from coplug.errors import UsageError


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_has_a_line_and_a_description(kind):
    names = catalogue(kind)
    assert names
    for name, line in names.items():
        assert line
        assert "\n" not in line
        assert len(describe(name)) >= len(line)


def test_what_a_name_means_to_several_problems_is_said_of_each():
    line = catalogue("policies")["none"]
    assert "SCIP on small components (clique, mis, vertex-cover)" in line
    assert "no opinion: all flips alike (extremal)" in line
    assert line.count("milp") == 1


def test_an_environment_is_described_by_its_specification():
    text = describe("coplug/Branching-v0")
    assert "**Actions.**" in text
    assert "\n    " not in text.partition("\n")[2][:200]


def test_an_unknown_name_suggests_close_ones():
    with pytest.raises(UsageError, match=r"did you mean .*setcover"):
        describe("setcovr")
