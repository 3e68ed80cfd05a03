"""``coplug doctor`` says what works, whatever other packages bring."""

from typer.testing import CliRunner

from coplug.cli import app

PROBLEM = """
from coplug.problems.mis.problem import SetProblem


class Moody(SetProblem):
    def policies(self):
        raise RuntimeError("not today")


problem = Moody("moody", "max", "whatever it wants")
"""

POLICY = """
class Policy:
    name = "theirs"
    candidate_kind = "lp"

    def scores(self, state, candidates):
        return candidates
"""


def test_a_problem_that_cannot_say_its_policies_is_passed_over(install):
    install("moody_package", PROBLEM, problems={"moody": "moody_package:problem"})
    shown = CliRunner().invoke(app, ["doctor"])
    assert shown.exit_code == 0, shown.output
    assert "policy setcover-gcnn loads" in shown.output
    assert "moody" in CliRunner().invoke(app, ["list", "problems"]).output


def test_policies_load_and_versions_are_shown():
    shown = CliRunner().invoke(app, ["doctor"])
    assert shown.exit_code == 0, shown.output
    assert "policy setcover-gcnn loads" in shown.output
    assert "BROKEN" not in shown.output


def test_policies_that_reuse_a_shipped_name_are_not_listed_in_its_place(install):
    install("copy_cat", POLICY, policies={"none": "copy_cat:Policy", "their-own": "copy_cat:Policy"})
    shown = CliRunner().invoke(app, ["list", "policies"]).output
    lines = dict(line.split(None, 1) for line in shown.splitlines() if len(line.split()) > 1)
    assert "plugin" not in lines["none"]
    assert lines["their-own"].startswith("plugin copy_cat:Policy")
