"""Checking a problem: its words, its options, and its solves."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coplug.contracts.problem import METHODS, PROBLEMS, Options, Problem
from coplug.errors import CoplugError
from coplug.options import make_options, option_specs
from coplug.report import SOLUTION_SUFFIXES, Progress, Report
from coplug.testing.violations import ProblemCheckError, Violations

COMMON_FLAGS = ("--problem", "--solution", "--plot", "--json", "--quiet", "-q", "--help")
NO_POLICY = "none"
TOLERANCE = 1e-6
"""By which an objective may pass its bound, relative."""


def check_problem(problem: Problem[Any, Any] | str, instance: object = None, **options: object) -> None:
    """Check that a problem keeps the contract of :class:`coplug.contracts.problem.Problem`.

    - It has a name, a description of one line, a sense, suffixes with a dot, and a docstring;
    - its options derive from :class:`~coplug.contracts.problem.Options`, have help, and flags that are theirs alone;
    - the policy ``none`` can be loaded, and others are refused by an error of coplug; so is a file that is not there;
    - a solve returns a :class:`~coplug.report.Report` of its own name, sense and seed, with an objective that does not
      pass the bound, lines for the summary, a document that is JSON, a solution that can be written, and a picture if
      it has one;
    - it tells its progress, with seconds that do not go back, and ends soon when it is asked to stop.

    Parameters
    ----------
    problem : Problem or str
        The object, or a name as for ``coplug solve --problem``.
    instance : path or object, optional
        A small instance; none for a problem that needs none.
    **options
        Of the solves, by their words, such as ``time_limit=1``.

    Raises
    ------
    ProblemCheckError
        With all violations, a line each.
    UsageError
        If there is no problem of this name, or it lacks what every problem has.
    """
    checked = PROBLEMS.load(problem) if isinstance(problem, str) else problem
    violations = Violations()
    if _has_parts(checked, violations):
        _check_refusals(checked, options, violations)
        with violations.guarding("a solve"):
            _check_solve(checked, instance, options, violations)
        with violations.guarding("a solve that is stopped"):
            _check_stop(checked, instance, options, violations)
    violations.raise_as(ProblemCheckError, f"problem {getattr(checked, 'name', checked)}")


def _has_parts(problem: Any, violations: Violations) -> bool:
    """Check what it says of itself; return whether it can be used at all."""
    for part in ("name", "description"):
        text = getattr(problem, part, None)
        violations.require(
            isinstance(text, str) and len(text.splitlines()) == 1,
            f"{part} is {text!r}; expected a text of one line",
        )
    violations.require(
        getattr(problem, "sense", "") in ("min", "max", None), "sense is none of 'min', 'max' and None"
    )
    violations.require(bool(type(problem).__doc__), "it has no docstring")
    suffixes = getattr(problem, "suffixes", None)
    dotted = isinstance(suffixes, tuple) and all(
        str(suffix).startswith(".") and not str(suffix).endswith(".gz") for suffix in suffixes
    )
    violations.require(dotted, f"suffixes are {suffixes!r}; expected a tuple of .abc, without .gz")
    return violations.require_methods(problem, METHODS) and _has_options(problem, violations)


def _has_options(problem: Any, violations: Violations) -> bool:
    options_type: Any = getattr(problem, "options_type", None)
    if not violations.require(
        isinstance(options_type, type) and issubclass(options_type, Options),
        f"options_type is {options_type!r}; expected a dataclass that derives from Options",
    ):
        return False
    frozen: bool = options_type.__dataclass_params__.frozen
    violations.require(frozen, "the dataclass of its options is not frozen")
    seen = set(COMMON_FLAGS)
    for spec in option_specs(options_type):
        violations.require(bool(spec.help), f"option {spec.flags[0]} has no help in the docstring")
        for flag in spec.flags:
            violations.require(flag not in seen, f"flag {flag} is taken by another option")
        seen |= set(spec.flags)
    return True


def _check_refusals(problem: Any, options: Mapping[str, object], violations: Violations) -> None:
    with violations.guarding("listing its policies"):
        policies = problem.policies()
        violations.require(
            isinstance(policies, Mapping) and NO_POLICY in policies,
            f"policies() is no mapping with {NO_POLICY!r}",
        )
    with violations.guarding(f"loading the policy {NO_POLICY}"):
        problem.load_policy(NO_POLICY)
    nothing = Path("no") / "such" / f"file{problem.suffixes[0] if problem.suffixes else ''}"
    with violations.guarding("making options"):
        made = _options(problem, options)
        _require_refusal("reading a file that is not there", problem.read, nothing, made, violations)
    _require_refusal("loading an unknown policy", problem.load_policy, "no-such-policy", None, violations)
    violations.require(not problem.takes(object()), "takes() is true of any object")


def _require_refusal(
    what: str, call: Callable[..., object], argument: object, options: object, violations: Violations
) -> None:
    try:
        call(argument) if options is None else call(argument, options)
    except CoplugError:
        return
    except Exception as error:  # what is being checked may raise anything
        violations.require(
            False, f"{what} raises {type(error).__name__}: {error}; expected an error of coplug.errors"
        )
    else:
        violations.require(False, f"{what} raises nothing")


def _options(problem: Any, options: Mapping[str, object]) -> Any:
    made = make_options(problem.options_type, options, problem.name)
    return dataclasses.replace(made, policy=problem.load_policy(NO_POLICY))


def _instance(problem: Any, instance: object, options: Any) -> Any:
    if instance is None:
        return problem.make(options)
    if isinstance(instance, str | Path):
        return problem.read(Path(instance), options)
    return problem.take(instance, options)


def _check_solve(
    problem: Any, instance: object, options: Mapping[str, object], violations: Violations
) -> None:
    asked = _options(problem, {"seed": 3, **options})
    told: list[Progress] = []
    ready = _instance(problem, instance, asked)
    problem.warm_up(ready, asked)
    report = problem.solve(ready, asked, told.append, lambda: False)
    if not violations.require(isinstance(report, Report), f"a solve returns {type(report).__name__}"):
        return
    violations.require(report.seed == asked.seed, "the report has another seed than the options")
    _check_report(problem, report, violations)
    if problem.has_picture and find_spec("matplotlib") is not None:
        with violations.guarding("its picture"), tempfile.TemporaryDirectory() as folder:
            problem.picture(ready, report, Path(folder) / "picture.png")
    lines = [progress.line() for progress in told]
    times = [progress.time_s for progress in told]
    violations.require(times == sorted(times), "the seconds of its progress go back")
    violations.require(all(len(line.splitlines()) == 1 for line in lines), "a progress is not one line")


def _check_report(problem: Any, report: Report, violations: Violations) -> None:
    violations.require(report.problem == problem.name, f"the report is one of {report.problem}")
    violations.require(
        problem.sense in (None, report.sense), f"sense is {problem.sense}, but the report's is {report.sense}"
    )
    if report.objective is not None and report.bound is not None:
        above = report.bound - report.objective if report.sense == "max" else report.objective - report.bound
        violations.require(
            above >= -TOLERANCE * max(1.0, abs(report.bound)),
            f"objective {report.objective} passes the bound {report.bound} ({report.sense})",
        )
    own = dataclasses.replace(report, extra={}).document
    taken = ", ".join(own.keys() & report.extra.keys())
    violations.require(not taken, f"extra has keys of every problem: {taken}")
    with violations.guarding("the document as JSON"):
        violations.require(
            json.loads(report.to_json())["status"] == report.status, "the document loses the status"
        )
    violations.require(
        all(len(line.splitlines()) == 1 for line in report.summary()),
        "a line of the summary has several lines",
    )
    with tempfile.TemporaryDirectory() as folder:
        for suffix in SOLUTION_SUFFIXES:
            with violations.guarding(f"writing the solution as {suffix}"):
                report.write_solution(Path(folder) / f"solution{suffix}")


def _check_stop(
    problem: Any, instance: object, options: Mapping[str, object], violations: Violations
) -> None:
    asked = _options(problem, options)
    ready = _instance(problem, instance, asked)
    problem.warm_up(ready, asked)
    asks: list[int] = []

    def stop() -> bool:
        asks.append(1)
        return True

    report = problem.solve(ready, asked, None, stop)
    if violations.require(isinstance(report, Report), "a solve that is stopped returns no report"):
        violations.require(bool(asks) or report.status == "optimal", "it never asks whether to stop")
        _check_report(problem, report, violations)
