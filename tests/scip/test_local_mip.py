"""Local-MIP inside SCIP."""

import time

import pyscipopt
import pytest

import coplug
from coplug.algorithms.local_mip import beside
from coplug.algorithms.local_mip.beside import SearchBeside
from coplug.errors import UsageError
from coplug.scip import local_mip
from coplug.scip.local_mip import include_local_mip
from coplug.scip.messages import free
from coplug.scip.problem import read_model
from tests.cli.commands import run
from tests.conftest import INSTANCES

TINY = INSTANCES / "setcover-tiny-0001.lp"


class Waiting(pyscipopt.Branchrule):
    """Keeps SCIP from going on until the search has found something, or has ended."""

    def __init__(self, heuristic):
        self._heuristic = heuristic

    def branchexeclp(self, allowaddcons):
        search = self._heuristic._search
        while not self._heuristic.found and not search._rest and not search.has_ended:
            point = search.best()
            search._rest = b"" if point is None else point.tobytes()
            time.sleep(0.01)
        return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}


def test_scip_takes_what_it_finds():
    pytest.importorskip("localmip_py")
    model = read_model(TINY)
    model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
    model.setPresolve(pyscipopt.SCIP_PARAMSETTING.OFF)
    model.setParam("separating/maxroundsroot", 0)
    heuristic = include_local_mip(model)
    model.includeBranchrule(
        Waiting(heuristic), "waiting", "", priority=10_000_000, maxdepth=-1, maxbounddist=1.0
    )
    model.optimize()
    assert heuristic.found >= 1
    assert model.getObjVal() == 305.0
    heuristic.end()
    free(model)


def test_no_process_is_left_after_the_solve(monkeypatch):
    pytest.importorskip("localmip_py")
    begun = []

    class Seen(SearchBeside):
        def __init__(self, *args):
            super().__init__(*args)
            begun.append(self)

    monkeypatch.setattr(local_mip, "SearchBeside", Seen)
    model = read_model(TINY)
    model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
    coplug.solve(model, policy=None, local_mip=True)
    assert [search.has_ended for search in begun] == [True]
    free(model)


def test_it_stays_away_where_there_is_a_solution():
    pytest.importorskip("localmip_py")
    model = read_model(TINY)
    heuristic = include_local_mip(model)
    solution = model.createSol()
    for variable in model.getVars():
        model.setSolVal(solution, variable, 1.0)
    assert model.addSol(solution)
    model.optimize()
    assert heuristic.found == 0
    free(model)


@pytest.mark.parametrize("race", [None, 2])
def test_the_optimum_stays_what_it_is(race):
    pytest.importorskip("localmip_py")
    report = coplug.solve(TINY, policy=None, local_mip=True, race=race)
    assert (report.status, report.objective) == ("optimal", 305.0)


def test_missing_package_is_said_before_the_solve(monkeypatch):
    monkeypatch.setattr(beside, "PACKAGE", "no_such_package")
    with pytest.raises(UsageError, match="--local-mip needs the package localmip"):
        coplug.solve(TINY, local_mip=True)


def test_local_mip_on_the_command_line_prints_nothing_of_its_own():
    pytest.importorskip("localmip_py")
    done = run("solve", TINY, "--local-mip", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
