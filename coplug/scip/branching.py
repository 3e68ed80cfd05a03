"""The branching plugin: hands each node to a policy, and to SCIP's own rule whenever the policy fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.policy import BranchingPolicy, PolicySelector, Selection
from coplug.errors import ParameterError, PolicyError, UsageError, in_one_line
from coplug.plugins import name_of
from coplug.scip.answers import checked_scores, checked_selection
from coplug.scip.first_lp import FirstLP, has_lp_optimum
from coplug.scip.guest import Guest, OverstayError
from coplug.scip.make_reader import make_reader
from coplug.scip.problem_structure import problem_metrics
from coplug.scip.ranges import mismatches
from coplug.scip.reader import StateReader
from coplug.scip.renamed_parameters import resolved
from coplug.scip.settings import CPU_CLOCK, Parameters, ParameterValue, apply_parameters
from coplug.scip.shortlist import Shortlist
from coplug.scip.traits import PolicyTraits, is_selector
from coplug.scip.withdrawal import CpuTime

logger = logging.getLogger(__name__)

T = TypeVar("T")

PRIORITY = 1_000_000
"""Above every rule of SCIP (its highest default is 10000)."""

_RULE = "coplug"


@dataclass
class PolicyStatistics:
    """What a policy did in one solve.

    Attributes
    ----------
    calls : int
        Nodes at which the policy was asked.
    decisions : int
        Nodes that it branched.
    fallbacks : int
        Nodes handed to SCIP's rule because the policy failed.
    time_s : float
        Seconds spent reading the state and scoring, CPU or wall clock as SCIP's ``timing/clocktype`` says. Strong
        branching on a shortlist is not among them: it is the LP solver's time, as with SCIP's own rules.
    first_failure : str
        One line about the first fallback, empty if there was none.
    """

    calls: int = 0
    decisions: int = 0
    fallbacks: int = 0
    time_s: float = 0.0
    first_failure: str = ""


class PolicyBranching(pyscipopt.Branchrule):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """A SCIP branching rule that asks a policy.

    The policy may raise, return scores of a wrong shape or that are not finite: the node then goes to SCIP's own
    rule, is counted, and is reported once; under ``strict`` the solve is interrupted and ``failure`` holds the
    error, because an exception that leaves a callback reaches the user only as "unspecified error". A policy that wants
    to end the process (``SystemExit`` and whatever else is no ``Exception``) is not asked again in this solve. A
    ``KeyboardInterrupt`` in the main thread is the user's, and also ends the solve, as SCIP's own handling of Ctrl-C.

    Attributes
    ----------
    name : str
        Name of the policy in use, or of the selector until it has chosen.
    selection : Selection or None
        What a selector decided, once it has.
    drift : str
        How the instance has left what the policy, or the nearest, was made for; empty if it has not.
    withdrawn : str
        Why the policy left the rest of the solve to SCIP; empty if it did not.
    statistics : PolicyStatistics
        Calls, decisions, fallbacks and time so far.
    failure : PolicyError or None
        Why a strict solve was interrupted.
    guest : Guest
        The policy's code, while it runs.
    """

    def __init__(
        self, policy: BranchingPolicy | PolicySelector, strict: bool, settings: BundleSettings
    ) -> None:
        selects = is_selector(policy)
        self._selector = cast(PolicySelector, policy) if selects else None
        self._policy = None if selects else cast(BranchingPolicy, policy)
        self._traits = PolicyTraits() if selects else PolicyTraits.of(policy)
        self.name = name_of(policy)
        self._strict = strict
        self._settings = settings
        self._reader: StateReader | None = None
        self._shortlist: Shortlist | None = None
        self._clock = time.perf_counter
        self.selection: Selection | None = None
        self.drift = ""
        self.withdrawn = ""
        self.guest = Guest()
        self._cpu = CpuTime()
        self.statistics = PolicyStatistics()
        self.failure: PolicyError | None = None

    @property
    def branches(self) -> bool:
        """Whether the policy in use branches, rather than bringing SCIP parameters alone."""
        return self._traits.branches

    @property
    def applied_parameters(self) -> Parameters:
        """SCIP parameters that came with the policy and were set."""
        return self._settings.applied

    def branchinitsol(self) -> None:
        """Start a branch-and-bound run with a fresh reader: a restart rebuilds SCIP's rows, columns and variables."""
        self._reader = None
        self._shortlist = None
        on_cpu = self.model.getParam("timing/clocktype") == CPU_CLOCK
        self._clock = time.thread_time if on_cpu else time.perf_counter

    def branchexeclp(self, allowaddcons: bool) -> dict[str, Any]:
        """Branch on the policy's choice; called by SCIP at a node with a fractional LP solution."""
        start = self._clock()
        policy, scores = self._policy, None
        # An unbounded LP has no state to look at, and SCIP loses solutions where infinite values are branched on.
        asked = policy is not None and self._traits.branches and self.failure is None
        if policy is not None and asked and has_lp_optimum(self.model):
            self.statistics.calls += 1
            scores = self._guarded(lambda: self._scores(policy))
        self.statistics.time_s += self._clock() - start
        if scores is None:
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        return {"result": self._branch(scores)}

    def branchexecps(self, allowaddcons: bool) -> dict[str, Any]:
        """Leave nodes without an LP solution to SCIP."""
        return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}

    def branchexecext(self, allowaddcons: bool) -> dict[str, Any]:
        """Leave external candidates (spatial branching) to SCIP."""
        return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}

    def _current_reader(self) -> StateReader:
        if self._reader is None:
            self._reader = make_reader(self.model)
        return self._reader

    def _guarded(self, ask: Callable[[], T]) -> T | None:
        """Return what a policy or selector answers, or None if it fails."""
        try:
            return ask()
        except BaseException as error:  # it may raise anything, and no solve may break on it
            self.guest.leave()
            self._fall_back(error)
            return None

    def select(self) -> None:
        """Let the selector decide, and set the SCIP parameters that come with what it chose."""
        start = self._clock()
        self._guarded(self._select)
        self.statistics.time_s += self._clock() - start

    def select_early(self, model: pyscipopt.Model) -> None:
        """Let a selector that can decide by the problem as it was given; nothing if it wants to see the first LP."""
        ask = getattr(self._selector, "select_early", None)
        if ask is not None:
            self.guest.enter()
            self._guarded(lambda: self._take_early(model, ask(lambda: problem_metrics(model))))
            self.guest.leave()

    def _take_early(self, model: pyscipopt.Model, given: object) -> None:
        if given is not None:
            self._take(model, checked_selection(given))

    def check_drift(self, model: pyscipopt.Model) -> None:
        """Note where the problem as it was given is not what a policy that was named is for."""
        if self._traits.fingerprint_of == "problem" and self._traits.fingerprint:
            metrics = problem_metrics(model)
            self.drift = "; ".join(mismatches(self._traits.fingerprint, metrics)) if metrics else ""

    def _select(self) -> None:
        assert self._selector is not None
        self.selection = Selection(None, "the selection itself failed")
        root = self._current_reader().read()
        self.guest.enter()
        self._take(self.model, checked_selection(self._selector.select(root)))

    def _take(self, model: pyscipopt.Model, selection: Selection) -> None:
        """Use what was selected, with the SCIP parameters that come with it."""
        policy = selection.policy
        traits, name = (PolicyTraits.of(policy), name_of(policy)) if policy is not None else (None, "")
        self.guest.leave()
        if traits is not None:
            self._settings.apply(model, name, traits.scip_parameters)
            self._traits, self.name = traits, name
        self.selection, self._policy, self.drift = selection, policy, selection.drift

    def _branch(self, scores: NDArray[np.floating[Any]]) -> Any:
        """Branch on the best candidate, or let the shortlist branch or reduce the node; returns SCIP's result."""
        reader, size = self._current_reader(), self._traits.shortlist
        alone = self.statistics.decisions < self._traits.shortlist_after
        if size is None or alone or not self.model.allColsInLP():
            reader.branch(int(np.argmax(scores)))
            result = pyscipopt.SCIP_RESULT.BRANCHED
        else:
            if self._shortlist is None:
                self._shortlist = Shortlist(self.model, size, self._traits.shortlist_iterations)
            result = self._shortlist.branch(reader, scores)
        self.statistics.decisions += result == pyscipopt.SCIP_RESULT.BRANCHED
        return result

    def _scores(self, policy: BranchingPolicy) -> NDArray[np.floating[Any]] | None:
        """Return the scores of the candidates just listed, or None if the policy passes."""
        self._cpu.enter()
        reader = self._current_reader()
        candidates = reader.candidates(self._traits.candidate_kind)
        state = reader.read()
        self.guest.enter()
        given = policy.scores(state, candidates)
        scores = None if given is None else checked_scores(given, len(candidates))
        self.guest.leave()
        self._cpu.leave()
        if scores is not None:
            self._reconsider(scores)
        return scores

    def _reconsider(self, scores: NDArray[np.floating[Any]]) -> None:
        """Let the policy go after this node if it is time."""
        if self.selection is None or self.selection.withdrawal is None:
            return
        reason = self.selection.withdrawal.verdict(scores, self._cpu.policy_s, self._cpu.elapsed_s)
        if reason is not None:
            self._withdraw(str(reason))

    def _withdraw(self, reason: str) -> None:
        """Leave the rest of the solve to SCIP, without the SCIP parameters that came with the policy."""
        self.withdrawn, self._policy = reason, None
        self._settings.take_back(self.model)

    def did_not_return(self) -> None:
        """Note that the policy's code had to be left behind."""
        self._fall_back(OverstayError())

    def _fall_back(self, error: BaseException) -> None:
        self.statistics.fallbacks += 1
        line = in_one_line(error)
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            self.model.interruptSolve()
        if self._strict:
            self.failure = PolicyError(f"policy {self.name} failed at node {self.model.getNNodes()}: {line}")
            self.failure.__cause__ = error
            self.model.interruptSolve()
            return
        leaves = not isinstance(error, Exception)
        if self.statistics.fallbacks == 1:
            self.statistics.first_failure = line
            what = "the rest goes" if leaves else "such nodes go"
            logger.warning("policy %s failed (%s); %s to SCIP's own rule", self.name, line, what)
        if leaves:
            self._withdraw(f"it failed with {line}")


