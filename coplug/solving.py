"""Solving anything that coplug knows a problem for: what ``coplug solve`` and :func:`coplug.solve` do."""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from coplug.contracts.problem import PROBLEMS, Problem
from coplug.errors import InstanceError, OutputError, SolverError, UnwrittenError, UsageError, in_one_line
from coplug.figures import check_picture_path
from coplug.files import check_writable
from coplug.inference.bundles import policy_path as searching
from coplug.interruption import stop_signals
from coplug.options import make_options
from coplug.policy_log import log_use
from coplug.registry import REINSTALL
from coplug.report import OnProgress, Report, check_solution_path

logger = logging.getLogger(__name__)

AnyProblem = Problem[Any, Any]


def solve(
    source: object = None,
    problem: str | None = None,
    policy: object = "auto",
    *,
    time_limit: float | None = None,
    seed: int = 0,
    solution: str | Path | None = None,
    plot: str | Path | None = None,
    policy_path: Sequence[str | Path] = (),
    log_policy: str | Path | None = None,
    label: str | None = None,
    on_progress: OnProgress | None = None,
    on_slow: Callable[[], None] = lambda: None,
    **options: object,
) -> Report:
    """Solve an instance with a learned policy, or search for a good solution where there is no instance.

    Ctrl-C and SIGTERM end the solve with the best solution so far; the report says so.

    Parameters
    ----------
    source : path, object or None
        A file; a ``pyscipopt.Model``, which is solved in place, keeps the limits and parameters that were set, and can
        be asked for its solution afterwards; a graph of networkx or coplug, which is not changed. None for a problem
        that needs no instance.
    problem : str, optional
        See ``coplug list problems``; only needed where ``source`` may be of several.
    policy : str, path, policy or None
        A name or directory as ``--policy`` takes it, None for none, or the policy itself: what that is depends on the
        problem.
    time_limit : float, optional
        Seconds, at least 0; the problem's default if not given.
    seed : int
        At least 0.
    solution : path, optional
        Where to write the solution, ``.sol`` or ``.json``; ``.npz`` if it is arrays.
    plot : path, optional
        Where to draw a graph with its solution, or the bounds of a model over time, ``.png``, ``.pdf`` or ``.svg``;
        with the extra ``plot``.
    policy_path : sequence of paths
        Folders of more policies, looked into before those of ``COPLUG_POLICIES``, the installed and the shipped ones,
        see :mod:`coplug.inference.bundles`.
    log_policy : path, optional
        A file that gets a line of JSON more: which policy was used or withdrawn, and how the instance has drifted.
    label : str, optional
        What the report calls the instance; by default its path, or a few words.
    on_progress : callable, optional
        Told some times a second where the solve stands.
    on_slow : callable
        Called once if kernels have to be compiled, which takes some seconds.
    **options
        The problem's own, by their names on the command line: ``mem_limit=500`` is ``--mem-limit 500``.

    Raises
    ------
    UnwrittenError
        If the solution or the picture cannot be written in the end; it has the report.
    CoplugError
        If something that was given cannot be used, in one line.
    """
    found = problem_for(source, problem)
    if solution is not None:
        check_solution_path(Path(solution), with_arrays=getattr(found, "has_arrays", False))
    if plot is not None:
        _check_picture(found, Path(plot))
    if log_policy is not None:
        check_writable(Path(log_policy), "--log-policy")
    common = {"seed": seed} | ({} if time_limit is None else {"time_limit": time_limit})
    asked = make_options(found.options_type, common | options, f"problem {found.name}")
    named = policy is None or isinstance(policy, str | Path)
    with searching(policy_path):
        ready = found.load_policy(str(policy or "none")) if named else policy
        asked = dataclasses.replace(asked, policy=ready)
        instance = _ready_instance(found, source, asked, on_slow)
    if plot is not None:
        found.watch(instance)
    failures = []
    with stop_signals(insisting=False) as signals:
        try:
            report = _checked(
                found, found.solve(instance, asked, on_progress, lambda: bool(signals.received))
            )
        except UnwrittenError as error:
            report, failures = error.report, [str(error)]
    report = dataclasses.replace(report, signal=signals.received or None, instance=label or report.instance)
    failures += _write(found, instance, report, solution, plot, log_policy)
    if failures:
        raise UnwrittenError("; ".join(failures), report)
    return report


