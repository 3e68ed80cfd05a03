"""What a policy says of itself, read and checked in one place, for objects and for weights directories alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, Final, Literal, get_args

from coplug.contracts.policy import CandidateKind
from coplug.errors import ParameterError, PolicyError, in_one_line, shown
from coplug.plugins import name_fault
from coplug.scip.allowed_parameters import check_allowed
from coplug.scip.settings import Parameters

FingerprintOf = Literal["first-lp", "problem"]
"""What a fingerprint is of: the presolved instance's first LP, see :mod:`coplug.scip.structure`, or the problem as it
was given, see :mod:`coplug.scip.problem_structure`; then the SCIP parameters count from presolving on."""

CONFIG_KEYS = {"candidate_kind": "candidates"}
"""Traits that are called otherwise in ``config.json``."""


@dataclass(frozen=True, kw_only=True)
class PolicyTraits:
    """How a policy is used.

    As attributes of a policy all but ``candidate_kind`` are optional, as keys of a ``config.json`` all are.

    Attributes
    ----------
    candidate_kind : "lp" or "pseudo"
        Which candidates it scores, see :data:`coplug.contracts.policy.CandidateKind`; in ``config.json`` this is
        ``candidates``.
    scip_parameters : mapping
        SCIP parameters that are set with it, see :mod:`coplug.scip.allowed_parameters`.
    fingerprint : mapping of str to (low, high)
        Ranges of metrics in which it is meant to be used; ``auto`` takes it only there, never if there are none.
    fingerprint_of : "first-lp" or "problem"
        Of what these metrics are, see :data:`FingerprintOf`.
    branches : bool
        False: it brings SCIP parameters alone, and SCIP branches.
    shortlist : int or None
        Strong branching and pseudocosts choose among so many first candidates, at least 1, see
        :class:`coplug.scip.shortlist.Shortlist`. It needs candidates of kind "lp": where a variable is integral in the
        LP solution, two refuted children do not refute the node.
    shortlist_after : int
        So many decisions in one solve, at least 0, are the policy's alone before that.
    shortlist_iterations : int or None
        Simplex iterations of each of a shortlist's trials at most, at least 1; None for as many as in SCIP's own rule.
    """

    candidate_kind: CandidateKind = "lp"
    scip_parameters: Parameters = field(default_factory=dict)
    fingerprint: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    fingerprint_of: FingerprintOf = "first-lp"
    branches: bool = True
    shortlist: int | None = None
    shortlist_after: int = 0
    shortlist_iterations: int | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> PolicyTraits:
        """Return what a ``config.json`` says.

        Raises
        ------
        PolicyError
            If something is not what it should be: one line about all of it.
        """
        found, faults = _read(lambda key: config.get(key, _MISSING), CONFIG_KEYS)
        if faults:
            raise PolicyError("; ".join(faults))
        return cls(**found)

    @classmethod
    def of(cls, policy: object) -> PolicyTraits:
        """Return what a policy object has.

        Raises
        ------
        PolicyError
            If it is no policy, or an attribute is not what it should be: one line about all of it.
        """
        found, faults = _inspect(policy)
        if faults:
            raise PolicyError(
                f"{type(policy).__name__} object is no policy that can be used: {'; '.join(faults)}"
            )
        return cls(**found)


def policy_faults(policy: object) -> list[str]:
    """Say in words what keeps an object from being used as a policy, or as a selector of policies."""
    if not is_selector(policy):
        return _inspect(policy)[1]
    fault = name_fault(policy)
    return [fault] if fault else []


def is_selector(policy: object) -> bool:
    """Tell whether an object is a selector of policies rather than a policy."""
    try:
        return hasattr(policy, "select")
    except BaseException:  # a property may raise anything
        return False


class _FaultError(Exception):
    """What is wrong with a value, to be said after its name."""


_MISSING: Final = object()


def _inspect(policy: object) -> tuple[dict[str, Any], list[str]]:
    """Return the traits of a policy, and what is wrong with it."""

    def get(name: str) -> object:
        value = getattr(policy, name, _MISSING)
        if name == "candidate_kind" and value is _MISSING:
            raise _FaultError(f"is missing; expected one of {', '.join(get_args(CandidateKind))}")
        return value

    found, faults = _read(get, {})
    try:
        scores = callable(getattr(policy, "scores", None))
    except BaseException:  # a property may raise anything
        scores = False
    unasked = [] if scores else ["it has neither a method scores nor select"]
    unnamed = name_fault(policy)
    return found, [*([unnamed] if unnamed else []), *faults, *unasked]


def _read(get: Callable[[str], object], keys: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the traits that ``get`` has under their keys, by name, and what is wrong with them."""
    found: dict[str, Any] = {}
    faults: list[str] = []
    for name, check in _CHECKS.items():
        key = keys.get(name, name)
        try:
            if (value := get(key)) is not _MISSING:
                found[name] = check(value)
        except (_FaultError, ParameterError) as fault:
            faults.append(f"{key} {fault}")
        except BaseException as error:  # a third party's attribute or mapping may raise anything
            faults.append(f"{key} cannot be read ({in_one_line(error)})")
    if found.get("shortlist") is not None and found.get("candidate_kind", "lp") != "lp":
        faults.append(f"a shortlist needs {keys.get('candidate_kind', 'candidate_kind')} 'lp'")
    return found, faults


def _one_of(kinds: tuple[str, ...]) -> Callable[[object], object]:
    def check(value: object) -> object:
        if not isinstance(value, str) or value not in kinds:
            raise _FaultError(f"is {shown(value)}; expected one of {', '.join(kinds)}")
        return value

    return check


def _truth(value: object) -> object:
    if not isinstance(value, bool):
        raise _FaultError(f"is {shown(value)}; expected true or false")
    return value


def _parameters(value: object) -> Parameters:
    if not isinstance(value, Mapping):
        raise _FaultError(f"is {shown(value)}; expected a mapping of names to values")
    return check_allowed(value)


def _fingerprint(value: object) -> dict[str, tuple[float, float]]:
    if not isinstance(value, Mapping):
        raise _FaultError(f"is {shown(value)}; expected a mapping of metrics to [low, high]")
    return {metric: _range(metric, limits) for metric, limits in value.items()}


def _range(metric: object, limits: object) -> tuple[float, float]:
    if isinstance(metric, str) and isinstance(limits, Sequence) and len(limits) == 2:
        low, high = limits
        if _is_number(low) and _is_number(high) and low <= high:  # false for NaN
            return float(low), float(high)
    raise _FaultError(f"maps {shown(metric)} to {shown(limits)}; expected a metric and [low, high]")


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _number_or_none(least: int) -> Callable[[object], int | None]:
    def check(value: object) -> int | None:
        if value is None:
            return None
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise _FaultError(f"is {shown(value)}; expected a whole number of at least {least}, or None")
        return int(value)

    return check


_CHECKS: dict[str, Callable[[object], object]] = {
    "candidate_kind": _one_of(get_args(CandidateKind)),
    "scip_parameters": _parameters,
    "fingerprint": _fingerprint,
    "fingerprint_of": _one_of(get_args(FingerprintOf)),
    "branches": _truth,
    "shortlist": _number_or_none(1),
    "shortlist_after": lambda value: _number_or_none(0)(value) or 0,
    "shortlist_iterations": _number_or_none(1),
}
"""What each trait has to be; returns it as :class:`PolicyTraits` keeps it."""
