"""Solving one instance with SCIP and, perhaps, a branching policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyscipopt

from coplug.algorithms.local_mip.beside import check_installed
from coplug.errors import UnwrittenError
from coplug.report import OnProgress, PolicyUse, Report, Stop
from coplug.scip.branching import BundleSettings, PolicyBranching, include_policy
from coplug.scip.early_solutions import include_early_solutions
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.local_mip import include_local_mip
from coplug.scip.messages import free
from coplug.scip.options import SolveOptions
from coplug.scip.outputs import open_outputs, write_outputs
from coplug.scip.problem import read_model
from coplug.scip.progress import ProgressEvents, Snapshot, finite, snapshot
from coplug.scip.settings import apply_parameters, read_settings_file, settings_in_file
from coplug.scip.solution import add_start, solution_values
from coplug.scip.stage import SETTLED

if TYPE_CHECKING:
    from coplug.scip.tree_events import TreeEvents


@dataclass
class ModelInstance:
    """A model that is ready to be solved, once.

    Attributes
    ----------
    label : str
        Where it comes from: its path as given, or a few words.
    model : pyscipopt.Model
        With its problem, parameters and start.
    rule : PolicyBranching or None
        The branching rule that asks the policy.
    is_owned : bool
        Whether the solve frees it; a model of the user's is left as SCIP leaves it.
    history : list of Snapshot or None
        Where the solve stood over time, if that is recorded.
    """

    label: str
    model: pyscipopt.Model
    rule: PolicyBranching | None
    is_owned: bool
    history: list[Snapshot] | None = None

    def watch(self) -> None:
        """Have the bounds recorded."""
        self.history = []

    def picture(self, report: Report, path: Path) -> None:
        """Draw the bounds over time; see :func:`coplug.scip.bounds_picture.draw_bounds`."""
        from coplug.scip.bounds_picture import draw_bounds

        draw_bounds(self.history or [], report, path)


def read_instance(path: Path, options: SolveOptions) -> ModelInstance:
    """Read a model file and prepare its model.

    Raises
    ------
    CoplugError
        If the file, a parameter or another file cannot be used; nothing has been compiled or solved then.
    """
    model = read_model(path)
    try:
        return ModelInstance(str(path), model, prepare(model, options), is_owned=True)
    except BaseException:
        free(model)
        raise


def is_model(found: object) -> bool:
    """Tell whether an object is a model of PySCIPOpt."""
    return isinstance(found, pyscipopt.Model)


def take_model(model: pyscipopt.Model, options: SolveOptions) -> ModelInstance:
    """Prepare a model of the user's, which is not solved yet; raises as :func:`read_instance`."""
    return ModelInstance(f"model {model.getProbName()}", model, prepare(model, options), is_owned=False)


def solve(
    instance: ModelInstance, options: SolveOptions, progress: OnProgress | None = None, stop: Stop = bool
) -> Report:
    """Solve an instance, once.

    Parameters
    ----------
    instance : ModelInstance
    options : SolveOptions
        Those that it was prepared with.
    progress : callable, optional
        Called about ten times a second.
    stop : callable
        Asked as often whether to stop; so does a signal, see
        :func:`coplug.scip.interrupt.optimize_interruptibly`.

    Raises
    ------
    SolverError
        If SCIP stops with an error.
    PolicyError
        If the policy fails under ``strict``.
    UnwrittenError
        If log, statistics or tree cannot be written in the end; it has the report.
    """
    model, rule = instance.model, instance.rule
    beside = include_local_mip(model, options.seed) if options.local_mip else None
    try:
        tree = _recorded_tree(model) if options.tree is not None else None
        optimize_with(model, rule, _watching(instance, progress, stop))
        if rule is not None and rule.failure is not None:
            raise rule.failure
        report = _report(instance, options)
        if faults := write_outputs(model, options, tree):
            raise UnwrittenError("; ".join(faults), report)
        return report
    finally:
        if beside is not None:
            beside.end()
        if instance.is_owned:
            free(model)


def optimize_with(
    model: pyscipopt.Model, rule: PolicyBranching | None, stop: Callable[[], bool] = bool
) -> int | None:
    """Solve a model whose policy may not return; see :func:`coplug.scip.interrupt.optimize_interruptibly`."""
    if rule is None:
        return optimize_interruptibly(model, stop)
    signal = optimize_interruptibly(model, stop, rule.guest)
    if rule.guest.left_behind:
        rule.did_not_return()
    return signal


