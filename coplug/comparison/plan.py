"""What a comparison runs, and seeing that it can be run before it begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coplug.contracts.problem import PROBLEMS
from coplug.errors import UsageError
from coplug.measurement import MILP, Conditions, check_policy
from coplug.scip.problem import find_instances
from coplug.solving import problem_for

DEFAULT_TIME_LIMIT_S = 3600.0
"""Of a run by SCIP."""

DEFAULT_VALUE_TIME_LIMIT_S = 10.0
"""Of a run of another problem, whose search may never end by itself."""


@dataclass(frozen=True)
class Plan:
    """What to compare.

    Attributes
    ----------
    instances : tuple of str
        Instance files.
    policies : tuple of str
        Names as in ``coplug solve --policy``, or ``NAME@OWNER`` for a policy, or ``none``, under the parameters that
        come with the policy OWNER instead of its own; the first is what the others are measured against.
    seeds : tuple of int
        Of the solves.
    protocol : str
        SCIP parameters of all policies, see :class:`coplug.measurement.Conditions`.
    time_limit_s : float
        Seconds of a run.
    keep_settings : bool
        Leave SCIP's parameters alone even if a policy brings some.
    problem : str
        Of all instances.
    options : mapping of str to str
        Of the problem, see :class:`coplug.measurement.Conditions`.

    Raises
    ------
    UsageError, PolicyError
        If the plan cannot mean anything, or a policy cannot be loaded.
    """

    instances: tuple[str, ...]
    policies: tuple[str, ...]
    seeds: tuple[int, ...]
    protocol: str = "default"
    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    keep_settings: bool = False
    problem: str = MILP
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(set(self.policies)) != len(self.policies) or not self.policies:
            raise UsageError(f"--policies {','.join(self.policies)}: expected different names")
        names = [Path(instance).name for instance in self.instances]
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled is not None:
            raise UsageError(
                f"two instances are called {doubled}, and a row names only the file; rename or leave out one"
            )
        if not self.seeds:
            raise UsageError("at least one seed is needed")
        assert self.conditions  # refuses what is out of range
        for policy in self.policies:
            check_policy(policy, self.problem)

    @property
    def conditions(self) -> Conditions:
        """What is the same for all runs."""
        return Conditions(self.protocol, self.time_limit_s, self.keep_settings, self.problem, self.options)

    @property
    def n_runs(self) -> int:
        """How many runs there are to make in all."""
        return len(self.instances) * len(self.policies) * len(self.seeds)


def make_plan(
    instances: Iterable[str | Path],
    policies: Iterable[str] = ("none", "auto"),
    *,
    problem: str | None = None,
    seeds: int | Iterable[int] = 5,
    settings: str = "default",
    time_limit: float | None = None,
    keep_settings: bool = False,
    options: Mapping[str, str] | None = None,
) -> Plan:
    """Return the plan of :func:`coplug.comparison.running.compare`, whose parameters these are.

    Raises
    ------
    CoplugError
        If something that was given cannot be used.
    """
    paths = [Path(path) for path in instances]
    name = _problem(paths) if problem is None else problem
    if time_limit is None:
        time_limit = DEFAULT_TIME_LIMIT_S if name == MILP else DEFAULT_VALUE_TIME_LIMIT_S
    return Plan(
        instances=find_instances(paths, PROBLEMS.load(name).suffixes),
        policies=tuple(policies),
        seeds=tuple(range(seeds) if isinstance(seeds, int) else seeds),
        protocol=settings,
        time_limit_s=time_limit,
        keep_settings=keep_settings,
        problem=name,
        options=options or {},
    )


def _problem(paths: list[Path]) -> str:
    """Return the problem of the first file; directories are of model files where nothing else is said."""
    file = next((path for path in paths if path.is_file()), None)
    return MILP if file is None else problem_for(file).name
