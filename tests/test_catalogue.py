import shutil

import pytest

from coplug.catalogue import KINDS, catalogue, describe, policies_by_problem
from coplug.errors import UsageError, WeightsError
from coplug.inference.zoo import zoo_directory


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


def test_policies_are_listed_by_the_problem_that_they_serve():
    groups = policies_by_problem()
    assert "greedy" in groups["clique, mis, vertex-cover"]
    assert "setcover-gcnn" in groups["milp"]
    assert "greedy" not in groups["milp"]
    assert "extremal-pairformer" in groups["extremal"]


def test_methods_guides_and_folders_are_described(tmp_path):
    assert "least degree first" in describe("greedy")
    assert all(name in describe("auto") for name in ("(milp)", "(extremal)", "(clique, mis, vertex-cover)"))
    assert describe("extremal-pairformer").startswith("#")
    folder = tmp_path / "policy"
    shutil.copytree(zoo_directory() / "setcover-gcnn", folder)
    assert describe(str(folder)) == describe("setcover-gcnn")
    (folder / "README.md").unlink()
    assert describe(str(folder)) == "weights of gcnn for milp, without a card"
    with pytest.raises(WeightsError, match=r"config\.json"):
        describe(str(tmp_path))
