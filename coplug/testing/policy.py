"""Checking a branching policy, or a selector of policies."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.node import NodeState
from coplug.contracts.policy import BranchingPolicy, PolicySelector, Selection
from coplug.errors import PolicyError
from coplug.plugins import name_of
from coplug.scip.branching import include_policy
from coplug.scip.settings import Parameters, apply_parameters
from coplug.scip.traits import PolicyTraits, is_selector, policy_faults
from coplug.testing.nodes import Node, shipped_families, small_model, synthetic_nodes
from coplug.testing.violations import PolicyCheckError, Violations

CHECKED_NODES = 3
"""Nodes of a solve at which a policy is asked twice."""


def check_policy(policy: BranchingPolicy | PolicySelector, *, seed: int = 0) -> None:
    """Check that a policy, or a selector and the policies that it selects, keeps its contract.

    It is asked on synthetic nodes (one row, no rows, one candidate, thousands of columns, with and without an
    incumbent) and in short strict solves of a small instance of each family that coplug ships, and must

    - have a name, a candidate kind if it scores, and SCIP parameters that SCIP accepts, if any;
    - return ``None``, or one real score for each candidate: no NaN, no ``inf``, and one at least finite
      (``-inf`` rules a candidate out);
    - give the same answer to the same question, at once and after other nodes;
    - change neither the state nor the candidates;
    - never raise.

    A selector must return a :class:`~coplug.contracts.policy.Selection` with a reason of one line.

    Parameters
    ----------
    policy : BranchingPolicy or PolicySelector
        As in :func:`coplug.attach`.
    seed : int
        Of the nodes and instances.

    Raises
    ------
    PolicyCheckError
        With all violations, a line each.
    """
    violations = Violations()
    if isinstance(policy, type):
        violations.require(False, "it is a class; check an object of it")
    elif _has_parts(policy, violations):
        _check_answers(policy, seed, violations)
        for family in shipped_families():
            _check_solve(policy, family, seed, violations)
    violations.raise_as(PolicyCheckError, f"policy {_label(policy)}")


def _label(policy: object) -> str:
    try:
        return repr(name_of(policy))
    except PolicyError:
        return f"of type {type(policy).__name__}"


def _has_parts(policy: Any, violations: Violations) -> bool:
    """Check the attributes; return whether the policy can be asked at all."""
    faults = policy_faults(policy)
    for fault in faults:
        violations.require(False, fault)
    if faults or is_selector(policy):
        return not faults and violations.require(callable(policy.select), "select is no method")
    return _takes_parameters(PolicyTraits.of(policy).scip_parameters, violations)


def _takes_parameters(parameters: Parameters, violations: Violations) -> bool:
    """Check that SCIP accepts the parameters that come with the policy."""
    model = pyscipopt.Model()
    before = len(violations.found)
    try:
        with violations.guarding("setting scip_parameters"):
            apply_parameters(model, parameters)
    finally:
        model.free()
    return len(violations.found) == before


def _check_answers(policy: Any, seed: int, violations: Violations) -> None:
    """Ask about each synthetic node twice, and about the first once more after all others."""
    nodes = list(synthetic_nodes(seed))
    first: list[Any] = []
    for node in [*nodes, nodes[0]]:
        with violations.guarding(f"on {node.label}: it"):
            answer = ask_twice(policy, node, violations)
            if node is nodes[0]:
                first.append(answer)
    if len(first) == 2:
        violations.require(_same(*first), f"on {nodes[0].label}: the answer depends on the nodes before")


def ask_twice(policy: Any, node: Node, violations: Violations) -> Any:
    """Return the policy's answer; note what is wrong with it, and whether asking again changes it."""
    where = f"on {node.label}"
    asked = [_ask_unchanged(policy, node, where, violations) for _ in range(2)]
    violations.require(_same(*asked), f"{where}: the same question got two answers")
    for answer in asked:
        _check_answer(policy, answer, node, where, violations)
    return asked[0]


def _ask_unchanged(policy: Any, node: Node, where: str, violations: Violations) -> Any:
    state, candidates = node.state.copy(), node.candidates.copy()
    answer = _ask(policy, node.state, node.candidates)
    changed = [
        name for name in NodeState.__slots__ if not _same(getattr(state, name), getattr(node.state, name))
    ]
    if not np.array_equal(candidates, node.candidates):
        changed.append("candidates")
    violations.require(not changed, f"{where}: it changes {', '.join(changed)}")
    return answer