@dataclass
class BundleSettings:
    """Whether and how the SCIP parameters that come with a policy are set.

    Attributes
    ----------
    enabled : bool
        False leaves SCIP's parameters alone.
    protected : frozenset of str
        Parameters that the user chose, which no policy overrides.
    applied : dict
        What was set, filled as it happens.
    before : dict
        The values that it had before.
    """

    enabled: bool = True
    protected: frozenset[str] = frozenset()
    applied: dict[str, ParameterValue] = field(default_factory=dict)
    before: dict[str, ParameterValue] = field(default_factory=dict)

    def apply(self, model: pyscipopt.Model, policy: str, parameters: Parameters) -> None:
        """Set the parameters that come with the policy of that name on ``model``, all or none.

        One that the running SCIP does not have, as another version may, is left out and named in a warning.

        Raises
        ------
        PolicyError
            If SCIP does not take a value.
        """
        if not self.enabled:
            return
        found, unknown = resolved(parameters, model.getParams())
        if unknown:
            logger.warning("policy %s: this SCIP does not have its settings %s", policy, ", ".join(unknown))
        chosen = {name: value for name, value in found.items() if name not in self.protected}
        try:
            self.before.update(apply_parameters(model, chosen))
        except ParameterError as error:
            raise PolicyError(f"policy {policy} brings settings that cannot be set: {error}") from error
        self.applied.update(chosen)

    def take_back(self, model: pyscipopt.Model) -> None:
        """Set what was set to what it was."""
        apply_parameters(model, self.before)
        self.applied.clear()