def _write(
    found: AnyProblem,
    instance: Any,
    report: Report,
    solution: str | Path | None,
    plot: str | Path | None,
    log_policy: str | Path | None,
) -> list[str]:
    """Write what was asked for; return why something could not be, a line each."""
    failures = []
    try:
        if solution is not None:
            report.write_solution(Path(solution))
    except OutputError as error:
        failures.append(str(error))
    try:
        if plot is not None:
            found.picture(instance, report, Path(plot))
    except OutputError as error:
        failures.append(str(error))
    try:
        if log_policy is not None:
            log_use(report, Path(log_policy))
    except OutputError as error:
        failures.append(str(error))
    return failures


def search(problem: str, policy: object = "auto", **options: Any) -> Report:
    """Search for a good solution of a problem that needs no instance, as ``coplug search`` does.

    Parameters
    ----------
    problem : str
        Such as ``extremal``.
    policy
        See :func:`solve`, as for the other options.
    **options
        ``time_limit``, ``seed``, ... and the problem's own, by their names on the command line.

    Raises
    ------
    CoplugError
        If something that was given cannot be used, in one line.
    """
    return solve(None, problem, policy, **options)


def problem_for(source: object, name: str | None = None) -> AnyProblem:
    """Return the problem of a name, or the only one that a file or an object can be of.

    Raises
    ------
    UsageError
        If there is no such problem, several fit, or none fits an object.
    InstanceError
        If no problem reads files with such a suffix.
    """
    if name is not None:
        return PROBLEMS.load(name)
    if source is None:
        raise UsageError(f"name a file, or a problem that needs none: {', '.join(searched_problems())}")
    is_file = isinstance(source, str | Path)
    fitting = reading(Path(source)) if isinstance(source, str | Path) else taking(source)
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    what = str(source) if is_file else f"a {type(source).__name__}"
    if fitting:
        raise UsageError(
            f"{what} may be of several problems; say which by --problem: one of {', '.join(fitting)}"
        )
    if is_file:
        suffixes = dict.fromkeys(suffix for found in problems().values() for suffix in found.suffixes)
        raise InstanceError(
            f"{what} is of no known format; expected {', '.join(suffixes)}, each also with .gz"
        )
    raise UsageError(f"{what} is nothing that can be solved; give a file, a pyscipopt.Model, or a graph")


def reading(path: Path) -> dict[str, AnyProblem]:
    """Return the problems that read files with a path's suffix, ``.gz`` aside."""
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    return {name: found for name, found in problems().items() if suffix in found.suffixes}


def taking(found: object) -> dict[str, AnyProblem]:
    """Return the problems that an object in memory can be an instance of."""
    return {name: problem for name, problem in problems().items() if _takes(problem, found)}


def problems() -> dict[str, AnyProblem]:
    """Return all problems by name; one that cannot be used is named in a warning."""
    found = PROBLEMS.usable()
    if not found:
        raise UsageError(f"no problem is installed, not even coplug's own; {REINSTALL}")
    return found


def searched_problems() -> list[str]:
    """Return the names of the problems that need no instance."""
    return [name for name, found in problems().items() if not found.needs_instance]


def _ready_instance(found: AnyProblem, source: object, options: Any, on_slow: Callable[[], None]) -> Any:
    """Return the instance, with all kernels compiled that reading and solving it takes."""
    from coplug.jit import compiling  # numba takes a while to import

    with compiling(on_slow):
        instance = _instance(found, source, options)
        found.warm_up(instance, options)
    return instance


def _takes(problem: AnyProblem, found: object) -> bool:
    try:
        return problem.takes(found)
    except Exception as error:  # a third party's problem may raise anything, and others are asked too
        logger.warning("problem %s cannot tell what it takes: %s", problem.name, in_one_line(error))
        return False


def _checked(found: AnyProblem, report: object) -> Report:
    """Return what a solve returned, once it is seen to be a report that can be shown."""
    if not isinstance(report, Report):
        raise SolverError(
            f"problem {found.name} returned a {type(report).__name__}, expected a coplug.report.Report"
        )
    for what in ("objective", "bound", "gap"):
        value = getattr(report, what)
        if value is not None and not math.isfinite(value):
            raise SolverError(
                f"problem {found.name} reports {what} {value}; expected a finite number, or None"
            )
    return report


def _check_picture(found: AnyProblem, path: Path) -> None:
    if not found.has_picture:
        drawn = ", ".join(name for name, problem in problems().items() if problem.has_picture)
        raise UsageError(f"--plot is for --problem {drawn}; {found.name} has no picture")
    check_picture_path(path)


def _instance(found: AnyProblem, source: object, options: Any) -> Any:
    if source is None:
        return found.make(options)
    if isinstance(source, str | Path):
        return found.read(Path(source), options)
    if not found.takes(source):
        raise UsageError(f"problem {found.name} takes no {type(source).__name__}")
    return found.take(source, options)
