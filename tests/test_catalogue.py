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


def test_an_environment_is_described_by_its_specification():
    text = describe("coplug/Branching-v0")
    assert "**Actions.**" in text
    assert "\n    " not in text.partition("\n")[2][:200]


def test_an_unknown_name_suggests_close_ones():
    with pytest.raises(UsageError, match=r"did you mean .*setcover"):
        describe("setcovr")
