from __future__ import annotations

import pyscipopt
import pytest

from coplug.errors import ParameterError
from coplug.scip.renamed_parameters import IN_SCIP_11, RENAMED, resolved
from coplug.scip.settings import apply_parameters, read_settings_file


@pytest.fixture(scope="module")
def model():
    return pyscipopt.Model()


def test_successors_are_known_to_scip_and_predecessors_are_not(model):
    known = model.getParams()
    assert [name for name in RENAMED if name in known] == []
    assert [name for name in RENAMED.values() if name not in known] == []


@pytest.mark.parametrize("name", RENAMED)
def test_the_error_names_the_successor(model, name, tmp_path):
    with pytest.raises(ParameterError, match=f"any more; its successor is {RENAMED[name]}"):
        apply_parameters(model, {name: 1})
    settings = tmp_path / "old.set"
    settings.write_text(f"{name} = 1\n")
    with pytest.raises(ParameterError, match=f"old.set: .*its successor is {RENAMED[name]}"):
        read_settings_file(model, settings)


def test_names_of_another_version_are_those_of_the_running_one(model):
    known = model.getParams()
    assert [name for name in IN_SCIP_11 if name not in known] == []
    assert [name for name in IN_SCIP_11.values() if name in known] == []
    later = {after: k for k, after in enumerate(IN_SCIP_11.values())}
    assert resolved(later, known) == ({before: k for k, before in enumerate(IN_SCIP_11)}, ())
    earlier = dict.fromkeys(IN_SCIP_11, 1)
    assert resolved(earlier, IN_SCIP_11.values()) == (dict.fromkeys(IN_SCIP_11.values(), 1), ())


def test_what_no_version_is_known_to_have_is_named(model):
    parameters = {"heuristics/feasjump/freq": 1, "lp/pricing": "l", "misc/usesymmetry": 3}
    assert resolved(parameters, model.getParams()) == (
        {"lp/pricing": "l", "misc/usesymmetry": 3},
        ("heuristics/feasjump/freq",),
    )


def test_a_user_is_told_what_this_scip_calls_a_parameter(model):
    with pytest.raises(ParameterError, match="it calls it propagating/symmetry/usedynamicprop"):
        apply_parameters(model, {"symmetries/rowcol/usedynamicprop": True})
