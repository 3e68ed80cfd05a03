from __future__ import annotations

import numpy as np
import pytest

import coplug
from coplug.contracts.policy import Selection
from coplug.errors import PolicyError, UsageError
from coplug.scip.branching import BundleSettings, include_policy
from coplug.scip.dynamics import BranchingDynamics
from coplug.scip.problem import read_model
from coplug.scip.session import Session
from coplug.scip.settings import apply_parameters
from tests.scip.nodes import MANY_NODES, QUIET_ROOT

LIMIT = {"limits/nodes": 40}


class Policy:
    """Takes the most fractional candidate, unless told to misbehave."""

    name = "test"
    candidate_kind = "lp"

    def __init__(self, misbehave=None):
        self.misbehave = misbehave
        self.calls = 0

    def scores(self, state, candidates):
        self.calls += 1
        if self.misbehave is not None and self.calls % 2 == 0:
            return self.misbehave(state, candidates)
        return -np.abs(state.column_features[candidates, 9] - 0.5)


def solve(path, policy, parameters=MANY_NODES, **options):
    model = read_model(path)
    try:
        apply_parameters(model, parameters)
        rule = include_policy(model, policy, **options)
        model.optimize()
        objective = model.getObjVal() if model.getNSols() else None
        return rule, model.getStatus(), objective, {n: model.getParam(n) for n in ("separating/maxrounds",)}
    finally:
        model.free()


def test_a_policy_branches_and_is_counted(tiny):
    rule, status, objective, _ = solve(tiny, Policy())
    assert status == "optimal"
    assert rule.statistics.calls == rule.statistics.decisions > 3
    assert rule.statistics.fallbacks == 0
    assert rule.statistics.time_s > 0.0
    reference = read_model(tiny)
    reference.optimize()
    assert objective == pytest.approx(reference.getObjVal(), abs=1e-6)
    reference.free()


@pytest.mark.parametrize("kind", ["lp", "pseudo"])
def test_both_kinds_of_candidates_can_be_branched(tiny, kind):
    policy = Policy()
    policy.candidate_kind = kind
    rule, status, _, _ = solve(tiny, policy)
    assert status == "optimal"
    assert rule.statistics.decisions > 3


def raises(state, candidates):
    raise ZeroDivisionError("oops")


MISBEHAVIOURS = {
    "raises": raises,
    "nan": lambda state, candidates: np.full(len(candidates), np.nan),
    "one nan": lambda state, candidates: np.where(np.arange(len(candidates)) == 0, np.nan, 1.0),
    "infinite": lambda state, candidates: np.full(len(candidates), np.inf),
    "wrong length": lambda state, candidates: np.zeros(len(candidates) + 1),
    "wrong shape": lambda state, candidates: np.zeros((len(candidates), 2)),
    "text": lambda state, candidates: "none of your business",
    "exits": lambda state, candidates: exec("import sys; raise RuntimeError('x')"),
}


@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_no_misbehaviour_breaks_a_solve(tiny, how, caplog):
    rule, status, _, _ = solve(tiny, Policy(MISBEHAVIOURS[how]))
    assert status == "optimal"
    assert rule.statistics.fallbacks == rule.statistics.calls - rule.statistics.decisions > 0
    assert rule.statistics.first_failure
    assert len([r for r in caplog.records if r.name == "coplug.scip.branching"]) == 1


def test_strict_stops_and_keeps_the_cause(tiny):
    rule, status, _, _ = solve(tiny, Policy(raises), strict=True)
    assert status == "userinterrupt"
    assert isinstance(rule.failure, PolicyError)
    assert isinstance(rule.failure.__cause__, ZeroDivisionError)
    assert "ZeroDivisionError: oops" in str(rule.failure)


def test_none_passes_without_counting_a_fallback(tiny):
    rule, status, _, _ = solve(tiny, Policy(lambda state, candidates: None))
    assert status == "optimal"
    assert rule.statistics.fallbacks == 0
    assert 0 < rule.statistics.decisions < rule.statistics.calls


class Selector:
    name = "selector"

    def __init__(self, selected):
        self.selected, self.asked = selected, 0

    def select(self, root):
        self.asked += 1
        assert root.n_columns > 0
        if self.selected == "raise":
            raise ValueError("cannot decide")
        return Selection(self.selected, "because")


def test_a_selector_is_asked_once_and_its_policy_acts(tiny):
    selector = Selector(Policy())
    rule, status, _, _ = solve(tiny, selector)
    assert (selector.asked, status, rule.name) == (1, "optimal", "test")
    assert rule.statistics.decisions == selector.selected.calls > 0


