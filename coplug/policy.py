"""Policies by name, of any problem."""

from __future__ import annotations

from typing import Any

from coplug.contracts.problem import PROBLEMS

__all__ = ["available_policies", "load_policy"]


def available_policies(problem: str = "milp") -> dict[str, str]:
    """Return the names that :func:`load_policy` knows for a problem, each with where it comes from."""
    return PROBLEMS.load(problem).policies()


def load_policy(name: str, problem: str = "milp") -> Any:
    """Return a policy of a problem, as ``--policy`` takes its name; for ``none`` most return ``None``.

    Raises
    ------
    PolicyError, UsageError
        If there is no such problem or policy, or it cannot be loaded.
    """
    return PROBLEMS.load(problem).load_policy(name)