def _ask(policy: Any, state: NodeState, candidates: NDArray[np.int32]) -> Any:
    """Return a selection, scores that own their memory, or None."""
    if is_selector(policy):
        return policy.select(state)
    scores = policy.scores(state, candidates)
    return None if scores is None else np.array(scores)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Selection) and isinstance(b, Selection):
        return (a.reason, getattr(a.policy, "name", None)) == (b.reason, getattr(b.policy, "name", None))
    a, b = np.asarray(a), np.asarray(b)
    return np.array_equal(a, b, equal_nan=np.issubdtype(a.dtype, np.inexact))


def _check_answer(policy: Any, answer: Any, node: Node, where: str, violations: Violations) -> None:
    if is_selector(policy):
        _check_selection(answer, where, violations)
    elif answer is not None:
        _check_scores(answer, node.candidates, where, violations)


def _check_selection(selection: Any, where: str, violations: Violations) -> None:
    if not violations.require(
        isinstance(selection, Selection), f"{where}: select returns {selection!r}; expected a Selection"
    ):
        return
    reason = selection.reason
    violations.require(
        isinstance(reason, str) and bool(reason) and len(reason.splitlines()) == 1,
        f"{where}: the reason of the selection is {reason!r}; expected one line",
    )
    if selection.policy is not None:
        violations.require(
            not is_selector(selection.policy), f"{where}: the selected policy is a selector itself"
        ) and _has_parts(selection.policy, violations)


def _check_scores(
    scores: NDArray[Any], candidates: NDArray[np.int32], where: str, violations: Violations
) -> None:
    numbers = np.issubdtype(scores.dtype, np.floating) or np.issubdtype(scores.dtype, np.integer)
    if not violations.require(
        numbers, f"{where}: the scores are of type {scores.dtype}; expected real numbers"
    ):
        return
    if not violations.require(
        scores.shape == candidates.shape,
        f"{where}: {len(candidates)} candidates got scores of shape {scores.shape}; expected {candidates.shape}",
    ):
        return
    unusable = int(np.isnan(scores).sum() + np.isposinf(scores).sum())
    violations.require(unusable == 0, f"{where}: {unusable} of {len(scores)} scores are NaN or inf")
    violations.require(bool(np.isfinite(scores).any()), f"{where}: no score is finite")


class _Watched:
    """The policy itself, asked twice at the first nodes of a solve."""

    def __init__(self, policy: Any, family: str, violations: Violations) -> None:
        self._policy, self._family, self._violations = policy, family, violations
        self._asked = 0
        self.name = name_of(policy)
        for trait, value in vars(PolicyTraits.of(policy)).items():
            setattr(self, trait, value)

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> Any:
        self._asked += 1
        if self._asked > CHECKED_NODES:
            return self._policy.scores(state, candidates)
        return ask_twice(self._policy, Node(f"a node of {self._family}", state, candidates), self._violations)


class _WatchedSelector:
    """The selector itself, asked twice; its policy is watched."""

    def __init__(self, selector: Any, family: str, violations: Violations) -> None:
        self._selector, self._family, self._violations = selector, family, violations
        self.name = name_of(selector)

    def select(self, root: NodeState) -> Any:
        node = Node(f"a node of {self._family}", root, np.empty(0, np.int32))
        selection = ask_twice(self._selector, node, self._violations)
        if not isinstance(selection, Selection) or selection.policy is None:
            return Selection(None, "nothing to watch")
        if is_selector(selection.policy):
            return Selection(None, "a selector may not select another, which has been noted")
        watched = _Watched(selection.policy, self._family, self._violations)
        return Selection(cast(BranchingPolicy, watched), selection.reason)


def _check_solve(policy: Any, family: str, seed: int, violations: Violations) -> None:
    """Solve a small instance for a few nodes, strictly."""
    watch: Any = _WatchedSelector if is_selector(policy) else _Watched
    with violations.guarding(f"a solve of {family}"), small_model(family, seed) as model:
        rule = include_policy(model, watch(policy, family, violations), strict=True)
        model.optimize()
        if model.getStatus() == "userinterrupt" and rule.failure is None:
            raise KeyboardInterrupt  # SCIP caught Ctrl-C itself
        reason = rule.statistics.first_failure or str(rule.failure)
        violations.require(rule.statistics.fallbacks == 0, f"a strict solve of {family} stops: {reason}")