def test_a_selector_that_declines_leaves_scip_alone(tiny):
    selector = Selector(None)
    rule, status, _, _ = solve(tiny, selector)
    assert (selector.asked, status) == (1, "optimal")
    assert rule.statistics.calls == 0
    assert rule.selection.reason == "because"


def test_a_selector_that_raises_leaves_scip_alone(tiny):
    rule, status, _, _ = solve(tiny, Selector("raise"))
    assert status == "optimal"
    assert (rule.statistics.calls, rule.statistics.fallbacks) == (0, 1)


class Bundle(Policy):
    name = "bundle"
    scip_parameters = {"separating/maxrounds": 0}  # noqa: RUF012 # as a policy might


def test_a_bundle_sets_scip_parameters_unless_told_otherwise(tiny):
    assert solve(tiny, Bundle(), {})[3]["separating/maxrounds"] == 0
    assert solve(tiny, Bundle(), {}, settings=BundleSettings(False))[3]["separating/maxrounds"] == -1
    protected = BundleSettings(protected=frozenset({"separating/maxrounds"}))
    assert solve(tiny, Bundle(), {}, settings=protected)[3]["separating/maxrounds"] == -1


def test_a_selected_bundle_sets_its_parameters_during_the_solve(tiny):
    rule, _, _, parameters = solve(tiny, Selector(Bundle()), MANY_NODES)
    assert parameters["separating/maxrounds"] == 0
    assert rule.applied_parameters == {"separating/maxrounds": 0}


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (lambda model: coplug.attach(model, Policy()), "has a policy already"),
        (lambda model: model.presolve(), "presolved or solved already"),
        (lambda model: model.optimize(), "presolved or solved already"),
    ],
)
def test_a_model_that_takes_no_policy_any_more_is_refused_in_one_line(tiny, before, message):
    model = read_model(tiny)
    try:
        model.setParam("limits/nodes", 1)
        before(model)
        with pytest.raises(UsageError, match=message) as caught:
            coplug.attach(model, Policy())
        assert "\n" not in str(caught.value)
    finally:
        model.free()


def test_a_model_whose_solve_was_taken_back_takes_a_policy(tiny):
    model = read_model(tiny)
    try:
        model.presolve()
        model.freeTransform()
        apply_parameters(model, MANY_NODES | LIMIT)
        rule = coplug.attach(model, Policy())
        model.optimize()
        assert rule.statistics.decisions > 0
    finally:
        model.free()


UNBOUNDED = """maximize
 obj: + 7 x0 - 8 x1 + 6 x2 - 8 x3 - 8 x4 + 9 x5 + 8 x7 - 9 x8 - 8 x9
subject to
 c0: + 6 x1 + 6 x2 + 2 x3 + 6 x7 + 8 x9 <= 40
 c1: + 2 x0 - x1 - x2 + 9 x3 + 8 x4 - 3 x5 + 12 x6 + 11 x7 + 3 x8 + 4 x9 <= 45
 c2: + 12 x0 + 4 x1 + 5 x3 + 6 x4 + 3 x7 + 3 x8 + 2 x9 >= 23
 c3: + 3 x0 - 3 x3 - 4 x5 + 3 x8 + 6 x9 >= 7
bounds
 0 <= x0 <= 9
 -inf <= x4 <= 4
 0 <= x6 <= 9
 0 <= x7 <= 9
generals
 x0 x4 x5 x6 x7 x8
binaries
 x1 x2 x3 x9
end
"""
"""Its LP is unbounded at the root; where x8 is branched on there, at infinity, SCIP loses the ray."""


@pytest.mark.parametrize("kind", ["lp", "pseudo"])
def test_an_unbounded_lp_is_left_to_scip(tmp_path, kind):
    file = tmp_path / "unbounded.lp"
    file.write_text(UNBOUNDED)
    root = QUIET_ROOT | {"presolving/maxrounds": 0}
    for seed in range(20):
        policy = Policy()
        policy.candidate_kind = kind
        rng = np.random.default_rng(seed)
        policy.scores = lambda state, candidates, rng=rng: rng.random(len(candidates))
        assert solve(file, policy, root | {"limits/nodes": 1000}, strict=True)[1] == "unbounded"
        session = Session.from_file(file)
        session.set_params(root | {"limits/nodes": 1000})
        dynamics = BranchingDynamics(kind)
        done, actions = dynamics.reset(session)
        while not done:
            done, actions = dynamics.step(session, rng.choice(actions))
        assert session.solver.getStatus() == "unbounded"
