"""How every solve goes and ends: the line on its way, the document of ``--json``, the solution file, the summary."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from coplug.errors import UsageError
from coplug.files import check_writable, write_atomically

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA_VERSION = 1
"""Of the document that ``--json`` prints."""

Number = int | float
Sense = Literal["min", "max"]
Solution = Mapping[str, Number] | Sequence[str | int] | str | None
"""Nonzero values by name, the names of what was chosen, or a text; None where there is no solution.

A value may be infinite where a problem is unbounded; JSON then has ``null``."""

STATUS_PHRASES = {
    "optimal": "optimal solution found",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "inforunbd": "infeasible or unbounded",
    "timelimit": "time limit reached",
    "nodelimit": "node limit reached",
    "totalnodelimit": "total node limit reached",
    "stallnodelimit": "stall node limit reached",
    "gaplimit": "gap limit reached",
    "primallimit": "primal limit reached",
    "duallimit": "dual limit reached",
    "memlimit": "memory limit reached",
    "sollimit": "solution limit reached",
    "bestsollimit": "solution improvement limit reached",
    "restartlimit": "restart limit reached",
    "userinterrupt": "user interrupt",
    "terminate": "termination signal received",
    "unknown": "unknown",
}
"""SCIP's own words for the statuses that PySCIPOpt names (``SCIPprintStatus``); others stand for themselves."""

SOLUTION_SUFFIXES = (".sol", ".json")
ARRAYS_SUFFIX = ".npz"
"""Of solutions that are arrays."""


@dataclass(frozen=True, kw_only=True)
class PolicyUse:
    """What a policy did in a solve.

    Attributes
    ----------
    name : str
        Of the policy that acted, ``none`` where there was none.
    calls : int
        How often it was asked.
    time_s : float
        Seconds that took.
    fallbacks : int
        Calls that were answered by the classical rule, because the policy failed.
    withdrawn : str or None
        Why it left the rest of the solve to the classical rule; None if it did not.
    drift : str or None
        How the instance has left what it, or one of the user's that was not taken, was made for; None if it has not.
    """

    name: str = "none"
    calls: int = 0
    time_s: float = 0.0
    fallbacks: int = 0
    withdrawn: str | None = None
    drift: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """What the key ``policy`` of a report's document holds."""
        return {
            "name": self.name,
            "calls": self.calls,
            "time_s": self.time_s,
            "fallbacks": self.fallbacks,
            "withdrawn": self.withdrawn,
        }


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a running solve stands.

    Attributes
    ----------
    time_s : float
        Seconds since its beginning.
    detail : str
        What the problem adds in some words, such as ``12 nodes`` or ``local search``.
    objective : int or float or None
        Of the best solution so far.
    bound : int or float or None
        What no solution can pass, as far as is known.
    policy : PolicyUse
        What the policy has done so far.
    """

    time_s: float
    detail: str = ""
    objective: Number | None = None
    bound: Number | None = None
    policy: PolicyUse = field(default_factory=PolicyUse)

    def line(self) -> str:
        """Return one line for whoever watches."""
        parts = [
            f"{self.time_s:7.1f} s",
            self.detail,
            f"objective {_shown(self.objective)}",
            f"bound {_shown(self.bound)}",
            f"gap {_percent(relative_gap(self.objective, self.bound))}",
        ]
        if self.policy.calls:
            parts.append(f"policy {1e3 * self.policy.time_s / self.policy.calls:.2f} ms a call")
        return "  ".join(part for part in parts if part)


OnProgress = Callable[[Progress], None]
"""Told some times a second where a solve stands."""

Stop = Callable[[], bool]
"""Asked some times a second whether a solve shall end."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """How a solve ended.

    Attributes
    ----------
    problem : str
        Its name.
    instance : str
        Where the instance comes from: its path as given, or a few words.
    status : str
        Such as ``optimal``, ``timelimit``, ``userinterrupt``.
    sense : "min" or "max"
        Of the objective.
    objective : int or float or None
        Of the best solution; None without one.
    bound : int or float or None
        What no solution can pass; None where it is infinite or unknown.
    gap : float or None
        Between them, relative, see :func:`relative_gap`; None where it is infinite or unknown.
    time_s : float
        Seconds of the solve, without reading the instance and compiling.
    seed : int
        Of all random draws.
    policy : PolicyUse
        What the policy did.
    solution : mapping, sequence, str or None
        See :data:`Solution`.
    arrays : mapping of str to array
        What ``.npz`` holds of a solution that is arrays, see :attr:`coplug.contracts.problem.Problem.has_arrays`.
    extra : mapping
        The problem's own keys of the document; JSON values.
    measure : str
        What the objective is called in the summary.
    details : mapping of str to str
        The problem's own lines of the summary: a word each, and a text.
    remarks : tuple of str
        Lines about the policy, for the summary.
    notes : tuple of str
        What the reader left out of the instance, or changed.
    signal : int or None
        The signal that ended the solve; whoever handled it fills this in.
    """

    problem: str
    instance: str
    status: str
    sense: Sense
    objective: Number | None
    bound: Number | None
    gap: float | None
    time_s: float
    seed: int
    policy: PolicyUse = field(default_factory=PolicyUse)
    solution: Solution = None
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    measure: str = "objective"
    details: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signal: int | None = None

    @property
    def document(self) -> dict[str, Any]:
        """What ``--json`` prints: the keys of every problem, the problem's own, and the solution."""
        return {
            "schema_version": SCHEMA_VERSION,
            "problem": self.problem,
            "instance": self.instance,
            "status": self.status,
            "sense": self.sense,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "time_s": self.time_s,
            "seed": self.seed,
            "policy": self.policy.document,
            **self.extra,
            "solution": _without_infinity(self.solution),
        }

    def to_json(self, indent: int | None = None) -> str:
        """Return the document as JSON text; on one line without ``indent``."""
        return json.dumps(self.document, indent=indent, allow_nan=False)

    def summary(self) -> list[str]:
        """Return the lines that close a solve."""
        objective = "no solution" if self.objective is None else _shown(self.objective)
        rows = {
            "status": self.status,
            self.measure: f"{objective}  ({self.sense})",
            "bound": _shown(self.bound),
            "gap": "none" if self.objective is None else _percent(self.gap),
            **self.details,
            "time": f"{self.time_s:.2f} s",
            "policy": self._policy_text(),
        }
        return [
            *(f"{word:<10} {text}" for word, text in rows.items()),
            *(f"{'':<10} {remark}" for remark in self.remarks),
        ]

    def write_solution(self, path: Path) -> None:
        """Write the solution, whole or not at all.

        ``.json`` holds the document. ``.sol`` has SCIP's format: a line with the status, one with the objective, and
        a name and its value a line. ``.npz`` holds the arrays.

        Raises
        ------
        UsageError, OutputError
            As :func:`check_solution_path`, and if the file cannot be written.
        """
        check_solution_path(path, with_arrays=bool(self.arrays))
        if path.suffix == ARRAYS_SUFFIX:
            write_atomically(path, _packed(self.arrays))
            return
        text = self.to_json(indent=1) + "\n" if path.suffix == ".json" else self.solution_text()
        write_atomically(path, text.encode())

    def solution_text(self) -> str:
        """Return the solution in SCIP's format, see :meth:`write_solution`."""
        lines = [f"solution status: {STATUS_PHRASES.get(self.status, self.status)}"]
        if self.solution is None:
            lines.append("no solution available")
        else:
            infinite = -math.inf if self.sense == "min" else math.inf
            objective = infinite if self.objective is None else self.objective
            lines += [f"objective value: {_exact(objective)}", *_solution_lines(self.solution)]
        return "".join(f"{line}\n" for line in lines)

    def _policy_text(self) -> str:
        policy = self.policy
        if not policy.calls:
            return policy.name
        share = 100.0 * policy.time_s / self.time_s if self.time_s else 0.0
        return (
            f"{policy.name}, {policy.calls} calls, {policy.time_s:.2f} s "
            f"({share:.1f} % of the time, {1e3 * policy.time_s / policy.calls:.2f} ms a call)"
        )


