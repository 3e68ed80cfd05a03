"""One measured solve: an instance under a seed with an entrant, and the mean over many of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coplug.contracts.policy import BranchingPolicy, PolicySelector
from coplug.errors import UsageError
from coplug.problems.milp.policies import load_policy
from coplug.problems.milp.warm_up import warm_up
from coplug.scip.dual_task import include_dual_task
from coplug.scip.options import SolveOptions
from coplug.scip.progress import snapshot
from coplug.scip.settings import DUAL_TASK, PROTOCOLS, Parameters
from coplug.scip.solve import open_model, optimize_with, prepare, status_of
from coplug.scip.stage import SETTLED
from coplug.scip.traits import PolicyTraits, is_selector

TIME_SHIFT_S = 1.0
NODE_SHIFT = 100.0

SETTINGS_OF = "@"
"""Between a policy's name, or ``none``, and that of another: the first under the parameters of the second."""


@dataclass(frozen=True)
class Conditions:
    """What is the same for all solves that are compared.

    Attributes
    ----------
    protocol : str
        ``default``, ``gasse`` or ``ml4co``, see :data:`coplug.scip.settings.PROTOCOLS`; all count CPU seconds.
    time_limit_s : float
        For each run, at least 0; from the first branching decision on under ``ml4co``.
    keep_settings : bool
        Do not set the SCIP parameters that come with a policy. (The protocol's parameters always stand.)

    Raises
    ------
    UsageError
        If the protocol is unknown or the limit out of range.
    """

    protocol: str = "default"
    time_limit_s: float = 3600.0
    keep_settings: bool = False

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise UsageError(f"--settings {self.protocol} is unknown; choose from {', '.join(PROTOCOLS)}")
        if not (self.time_limit_s >= 0.0 and math.isfinite(self.time_limit_s)):
            raise UsageError(f"the time limit must be a number of at least 0, not {self.time_limit_s}")


@dataclass(frozen=True)
class Run:
    """One solve: a row of the CSV.

    Times are seconds on SCIP's clock; ``objective`` is NaN without a solution. ``bound_integral`` is that of the dual
    bound over the time limit, from the first branching decision on, under protocol ``ml4co`` (the larger the better,
    see :class:`coplug.scip.dual_task.DualBoundRecord`); NaN under others.
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
        """Whether the run ended with a proof."""
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


def run_once(conditions: Conditions, instance: str, seed: int, name: str) -> Run:
    """Solve one instance under one seed with one policy; see :func:`load_entrant` for its name.

    Raises
    ------
    KeyboardInterrupt
        If a signal cut the solve short.
    """
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
        if optimize_with(model, rule) is not None:
            raise KeyboardInterrupt  # a run cut short is no run
        final = snapshot(model, rule)
        return Run(
            instance=Path(instance).name,
            seed=seed,
            policy=name,
            status=status_of(model, rule),
            objective=final.primal_bound if model.getNSols() else math.nan,
            bound=final.dual_bound,
            nodes=final.nodes,
            time_s=final.time_s,
            policy_calls=final.policy_calls,
            policy_time_s=final.policy_time_s,
            fallbacks=rule.statistics.fallbacks if rule is not None else 0,
            bound_integral=record.integral() if record is not None else math.nan,
        )


def shifted_geometric_mean(values: Sequence[float], shift: float) -> float:
    """Return ``exp(mean(log(values + shift))) - shift``; NaN for no values."""
    if not values:
        return math.nan
    return float(np.exp(np.mean(np.log(np.asarray(values) + shift))) - shift)
