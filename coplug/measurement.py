"""One measured solve: an instance under a seed with an entrant, and the mean over many of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from coplug.contracts.policy import BranchingPolicy, PolicySelector
from coplug.contracts.problem import PROBLEMS
from coplug.errors import UsageError
from coplug.options import make_options, option_specs, values_of_texts
from coplug.problems.milp.policies import NO_POLICY, load_policy
from coplug.problems.milp.warm_up import warm_up
from coplug.report import Number
from coplug.scip.dual_task import include_dual_task
from coplug.scip.options import SolveOptions
from coplug.scip.progress import finite, snapshot
from coplug.scip.settings import DUAL_TASK, PROTOCOLS, Parameters
from coplug.scip.solve import open_model, optimize_with, prepare, status_of
from coplug.scip.stage import SETTLED
from coplug.scip.traits import PolicyTraits, is_selector
from coplug.solving import solve

OPTIMAL = "optimal"
MILP = "milp"
"""The problem whose runs have nodes, protocols and SCIP's CPU clock."""

TIME_SHIFT_S = 1.0
NODE_SHIFT = 100.0

OF_A_RUN = {"policy", "seed", "time_limit"}
"""Options that each run sets."""

SETTINGS_OF = "@"
"""Between a policy's name, or ``none``, and that of another: the first under the parameters of the second."""


@dataclass(frozen=True)
class Conditions:
    """What is the same for all solves that are compared.

    Attributes
    ----------
    protocol : str
        ``default``, ``permuted``, ``gasse`` or ``ml4co``, see :data:`coplug.scip.settings.PROTOCOLS`; all count CPU
        seconds.
    time_limit_s : float
        For each run, at least 0; from the first branching decision on under ``ml4co``.
    keep_settings : bool
        Do not set the SCIP parameters that come with a policy. (The protocol's parameters always stand.)
    problem : str
        Of all instances; ``protocol`` and ``keep_settings`` are for ``milp``.
    options : mapping of str to str
        Options of another problem, by their words.

    Raises
    ------
    UsageError
        If the protocol is unknown, the limit out of range, or something is for another problem.
    """

    protocol: str = "default"
    time_limit_s: float = 3600.0
    keep_settings: bool = False
    problem: str = MILP
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.problem != MILP and (self.protocol != "default" or self.keep_settings):
            raise UsageError(f"--settings and --keep-settings are for --problem {MILP}, not {self.problem}")
        if self.protocol not in PROTOCOLS:
            raise UsageError(f"--settings {self.protocol} is unknown; choose from {', '.join(PROTOCOLS)}")
        if not (self.time_limit_s >= 0.0 and math.isfinite(self.time_limit_s)):
            raise UsageError(f"the time limit must be a number of at least 0, not {self.time_limit_s}")
        if self.problem != MILP:
            self.options_of_problem()
        elif self.options:
            raise UsageError(f"--option is for other problems than {MILP}, which has --settings")

    def options_of_problem(self) -> Any:
        """Return the options of a solve, those that a run sets apart.

        Raises
        ------
        UsageError
            If one is unknown, missing, out of range, or what a run sets, or names a file that is written.
        """
        options_type = PROBLEMS.load(self.problem).options_type
        refused = OF_A_RUN | {spec.word for spec in option_specs(options_type) if spec.is_output}
        for word in refused & self.options.keys():
            raise UsageError(f"--option {word}: every run has its own; leave it out")
        owner = f"problem {self.problem}"
        return make_options(options_type, self.option_values(), owner)

    def option_values(self) -> dict[str, Any]:
        """Return what :attr:`options` say, as values."""
        problem = PROBLEMS.load(self.problem)
        return values_of_texts(problem.options_type, self.options, f"problem {self.problem}")


@dataclass(frozen=True)
class Run:
    """One solve: a row of the CSV.

    Times are seconds on SCIP's clock, or on the wall where another problem was solved; then there are no nodes.
    ``objective`` is NaN without a solution, ``bound`` where it is infinite or unknown. ``bound_integral`` is that of
    the dual bound over the time limit, from the first branching decision on, under protocol ``ml4co`` (the larger the
    better, see :class:`coplug.scip.dual_task.DualBoundRecord`); NaN under others.
    """

    instance: str
    seed: int
    policy: str
    status: str
    objective: float
    bound: float
    nodes: int
    time_s: float
    policy_calls: int
    policy_time_s: float
    fallbacks: int
    bound_integral: float = math.nan

    @property
    def solved(self) -> bool:
        """Whether the run ended with a solution proved optimal."""
        return self.status == OPTIMAL

    @property
    def settled(self) -> bool:
        """Whether the run ended with a proof: of an optimum, or that there is none."""
        return self.status in SETTLED


