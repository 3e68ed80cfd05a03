"""The settings of a race."""

import pyscipopt
import pytest

from coplug.scip.race.portfolio import AS_ASKED, line_up, portfolio, setting_from


@pytest.fixture
def model():
    model = pyscipopt.Model()
    yield model
    model.free()


def test_race_begins_with_what_was_asked_for_and_ends_with_other_seeds():
    runners = line_up(len(portfolio()) + 3)
    assert [runner.has_policy for runner in runners] == [True] + [False] * (len(runners) - 1)
    assert [runner.name for runner in runners[-2:]] == ["another seed 1", "another seed 2"]
    assert len({(runner.setting.name, runner.seed_shift) for runner in runners}) == len(runners)
    assert [runner.name for runner in line_up(1)] == [AS_ASKED]
    assert [runner.looks_early for runner in runners[:3]] == [False, True, False]


@pytest.mark.parametrize("setting", portfolio(), ids=lambda setting: setting.name)
def test_each_setting_changes_something_that_scip_takes(model, setting):
    before = model.getParams()
    setting.apply(model)
    assert model.getParams() != before


def test_what_the_user_chose_wins(model):
    model.setParam("heuristics/rins/freq", 7)
    setting_from({"name": "off", "heuristics": "off"}).apply(model, kept=["heuristics/rins/freq"])
    assert model.getParam("heuristics/rins/freq") == 7
    assert model.getParam("heuristics/rens/freq") == -1