def relative_gap(objective: Number | None, bound: Number | None) -> float | None:
    """Return the gap as SCIP defines it, None where it is infinite or unknown.

    It is their distance over the smaller of their absolute values; infinite where one is 0 or their signs differ.
    """
    if objective is None or bound is None:
        return None
    if objective == bound:
        return 0.0
    if objective * bound <= 0:
        return None
    return abs(objective - bound) / min(abs(objective), abs(bound))


def check_solution_path(path: Path, *, with_arrays: bool = False) -> None:
    """Reject an output path before any work is done.

    Parameters
    ----------
    path : Path
    with_arrays : bool
        Whether ``.npz`` is a format, too.

    Raises
    ------
    UsageError
        If its suffix names no format.
    OutputError
        If it cannot be written; its directory is created if missing.
    """
    suffixes = (*SOLUTION_SUFFIXES, ARRAYS_SUFFIX) if with_arrays else SOLUTION_SUFFIXES
    if path.suffix not in suffixes:
        raise UsageError(f"--solution {path}: expected a name that ends in {' or '.join(suffixes)}")
    check_writable(path, "--solution")


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return arrays as the bytes of an ``.npz`` file."""
    import numpy as np

    file = io.BytesIO()
    np.savez(file, **dict(arrays))  # type: ignore[arg-type] # a name could be that of an option
    return file.getvalue()


def _solution_lines(solution: Solution) -> list[str]:
    if isinstance(solution, str):
        return [solution]
    if isinstance(solution, Mapping):
        return [f"{name} {_exact(value)}" for name, value in solution.items()]
    return [f"{name} 1" for name in solution or ()]


def _without_infinity(solution: Solution) -> Any:
    """Return a solution for JSON, which has no infinity."""
    if not isinstance(solution, Mapping):
        return solution
    return {name: value if math.isfinite(value) else None for name, value in solution.items()}


def _exact(value: Number | None) -> str:
    if value is not None and math.isinf(value):
        return "+infinity" if value > 0 else "-infinity"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _shown(value: Number | None) -> str:
    return "none" if value is None else f"{value:.10g}"


def _percent(gap: float | None) -> str:
    return "inf" if gap is None else f"{100.0 * gap:.2f} %"
