from __future__ import annotations

import time

import pytest

import coplug.ecole as ecole
from coplug.ecole import data


class Counting:
    """Counts its calls; the data are the calls so far."""

    def __init__(self):
        self.resets, self.extractions = 0, 0

    def before_reset(self, model):
        self.resets += 1

    def extract(self, model, done):
        self.extractions += 1
        return self.extractions, done


def test_parse_builds_nested_functions():
    inner, default = Counting(), Counting()
    function = data.parse({"a": inner, "b": (None, 2, [ecole.Default, "Default"])}, default)
    function.before_reset(None)
    assert function.extract(None, True) == {"a": (1, True), "b": [None, 2, [(1, True), (2, True)]]}
    assert (inner.resets, default.resets) == (1, 2)


def test_parse_takes_a_function_as_it_is_and_parses_the_default():
    function = Counting()
    assert data.parse(function, None) is function
    assert data.parse("Default", {"n": 3}).extract(None, False) == {"n": 3}
    with pytest.raises(ValueError, match="no default"):
        data.parse(ecole.Default, ecole.Default)


@pytest.mark.parametrize(("wall", "least"), [(True, 0.05), (False, 0.0)])
def test_timed_function_measures_the_clock_it_was_told(wall, least):
    class Sleep(Counting):
        def extract(self, model, done):
            time.sleep(0.05)

    function = data.TimedFunction(Sleep(), wall=wall)
    function.before_reset(None)
    seconds = function.extract(None, False)
    assert least <= seconds
    assert wall or seconds < 0.045


def test_default_equals_its_name_and_nothing_else():
    assert ecole.Default == "Default"
    assert ecole.Default == ecole.DefaultType()
    assert ecole.Default != "default"
    assert ecole.Default != 0
    assert repr(ecole.Default) == "Default"
