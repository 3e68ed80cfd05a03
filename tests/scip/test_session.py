from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import weakref

import pyscipopt
import pytest

from coplug.errors import InstanceError, ParameterError, SolverError, UsageError
from coplug.scip.dynamics import BranchingDynamics
from coplug.scip.session import Session
from coplug.scip.stage import Stage
from tests.conftest import INSTANCES
from tests.scip.test_stepping import threads

AUCTION = INSTANCES / "auctions-tiny-0001.lp"
NO_ROOT_WORK = {"presolving/maxrounds": 0, "separating/maxrounds": 0, "separating/maxroundsroot": 0}


@pytest.fixture
def session():
    session = Session.from_file(AUCTION)
    session.set_params(NO_ROOT_WORK)
    return session


def test_stages_have_scips_numbers(session):
    for stage in Stage:
        name = {"InitPresolve": "INITPRESOLVE", "ExitPresolve": "EXITPRESOLVE"}.get(
            stage.name, stage.name.upper()
        )
        assert stage == getattr(pyscipopt.SCIP_STAGE, name)
    assert session.stage == Stage.Problem
    session.transform()
    assert session.stage == Stage.Transformed
    session.solve()
    assert session.stage == Stage.Solved
    assert session.primal_bound == pytest.approx(session.dual_bound)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s: Session.from_file("/nowhere/x.lp"), InstanceError, "does not exist"),
        (lambda s: s.set_param("limits/tim", 1), ParameterError, "limits/time"),
        (lambda s: s.get_param("no/such"), ParameterError, "no parameter 'no/such'"),
        (lambda s: s.set_param("separating/minortho", 0.5), ParameterError, "cutselection/hybrid/minortho"),
        (lambda s: s.resume(1), SolverError, "no solve is paused"),
        (lambda s: Session.from_pyscipopt(s.as_pyscipopt()), UsageError, "does not own"),
        (copy.deepcopy, UsageError, "copy_orig"),
        (pickle.dumps, UsageError, "send the instance's path"),
    ],
)
def test_what_goes_wrong_is_one_line(session, call, error, message):
    with pytest.raises(error, match=message) as caught:
        call(session)
    assert "\n" not in str(caught.value)


def test_a_copy_of_the_problem_is_another_session(session):
    other = session.copy_orig()
    assert other != session
    assert type(other) is Session
    assert other.get_param("presolving/maxrounds") == 0
    session.solve()
    assert other.stage == Stage.Problem


def test_a_shallow_copy_is_the_same_session_and_keeps_scip_alive():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import copy, gc\n"
            "from coplug.scip.session import Session\n"
            f"session = Session.from_file({str(AUCTION)!r})\n"
            "other = copy.copy(session)\n"
            "assert other == session\n"
            "del session\n"
            "gc.collect()\n"
            "print(other.name, other.solver.getNVars())",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[1] == str(Session.from_file(AUCTION).as_pyscipopt().getNVars())


def test_dropping_a_paused_session_ends_its_thread():
    session = Session.from_file(AUCTION)
    session.set_params(NO_ROOT_WORK)
    assert BranchingDynamics().reset(session)[0] is False
    assert session.is_paused
    assert len(threads()) == 1
    gone = weakref.ref(session)
    del session
    gc.collect()
    assert gone() is None
    assert threads() == []


def test_one_solve_at_a_time(session):
    BranchingDynamics().reset(session)
    session.stop()
    assert not session.is_paused
    with pytest.raises(SolverError, match="fresh copy"):
        BranchingDynamics().reset(session)
