"""Solving one instance with SCIP and, perhaps, a branching policy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyscipopt

from coplug.errors import OutputError, UsageError
from coplug.report import SCHEMA_VERSION, check_solution_path
from coplug.scip.branching import (
    BranchingPolicy,
    BundleSettings,
    PolicyBranching,
    PolicySelector,
    include_policy,
)
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.problem import read_model
from coplug.scip.progress import ProgressEvents, Snapshot, snapshot
from coplug.scip.settings import ParameterValue, apply_parameters, read_settings_file, settings_in_file
from coplug.scip.solution import add_start, solution_values, write_solution


@dataclass(frozen=True)
class SolveOptions:
    """What ``coplug solve`` can be asked; ``None`` leaves SCIP's default.

    Attributes
    ----------
    time_limit_s, gap, node_limit, memory_limit_mb : float or int or None
        Limits, all at least 0; the gap is relative.
    seed : int
        SCIP's ``randomization/randomseedshift``, at least 0.
    parameters : mapping
        SCIP parameters, values as typed values or as text.
    settings_file, start, solution, log : Path or None
        A ``.set`` file, a start, where to write the solution (``.sol`` or ``.json``) and SCIP's log.
    keep_settings : bool
        Do not set the SCIP parameters that come with a policy.
    strict : bool
        Stop when the policy fails.
    """

    time_limit_s: float | None = None
    gap: float | None = None
    node_limit: int | None = None
    memory_limit_mb: float | None = None
    seed: int = 0
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    settings_file: Path | None = None
    start: Path | None = None
    solution: Path | None = None
    log: Path | None = None
    keep_settings: bool = False
    strict: bool = False

    def __post_init__(self) -> None:
        limits = {
            "time limit": self.time_limit_s,
            "gap": self.gap,
            "node limit": self.node_limit,
            "memory limit": self.memory_limit_mb,
            "seed": self.seed,
        }
        for name, value in limits.items():
            if value is not None and not (value >= 0 and math.isfinite(value)):
                raise UsageError(f"the {name} must be a number of at least 0, not {value}")

    def limits(self) -> dict[str, ParameterValue]:
        """Return the limits and the seed as SCIP parameters."""
        chosen = {
            "limits/time": self.time_limit_s,
            "limits/gap": self.gap,
            "limits/nodes": self.node_limit,
            "limits/memory": self.memory_limit_mb,
            "randomization/randomseedshift": self.seed,
        }
        return {name: value for name, value in chosen.items() if value is not None}


@dataclass(frozen=True)
class SolveResult:
    """How a solve ended.

    Attributes
    ----------
    status : str
        PySCIPOpt's name of SCIP's status, such as ``optimal``, ``timelimit``, ``userinterrupt``.
    sense : "min" or "max"
        Of the objective.
    final : Snapshot
        Nodes, bounds, gap and time.
    has_solution : bool
        Whether there is an incumbent; its objective is ``final.primal_bound``.
    policy_name : str
        The policy that acted, ``none`` if SCIP's own rule did.
    policy_reason : str
        Why ``auto`` chose so, empty otherwise.
    policy_withdrawn : str
        Why it left the rest of the solve to SCIP, empty if it did not.
    policy_fallbacks : int
        Nodes handed to SCIP because the policy failed.
    first_failure : str
        One line about the first of them.
    applied : mapping
        SCIP parameters that came with the policy.
    signal : int or None
        The signal that stopped the solve.
    document : dict
        What ``--json`` prints.
    """

    status: str
    sense: str
    final: Snapshot
    has_solution: bool
    policy_name: str
    policy_reason: str
    policy_withdrawn: str
    policy_fallbacks: int
    first_failure: str
    applied: Mapping[str, ParameterValue]
    signal: int | None
    document: dict[str, Any]


def solve(
    path: Path,
    policy: BranchingPolicy | PolicySelector | None,
    options: SolveOptions,
    on_progress: Callable[[Snapshot | None], None] | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> SolveResult:
    """Solve the instance at ``path``.

    Parameters
    ----------
    path : Path
        A model file that SCIP can read.
    policy : BranchingPolicy, PolicySelector or None
        Chooses the branching variables; ``None`` leaves that to SCIP.
    options : SolveOptions
        Limits, parameters and files.
    on_progress : callable, optional
        Called about ten times a second with the latest snapshot, ``None`` before the first node.
    on_ready : callable, optional
        Called when all input has been read and found right, before SCIP's clock starts: the place to compile kernels.

    Raises
    ------
    CoplugError
        If a file, parameter or policy cannot be used; nothing has been written then.
    """
    if options.solution is not None:
        check_solution_path(options.solution)
    with open_model(path) as model:
        rule = prepare(model, policy, options)
        events = ProgressEvents(rule) if on_progress is not None else None
        if events is not None:
            model.includeEventhdlr(events, "coplug-progress", "progress of coplug solve")

        def tick() -> None:
            if on_progress is not None and events is not None:
                on_progress(events.latest)

        on_ready()
        signal = optimize_interruptibly(model, tick)
        if rule is not None and rule.failure is not None:
            raise rule.failure
        result = _result(model, path, rule, options, signal)
        if options.solution is not None:
            write_solution(model, options.solution, result.document)
        return result


@contextmanager
def open_model(path: Path) -> Iterator[pyscipopt.Model]:
    """Read an instance and free its model at the end, with whatever SCIP attached to it."""
    model = read_model(path)
    try:
        yield model
    finally:
        model.free()


def prepare(
    model: pyscipopt.Model, policy: BranchingPolicy | PolicySelector | None, options: SolveOptions
) -> PolicyBranching | None:
    """Set parameters, start and policy of a model; what the user chose wins over what comes with the policy."""
    names_in_file = settings_in_file(options.settings_file) if options.settings_file else frozenset()
    settings = BundleSettings(not options.keep_settings, frozenset(options.parameters) | names_in_file)
    rule = None
    if policy is not None:
        rule = include_policy(model, policy, strict=options.strict, settings=settings)
    if options.settings_file is not None:
        read_settings_file(model, options.settings_file)
    apply_parameters(model, options.parameters)
    apply_parameters(model, options.limits())
    if options.start is not None:
        add_start(model, options.start)
    if options.log is not None:
        _log_to(model, options.log)
    return rule


def _log_to(model: pyscipopt.Model, path: Path) -> None:
    try:
        path.open("w").close()
    except OSError as error:
        raise OutputError(f"--log {path} cannot be written: {error.strerror or error}") from error
    model.setLogfile(str(path))


def _result(
    model: pyscipopt.Model,
    path: Path,
    rule: PolicyBranching | None,
    options: SolveOptions,
    signal: int | None,
) -> SolveResult:
    final = snapshot(model, rule)
    has_solution = model.getNSols() > 0
    selection = rule.selection if rule is not None else None
    acted = rule is not None and (selection is None or selection.policy is not None)
    name = rule.name if rule is not None and acted else "none"
    fallbacks = rule.statistics.fallbacks if rule is not None else 0
    withdrawn = rule.withdrawn if rule is not None else ""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "problem": "milp",
        "instance": str(path),
        "status": model.getStatus(),
        "sense": "min" if model.getObjectiveSense() == "minimize" else "max",
        "objective": _finite(final.primal_bound) if has_solution else None,
        "bound": _finite(final.dual_bound),
        "gap": _finite(final.gap),
        "nodes": final.nodes,
        "time_s": final.time_s,
        "seed": options.seed,
        "policy": {
            "name": name,
            "calls": final.policy_calls,
            "time_s": final.policy_time_s,
            "fallbacks": fallbacks,
            "withdrawn": withdrawn or None,
        },
        "solution": solution_values(model),
    }
    return SolveResult(
        status=model.getStatus(),
        sense=document["sense"],
        final=final,
        has_solution=has_solution,
        policy_name=name,
        policy_reason=selection.reason if selection is not None else "",
        policy_withdrawn=withdrawn,
        policy_fallbacks=fallbacks,
        first_failure=rule.statistics.first_failure if rule is not None else "",
        applied=dict(rule.applied_parameters) if rule is not None else {},
        signal=signal,
        document=document,
    )


def _finite(value: float) -> float | None:
    """Return None for what SCIP calls infinite: JSON has no infinity."""
    return value if abs(value) < 1e20 else None
