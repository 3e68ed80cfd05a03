from __future__ import annotations

import pyscipopt
import pytest

from coplug.errors import ParameterError
from coplug.scip.renamed_parameters import RENAMED
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
