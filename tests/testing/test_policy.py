"""Policies that keep their contract, and others that break it, each in its own way."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from coplug.contracts.policy import Selection
from coplug.problems.milp.policies import available_policies, load_policy
from coplug.testing import PolicyCheckError, check_policy

POLICIES = [name for name in available_policies() if name != "none"]
FRACTION = 8


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_keeps_its_contract(name):
    check_policy(load_policy(name))


def test_the_checks_need_no_torch():
    program = "import sys, coplug.testing; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.fixture
def few_families(monkeypatch):
    """Solves of two families show how the check reacts; what is shipped is tried on all of them."""
    monkeypatch.setattr("coplug.testing.policy.shipped_families", lambda: ["independent_set", "setcover"])


class Good:
    name = "good"
    candidate_kind = "lp"

    def scores(self, state, candidates):
        return state.column_features[candidates, FRACTION]


class Passing(Good):
    def scores(self, state, candidates):
        return None


class RulingOut(Good):
    def scores(self, state, candidates):
        return np.where(np.arange(len(candidates)) == 0, 1, -np.inf)


class Integers(Good):
    candidate_kind = "pseudo"
    scip_parameters = {"separating/maxrounds": 0}  # noqa: RUF012 # as a policy might

    def scores(self, state, candidates):
        return list(range(len(candidates)))


class Shortlisting(Good):
    shortlist, shortlist_after, shortlist_iterations = 3, 2, 100

    def scores(self, state, candidates):
        return list(range(len(candidates)))


class Selector:
    name = "selector"
    selected = Good()
    reason = "because"

    def select(self, root):
        return Selection(self.selected, self.reason)


class Declining(Selector):
    selected = None


@pytest.mark.parametrize("policy", [Good, Passing, RulingOut, Integers, Shortlisting, Selector, Declining])
@pytest.mark.usefixtures("few_families")
def test_what_is_allowed_passes(policy):
    check_policy(policy())


class NoName(Good):
    name = None


class NoKind(Good):
    candidate_kind = "all"


class NoScores:
    name = "none"
    candidate_kind = "lp"


class UnknownParameter(Good):
    scip_parameters = {"separating/maxround": 0}  # noqa: RUF012 # as a policy might


class NoParameters(Good):
    scip_parameters = 3


class Raising(Good):
    def scores(self, state, candidates):
        raise ZeroDivisionError("oops")


class WrongShape(Good):
    def scores(self, state, candidates):
        return np.zeros((len(candidates), 1))


class Texts(Good):
    def scores(self, state, candidates):
        return ["a"] * len(candidates)


class NotANumber(Good):
    def scores(self, state, candidates):
        return np.full(len(candidates), np.nan)


class ReadsTheIncumbent(Good):
    def scores(self, state, candidates):
        return state.column_features[candidates, 13]


class Infinite(Good):
    def scores(self, state, candidates):
        return np.full(len(candidates), np.inf)


class RulesOutAll(Good):
    def scores(self, state, candidates):
        return np.full(len(candidates), -np.inf)


class NeedsRows(Good):
    def scores(self, state, candidates):
        return np.full(len(candidates), state.row_features[0, 0])


class Random(Good):
    def scores(self, state, candidates):
        return np.random.default_rng().random(len(candidates))


class RemembersNodes(Good):
    seen = None

    def scores(self, state, candidates):
        if self.seen != state.n_columns:
            self.seen, self.offset = state.n_columns, getattr(self, "offset", 0) + 1
        return np.full(len(candidates), self.offset)


class EmptyShortlist(Good):
    shortlist = 0


class ShortlistOfIntegers(Integers):
    shortlist = 3


class ChangesTheState(Good):
    def scores(self, state, candidates):
        state.column_features[np.isnan(state.column_features)] = 0.0
        return np.zeros(len(candidates))


class ChangesTheCandidates(Good):
    def scores(self, state, candidates):
        candidates[:] = 0
        return np.zeros(len(candidates))


class FailsLate(Good):
    calls = 0

    def scores(self, state, candidates):
        self.calls += 1
        if self.calls > 18:
            raise MemoryError("late")
        return np.zeros(len(candidates))


class SelectsNothing(Selector):
    def select(self, root):
        return None


class NoReason(Selector):
    reason = ""


class SelectsASelector(Selector):
    selected = Selector()


class SelectsABadPolicy(Selector):
    selected = NotANumber()


class RaisesAtTheRoot(Selector):
    def select(self, root):
        raise ValueError("cannot decide")


@pytest.mark.parametrize(
    ("policy", "violation"),
    [
        (NoName(), "name is None"),
        (NoKind(), "candidate_kind is 'all'; expected one of lp, pseudo"),
        (NoScores(), "neither a method scores nor select"),
        (Good, "it is a class"),
        (UnknownParameter(), "raises ParameterError: SCIP has no parameter 'separating/maxround'"),
        (NoParameters(), "expected a mapping"),
        (EmptyShortlist(), "shortlist is 0; expected a whole number of at least 1, or None"),
        (ShortlistOfIntegers(), "a shortlist needs candidate_kind 'lp'"),
        (Raising(), "on a node with no rows: it raises ZeroDivisionError: oops"),
        (WrongShape(), r"1 candidates got scores of shape \(1, 1\); expected \(1,\)"),
        (Texts(), "expected real numbers"),
        (NotANumber(), "3 of 3 scores are NaN or inf"),
        (ReadsTheIncumbent(), "on a node with no rows: 2 of 2 scores are NaN or inf"),
        (Infinite(), "3 of 3 scores are NaN or inf"),
        (RulesOutAll(), "no score is finite"),
        (NeedsRows(), "on a node with no rows: it raises IndexError"),
        (Random(), "the same question got two answers"),
        (RemembersNodes(), "the answer depends on the nodes before"),
        (ChangesTheState(), "it changes column_features"),
        (ChangesTheCandidates(), "it changes candidates"),
        (FailsLate(), "a strict solve of .* stops: .*MemoryError: late"),
        (SelectsNothing(), "select returns None; expected a Selection"),
        (NoReason(), "the reason of the selection is ''"),
        (SelectsASelector(), "the selected policy is a selector itself"),
        (SelectsABadPolicy(), "on a node of setcover: .* scores are NaN or inf"),
        (RaisesAtTheRoot(), "it raises ValueError: cannot decide"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
@pytest.mark.usefixtures("few_families")
def test_a_policy_that_breaks_its_contract_is_caught(policy, violation):
    with pytest.raises(PolicyCheckError, match=violation):
        check_policy(policy)


def test_all_violations_are_listed():
    class Bad(NoName, NoKind):
        scip_parameters = {"nosuch": 1}  # noqa: RUF012 # as a policy might

    with pytest.raises(PolicyCheckError) as raised:
        check_policy(Bad())
    assert len(str(raised.value).splitlines()) == 4
