"""Learned methods that another floor, or another package, brings by entry points: DeepIM among them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Protocol

from coplug.errors import UsageError
from coplug.extras import install_command
from coplug.problems.influence.guarantee import Choice
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.task import Task
from coplug.registry import Registry


class Chooser(Protocol):
    """Learns how something spreads through the network of a task, and chooses seeds by what it has learned."""

    def __call__(self, task: Task, seed: int, limits: Limits) -> Choice:
        """Choose seeds within the budget.

        Parameters
        ----------
        task : Task
        seed : int
            Of all random draws.
        limits : Limits
            Asked often; once they say so, seeds are those of what has been learned so far.
        """
        ...


def _fault(found: Any) -> str:
    return "" if callable(found) else "cannot be called; see Chooser"


CHOOSERS: Registry[Chooser] = Registry("coplug.seed_choosers", "method", _fault)
"""All that are installed, by the name of the method."""


def find_chooser(method: str) -> Chooser:
    """Return the chooser of a learned method.

    Raises
    ------
    UsageError
        If torch is not installed.
    """
    if find_spec("torch") is None:
        raise UsageError(f"method {method} needs torch: {install_command('train')}")
    return CHOOSERS.load(method)
