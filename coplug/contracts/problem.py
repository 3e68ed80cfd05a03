"""What a problem is: what ``coplug solve``, ``search``, ``list``, ``info``, ``doctor`` and the library know of one.

A package adds a problem by an entry point of the group ``coplug.problems`` that names such an object.
:func:`coplug.testing.check_problem` checks one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from coplug.errors import UsageError, shown
from coplug.options import check_ranges, option
from coplug.registry import Registry
from coplug.report import OnProgress, Report, Sense, Stop

I = TypeVar("I")  # noqa: E741 # an instance
O = TypeVar("O", bound="Options")  # noqa: E741 # options


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every solve can be asked; a problem derives its own from it, see :func:`coplug.options.option`.

    Attributes
    ----------
    policy : object
        auto, none, a name from `coplug list policies`, a directory of weights, or package:object.
    time_limit_s : float or None
        Seconds.
    seed : int
        Of all random draws.

    Raises
    ------
    UsageError
        If a value is out of range.
    """

    # What a solve gets is ready-made, from the problem's load_policy: the caller resolves names.
    policy: Any = option(None, metavar="NAME")
    time_limit_s: float | None = option(None, metavar="S", minimum=0)
    seed: int = option(0, metavar="N", minimum=0)

    def __post_init__(self) -> None:
        check_ranges(self)


class Problem(Protocol[I, O]):
    """A problem that instances, from files or made, are solved of.

    Importing the module of a problem should be cheap: it is done for ``coplug solve --help``. What is heavy is imported
    inside methods. A class that derives from this one gets the parts that are optional.

    Attributes
    ----------
    name : str
        As in ``--problem``.
    description : str
        One line.
    sense : "min", "max" or None
        Of the objective; None where the instance says.
    suffixes : tuple of str
        Of the files that it reads, such as ``.lp``; each may be followed by ``.gz``.
    options_type : type
        A dataclass that derives from :class:`Options`. Its fields are the options of ``coplug solve --problem NAME``,
        with the help that its docstring's section Attributes has.
    needs_instance : bool
        Whether it takes a file, or an object; else :meth:`make` makes instances from options alone, and
        ``coplug search NAME`` searches for a good solution.
    has_picture : bool
        Whether it has :meth:`picture`.
    has_arrays : bool
        Whether its solutions are arrays, which ``--solution OUT.npz`` holds.
    """

    name: str
    description: str
    sense: Sense | None
    suffixes: tuple[str, ...]
    options_type: type[O]
    needs_instance: bool = True
    has_picture: bool = False
    has_arrays: bool = False

    def read(self, path: Path, options: O) -> I:
        """Read an instance, and see that the options fit it: nothing has been compiled then.

        Raises
        ------
        InstanceError
            If the file is missing, damaged, or does not hold what it announces.
        CoplugError
            If an option cannot be used with it.
        """
        ...

    def takes(self, found: object) -> bool:
        """Tell whether an object in memory is an instance that :meth:`take` takes."""
        return False

    def take(self, found: Any, options: O) -> I:
        """Return the instance that an object is for which :meth:`takes` is true; what becomes of it, the problem says.

        Raises
        ------
        CoplugError
            If it cannot be used.
        """
        raise UsageError(f"problem {self.name} takes no {type(found).__name__}")

    def make(self, options: O) -> I:
        """Return the instance that options alone describe, where none is needed.

        Raises
        ------
        UsageError
            If an instance is needed.
        """
        raise UsageError(f"problem {self.name} needs an instance; name a file")

    def policies(self) -> dict[str, str]:
        """Return the names of its policies, each with a line about where it comes from; ``none`` among them."""
        ...

    def load_policy(self, name: str) -> Any:
        """Return the policy of a name, ready for ``options.policy``; the problem says what its policies are.

        Raises
        ------
        PolicyError, UsageError
            If there is none of that name, or it cannot be loaded.
        """
        ...

    def warm_up(self, instance: I, options: O) -> None:
        """Have everything compiled that a solve of the instance with these options needs, before any clock starts."""

    def solve(self, instance: I, options: O, progress: OnProgress | None, stop: Stop) -> Report:
        """Solve an instance that :meth:`read`, :meth:`take` or :meth:`make` returned; only once.

        Parameters
        ----------
        instance
            Of this problem.
        options
            With the policy ready-made.
        progress : callable or None
            Told some times a second; None where nobody watches.
        stop : callable
            Asked some times a second; the best solution so far is reported once it says so.

        Raises
        ------
        CoplugError
            If the solve cannot be run.
        """
        ...

    def watch(self, instance: I) -> None:
        """Have the solve of an instance recorded as far as :meth:`picture` needs it; called before that solve."""
        return

    def picture(self, instance: I, report: Report, path: Path) -> None:
        """Draw an instance and its solution, or how the solve went, with :func:`coplug.figures.save_figure`.

        Raises
        ------
        UsageError
            If the problem has no picture, or matplotlib is missing.
        """
        raise UsageError(f"problem {self.name} has no picture")


METHODS = ("read", "takes", "take", "make", "policies", "load_policy", "warm_up", "solve", "picture")
"""Of a problem; those that are optional come with :class:`Problem`."""


def _fault(found: Any) -> str:
    """Say what keeps an object from being asked as a problem is; :func:`coplug.testing.check_problem` sees the rest."""
    missing = [part for part in ("name", "options_type", *METHODS) if not hasattr(found, part)]
    if missing:
        return f"is no problem: it has no {', '.join(missing)}"
    if isinstance(found, type):
        return "is a class; expected an object of it"
    if not (isinstance(found.options_type, type) and issubclass(found.options_type, Options)):
        return f"has options_type {shown(found.options_type)}; expected a dataclass that derives from Options"
    suffixes = getattr(found, "suffixes", None)
    if not (isinstance(suffixes, tuple) and all(isinstance(suffix, str) for suffix in suffixes)):
        return (
            f"has suffixes {shown(suffixes)}; expected a tuple such as ('.lp',), empty if it reads no files"
        )
    unsaid = [part for part in ("name", "description") if not isinstance(getattr(found, part, None), str)]
    return f"has no text as its {' and '.join(unsaid)}" if unsaid else ""


PROBLEMS: Registry[Problem[Any, Any]] = Registry("coplug.problems", "problem", _fault)
"""All problems that are installed, by name."""


def elsewhere(policy: str) -> str:
    """Return which problems know a policy, in brackets, for messages of one that does not; empty if none does."""
    served = [name for name in PROBLEMS.names() if _knows(name, policy)]
    return f" (it is for --problem {', '.join(served)})" if served else ""


def _knows(problem: str, policy: str) -> bool:
    try:
        return policy in PROBLEMS.load(problem).policies()
    except Exception:  # a third party's problem may raise anything, and knows no policy then
        return False