def include_policy(
    model: pyscipopt.Model,
    policy: BranchingPolicy | PolicySelector,
    *,
    strict: bool = False,
    priority: int = PRIORITY,
    settings: BundleSettings | None = None,
) -> PolicyBranching:
    """Include a policy, or a selector of one, as a branching rule of ``model``.

    Parameters
    ----------
    model : pyscipopt.Model
        A model that is not being solved yet.
    policy : BranchingPolicy or PolicySelector
        A selector chooses when the first LP is solved.
    strict : bool
        Interrupt the solve when the policy fails, instead of falling back on SCIP's rule.
    priority : int
        Of the branching rule; SCIP's own have at most 10000.
    settings : BundleSettings, optional
        How to treat SCIP parameters that come with the policy; the default applies them.

    Returns
    -------
    PolicyBranching
        The included rule; its ``statistics`` fill up during the solve.

    Raises
    ------
    PolicyError
        If it is no policy, one of its traits is not what it should be, or SCIP does not take a parameter that comes
        with it.
    UsageError
        If the model is presolved or solved already, or has a policy already.
    """
    _require_room(model)
    settings = settings or BundleSettings()
    rule = PolicyBranching(policy, strict, settings)
    settings.apply(model, rule.name, rule._traits.scip_parameters)
    rule.check_drift(model)
    rule.select_early(model)
    if rule._selector is not None and rule.selection is None:
        first_lp = FirstLP(rule.select)
        model.includeEventhdlr(first_lp, "coplug-first-lp", "where coplug chooses a policy")
    model.includeBranchrule(rule, _RULE, f"coplug policy {rule.name}", priority, -1, 1.0)
    return rule


def _require_room(model: pyscipopt.Model) -> None:
    """Raise a UsageError if SCIP would refuse a policy, which it does without a word on the reason."""
    if model.getStage() > pyscipopt.SCIP_STAGE.PROBLEM:
        raise UsageError(
            "the model is presolved or solved already; attach a policy before presolve() and optimize(), or after "
            "freeTransform()"
        )
    try:
        model.getParam(f"branching/{_RULE}/priority")
    except KeyError:
        return
    raise UsageError(
        "the model has a policy already; take a fresh one, such as Model(sourceModel=model, origcopy=True)"
    )
