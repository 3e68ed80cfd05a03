from __future__ import annotations

import numpy as np
import pytest

from coplug.errors import SolverError, UsageError
from coplug.scip.dynamics import BranchingDynamics
from coplug.scip.session import Session
from tests.conftest import INSTANCES

NO_ROOT_WORK = {"presolving/maxrounds": 0, "separating/maxrounds": 0, "separating/maxroundsroot": 0}


@pytest.fixture
def session():
    session = Session.from_file(INSTANCES / "auctions-tiny-0001.lp")
    session.set_params(NO_ROOT_WORK)
    return session


def test_candidates_are_positions_of_variables(session):
    done, candidates = BranchingDynamics("pseudo").reset(session)
    assert not done
    assert candidates.dtype == np.int64
    names = [v.name for v in session.solver.getVars(transformed=True)]
    expected = {v.name for v in session.solver.getPseudoBranchCands()[0]}
    assert {names[k] for k in candidates} == expected


def test_skipped_nodes_are_scips(session):
    dynamics = BranchingDynamics()
    done, _ = dynamics.reset(session)
    while not done:
        done, _ = dynamics.skip(session)
    alone = Session.from_file(INSTANCES / "auctions-tiny-0001.lp")
    alone.set_params(NO_ROOT_WORK)
    alone.solve()
    assert session.solver.getNTotalNodes() == alone.solver.getNTotalNodes()


@pytest.mark.parametrize("action", [10**6, -1, 0.5, "x1", None])
def test_what_is_no_candidate_is_refused(session, action):
    dynamics = BranchingDynamics()
    dynamics.reset(session)
    with pytest.raises(ValueError, match="action"):
        dynamics.step(session, action)


def test_a_step_without_a_reset_is_refused(session):
    for step in (lambda: BranchingDynamics().step(session, 0), lambda: BranchingDynamics().skip(session)):
        with pytest.raises(SolverError, match="reset first"):
            step()


def test_an_unknown_kind_of_candidates_is_refused():
    with pytest.raises(UsageError, match="'fractional' are unknown; choose 'pseudo' or 'lp'"):
        BranchingDynamics("fractional")