@dataclass(frozen=True)
class Entrant:
    """Who takes part in a comparison.

    Attributes
    ----------
    policy : BranchingPolicy, PolicySelector or None
        What branches; SCIP's own rule if None.
    parameters : mapping
        SCIP parameters instead of those that come with the policy; None leaves it those.
    """

    policy: BranchingPolicy | PolicySelector | None
    parameters: Parameters | None = None


def load_entrant(name: str) -> Entrant:
    """Return the entrant of a name as in ``coplug compare --policies``.

    Raises
    ------
    UsageError
        If ``NAME@OWNER`` names an owner that brings no parameters.
    PolicyError
        As :func:`coplug.problems.milp.policies.load_policy`.
    """
    own, found, owner = name.partition(SETTINGS_OF)
    if not found or Path(name).is_dir():
        return Entrant(load_policy(name))
    bringing = load_policy(owner)
    if bringing is None or is_selector(bringing):
        parameters: Parameters = {}
    else:
        parameters = PolicyTraits.of(bringing).scip_parameters
    if not parameters:
        raise UsageError(f"{name}: {owner} brings no SCIP parameters; name a policy that does")
    return Entrant(load_policy(own), parameters)


def check_policy(name: str, problem: str) -> None:
    """See that a policy can be loaded; for models, that an entrant can.

    Raises
    ------
    PolicyError, UsageError
        If it cannot.
    """
    if problem == MILP:
        load_entrant(name)
    else:
        PROBLEMS.load(problem).load_policy(name)


def check_instance(conditions: Conditions, instance: str) -> None:
    """See that an instance can be read.

    Raises
    ------
    InstanceError
        If it cannot.
    """
    if conditions.problem == MILP:
        with open_model(Path(instance)):
            return
    problem = PROBLEMS.load(conditions.problem)
    options = replace(conditions.options_of_problem(), policy=problem.load_policy(NO_POLICY))
    problem.read(Path(instance), options)


def run_once(conditions: Conditions, instance: str, seed: int, name: str) -> Run:
    """Solve one instance under one seed with one policy; see :func:`load_entrant` for its name.

    Raises
    ------
    KeyboardInterrupt
        With the signal's number, if one cut the solve short.
    """
    if conditions.problem != MILP:
        return _run_of_problem(conditions, instance, seed, name)
    entrant = load_entrant(name)
    warm_up(entrant.policy)
    dual_task = conditions.protocol == DUAL_TASK
    options = SolveOptions(
        policy=entrant.policy,
        time_limit_s=None if dual_task else conditions.time_limit_s,
        seed=seed,
        parameters={**(entrant.parameters or {}), **PROTOCOLS[conditions.protocol](seed)},
        keep_settings=conditions.keep_settings or entrant.parameters is not None,
    )
    with open_model(Path(instance)) as model:
        rule = prepare(model, options)
        record = include_dual_task(model, conditions.time_limit_s) if dual_task else None
        if (signal := optimize_with(model, rule)) is not None:
            raise KeyboardInterrupt(signal)  # a run cut short is no run
        final = snapshot(model, rule)
        return Run(
            instance=Path(instance).name,
            seed=seed,
            policy=name,
            status=status_of(model, rule),
            objective=_number(finite(final.primal_bound)) if model.getNSols() else math.nan,
            bound=_number(finite(final.dual_bound)),
            nodes=final.nodes,
            time_s=final.time_s,
            policy_calls=final.policy_calls,
            policy_time_s=final.policy_time_s,
            fallbacks=rule.statistics.fallbacks if rule is not None else 0,
            bound_integral=record.integral() if record is not None else math.nan,
        )


def _run_of_problem(conditions: Conditions, instance: str, seed: int, name: str) -> Run:
    report = solve(
        instance,
        conditions.problem,
        name,
        time_limit=conditions.time_limit_s,
        seed=seed,
        **conditions.option_values(),
    )
    if report.signal is not None:
        raise KeyboardInterrupt(report.signal)
    return Run(
        instance=Path(instance).name,
        seed=seed,
        policy=name,
        status=report.status,
        objective=_number(report.objective),
        bound=_number(report.bound),
        nodes=0,
        time_s=report.time_s,
        policy_calls=report.policy.calls,
        policy_time_s=report.policy.time_s,
        fallbacks=report.policy.fallbacks,
    )


def _number(value: Number | None) -> float:
    return math.nan if value is None else float(value)


def shifted_geometric_mean(values: Sequence[float], shift: float) -> float:
    """Return ``exp(mean(log(values + shift))) - shift``; NaN for no values."""
    if not values:
        return math.nan
    return float(np.exp(np.mean(np.log(np.asarray(values) + shift))) - shift)
