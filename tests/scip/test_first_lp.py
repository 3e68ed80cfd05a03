from __future__ import annotations

import pytest

from coplug.scip.first_lp import FirstLP
from coplug.scip.problem import read_model
from coplug.scip.settings import apply_parameters
from tests.conftest import INSTANCES
from tests.scip.nodes import MANY_NODES


class Looks:
    def __init__(self, path, parameters, look=lambda model: None):
        self.seen = []
        self.model = read_model(path)
        apply_parameters(self.model, parameters)
        self.look = look
        self.model.includeEventhdlr(FirstLP(self._look), "looks", "notes what there is at the first LP")

    def _look(self):
        model = self.model
        self.seen.append((model.getNNodes(), model.getNCutsApplied()))
        self.look(model)


@pytest.fixture
def looks():
    made = []

    def make(*arguments):
        made.append(Looks(*arguments))
        made[-1].model.optimize()
        return made[-1]

    yield make
    for each in made:
        each.model.free()


def test_it_looks_once_before_any_cut(looks, tiny):
    found = looks(tiny, MANY_NODES)
    assert found.model.getNNodes() > 10
    assert found.model.getNCutsApplied() > 0
    assert found.seen == [(1, 0)]


def test_what_it_sets_counts_at_that_root(looks, tiny):
    def no_cuts(model):
        model.setParam("separating/maxroundsroot", 0)

    assert looks(tiny, MANY_NODES | {"limits/nodes": 1}, no_cuts).model.getNCutsApplied() == 0
    assert looks(tiny, MANY_NODES | {"limits/nodes": 1}).model.getNCutsApplied() > 0


def test_what_presolving_solves_is_not_looked_at(looks, tmp_path):
    path = tmp_path / "solved.lp"
    path.write_text("Minimize\n x\nSubject To\n c: x >= 1\nBinary\n x\nEnd\n")
    assert looks(path, {}).seen == []


def test_an_infeasible_lp_is_not_looked_at(looks, tmp_path):
    path = tmp_path / "infeasible.lp"
    path.write_text("Minimize\n x\nSubject To\n a: x + y >= 2\n b: x + y <= 1\nEnd\n")
    found = looks(path, {"presolving/maxrounds": 0, "propagating/maxroundsroot": 0})
    assert found.model.getStatus() == "infeasible"
    assert found.seen == []


def test_it_looks_at_the_first_run_alone(looks):
    found = looks(INSTANCES / "setcover-easy-0001.lp.gz", {"limits/nodes": 20})
    assert found.model.getNRuns() > 1
    assert len(found.seen) == 1
