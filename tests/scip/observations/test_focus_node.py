from __future__ import annotations

import pytest

from coplug.scip.dynamics import BranchingDynamics
from coplug.scip.observations import FocusNode
from coplug.scip.session import Session
from tests.conftest import INSTANCES

NO_ROOT_WORK = {
    "presolving/maxrounds": 0,
    "separating/maxrounds": 0,
    "separating/maxroundsroot": 0,
    "presolving/maxrestarts": 0,
}


@pytest.fixture(scope="module")
def nodes():
    """Return what was observed at each decision, and the names of the candidates of both kinds."""
    session = Session.from_file(INSTANCES / "auctions-tiny-0001.lp")
    session.set_params(NO_ROOT_WORK)
    function, dynamics = FocusNode(), BranchingDynamics()
    function.before_reset(session)
    assert function.extract(session) is None
    done, candidates = dynamics.reset(session)
    seen = []
    while not done:
        solver = session.solver
        counts = len(solver.getLPBranchCands()[0]), len(solver.getPseudoBranchCands()[0]), solver.getNVars()
        seen.append((function.extract(session), counts, solver.getCurrentNode().getLowerbound()))
        done, candidates = dynamics.step(session, candidates[0])
    assert function.extract(session, done=True) is None
    return seen


def test_the_root_has_no_parent(nodes):
    root = nodes[0][0]
    assert (root.number, root.depth, root.parent_number) == (0, 0, -1)
    assert root.parent_lowerbound == root.lowerbound


def test_parents_were_seen_before_one_level_higher(nodes):
    assert len(nodes) > 5
    by_number = {node.number: node for node, _, _ in nodes}
    assert len(by_number) == len(nodes)
    for node, _, _ in nodes[1:]:
        parent = by_number[node.parent_number]
        assert node.depth == parent.depth + 1
        assert node.parent_lowerbound >= parent.lowerbound
        assert node.lowerbound >= node.parent_lowerbound


def test_the_rest_is_what_scip_says(nodes):
    for node, (n_lp, n_pseudo, n_variables), bound in nodes:
        assert (node.nlpcands, node.npseudocands, node.n_vars) == (n_lp, n_pseudo, n_variables)
        assert node.lowerbound == bound
        assert node.estimate >= node.lowerbound - 1e-9
        assert node.n_added_conss == 0


def test_subtrees_add_up(nodes):
    """Each branched node has two children, and what was not branched is a leaf."""
    size = dict.fromkeys((node.number for node, _, _ in nodes), 0)
    for node, _, _ in sorted(nodes, key=lambda item: -item[0].depth):
        size[node.number] += 2
        if node.parent_number >= 0:
            size[node.parent_number] += size[node.number]
    assert size[0] == 2 * len(nodes)