def status_of(model: pyscipopt.Model, rule: PolicyBranching | None) -> str:
    """Return SCIP's status; also of a solve that was left behind, which SCIP takes for one that goes on."""
    if rule is None or not rule.guest.left_behind:
        return str(model.getStatus())
    return "timelimit" if model.getSolvingTime() >= model.getParam("limits/time") else "userinterrupt"


def _recorded_tree(model: pyscipopt.Model) -> TreeEvents:
    from coplug.scip.tree_events import record_tree

    return record_tree(model)


def _watching(instance: ModelInstance, progress: OnProgress | None, stop: Stop) -> Callable[[], bool]:
    """Return ``stop`` that tells ``progress`` each time where the solve stands."""
    if progress is None and instance.history is None:
        return stop
    events = ProgressEvents(instance.rule, instance.history)
    instance.model.includeEventhdlr(events, "coplug-progress", "progress of coplug solve")

    def tell_and_ask() -> bool:
        if progress is not None and events.latest is not None:
            progress(events.latest.progress())
        return stop()

    return tell_and_ask


@contextmanager
def open_model(path: Path) -> Iterator[pyscipopt.Model]:
    """Read an instance and free its model at the end, with whatever SCIP attached to it."""
    model = read_model(path)
    try:
        yield model
    finally:
        free(model)


def prepare(model: pyscipopt.Model, options: SolveOptions) -> PolicyBranching | None:
    """Set parameters, start and policy of a model; what the user chose wins over what comes with the policy."""
    names_in_file = settings_in_file(options.settings_file) if options.settings_file else frozenset()
    settings = BundleSettings(not options.keep_settings, frozenset(options.parameters) | names_in_file)
    rule = None
    if options.policy is not None:
        rule = include_policy(model, options.policy, strict=options.strict, settings=settings)
    if options.settings_file is not None:
        read_settings_file(model, options.settings_file)
    apply_parameters(model, options.parameters)
    apply_parameters(model, options.limits())
    if options.start is not None:
        add_start(model, options.start)
    if options.early_solutions:
        include_early_solutions(model, options.seed)
    if options.local_mip:
        check_installed()
    open_outputs(model, options)
    return rule


def _report(instance: ModelInstance, options: SolveOptions) -> Report:
    model, rule = instance.model, instance.rule
    final = snapshot(model, rule)
    return Report(
        problem="milp",
        instance=instance.label,
        status=status_of(model, rule),
        sense="min" if model.getObjectiveSense() == "minimize" else "max",
        objective=finite(final.primal_bound) if model.getNSols() else None,
        bound=finite(final.dual_bound),
        gap=finite(final.gap) if model.getNSols() else None,
        time_s=final.time_s,
        seed=options.seed,
        policy=policy_use(rule),
        solution=solution_values(model),
        extra={"nodes": final.nodes},
        details={"nodes": str(final.nodes)} | _settings(rule) | _fallbacks(rule),
        remarks=tuple(_remarks(rule, status_of(model, rule))),
    )


def policy_use(rule: PolicyBranching | None) -> PolicyUse:
    """Return what a rule's policy did; a selector that chose none has the name ``none``."""
    if rule is None:
        return PolicyUse()
    acted = rule.selection is None or rule.selection.policy is not None
    did = rule.statistics
    return PolicyUse(
        name=rule.name if acted else "none",
        calls=did.calls,
        time_s=did.time_s,
        fallbacks=did.fallbacks,
        withdrawn=rule.withdrawn or None,
        drift=rule.drift or None,
    )


def _settings(rule: PolicyBranching | None) -> dict[str, str]:
    if rule is None or not rule.applied_parameters:
        return {}
    pairs = ", ".join(f"{name} = {value}" for name, value in rule.applied_parameters.items())
    return {"settings": f"{pairs} (came with the policy; --keep-settings leaves SCIP's)"}


def _fallbacks(rule: PolicyBranching | None) -> dict[str, str]:
    if rule is None or not rule.statistics.fallbacks:
        return {}
    did = rule.statistics
    return {"fallbacks": f"{did.fallbacks} nodes went to SCIP: {did.first_failure}"}


def _remarks(rule: PolicyBranching | None, status: str) -> Iterator[str]:
    use = policy_use(rule)
    if use.name == "none":
        yield "SCIP's own branching"
    elif rule is not None and not rule.branches:
        yield "SCIP's own branching, under its settings"
    elif not use.calls:
        yield f"never asked: {'solved' if status in SETTLED else 'ended'} without branching"
    if rule is not None and rule.selection is not None and rule.selection.reason:
        yield rule.selection.reason
    if use.drift:
        yield f"drifted: {use.drift}"
    if use.withdrawn:
        yield f"left the rest to SCIP: {use.withdrawn}"
