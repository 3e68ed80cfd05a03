"""Baselines of a Gymnasium environment on the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gymnasium

from coplug.envs.rules import Rule, named_rules, return_by
from coplug.errors import CoplugError, UsageError, in_one_line
from coplug.evaluation.returns import Evaluation, chosen_names


def rules_of(environment: Any) -> dict[str, Rule | None]:
    """Return the rules of the environment's attribute ``baselines`` by name, and None as ``random``."""
    return {"random": None, **named_rules(environment)}


def evaluate_environment(
    id_: str,
    policies: Sequence[str] = (),
    seeds: Sequence[int] = range(20),
    arguments: Mapping[str, Any] | None = None,
    listen: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Let baselines act in an environment, each in episodes of the same seeds.

    Parameters
    ----------
    id_ : str
        Of Gymnasium, such as ``coplug/IndependentSet-v0``.
    policies : sequence of str
        Names of baselines; all by default.
    seeds : sequence of int
        One an episode.
    arguments : mapping, optional
        Keyword arguments of the environment.
    listen : callable
        Hears how many of all episodes are done.

    Raises
    ------
    UsageError
        If there is no such environment or policy, or an argument does not fit.
    """
    environment = _made(id_, dict(arguments or {}))
    try:
        rules = rules_of(environment)
        names = chosen_names(policies, list(rules), id_)
        returns: dict[str, list[float]] = {name: [] for name in names}
        for name in names:
            for seed in seeds:
                returns[name].append(return_by(environment, rules[name], seed))
                listen(sum(map(len, returns.values())), len(names) * len(seeds))
    except gymnasium.error.DependencyNotInstalled as error:
        raise UsageError(f"{id_}: {in_one_line(error)}") from error
    finally:
        environment.close()
    return Evaluation(id_, list(seeds), returns)


def _made(id_: str, arguments: dict[str, Any]) -> Any:
    import coplug.envs  # noqa: F401 # registers coplug's ids

    try:
        return gymnasium.make(id_, **arguments)
    except CoplugError:
        raise
    except (gymnasium.error.Error, ImportError, TypeError, ValueError) as error:
        raise UsageError(f"{id_}: {in_one_line(error).rstrip('.')}; see `coplug list envs`") from error
