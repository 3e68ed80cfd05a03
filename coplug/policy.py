"""What a policy is, how it is found by name, and the automatic choice among the shipped ones."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, cast

from coplug.errors import PolicyError
from coplug.inference.policy import KernelPolicy, load_kernel_policy
from coplug.inference.weights import CONFIG_FILE
from coplug.scip.branching import BranchingPolicy, PolicySelector, PolicyStatistics, Selection
from coplug.scip.state import NodeState
from coplug.scip.structure import structure_metrics
from coplug.scip.withdrawal import Withdrawal

__all__ = [
    "BranchingPolicy",
    "PolicySelector",
    "PolicyStatistics",
    "Selection",
    "available_policies",
    "load_policy",
    "zoo_directory",
]

ENTRY_POINTS = "coplug.policies"
"""Entry-point group under which other packages offer policies: callables without arguments."""

NO_POLICY = "none"
AUTO_POLICY = "auto"


def zoo_directory() -> Path:
    """Return the directory that holds the shipped policies, one folder each."""
    import coplug.models.zoo as zoo

    return Path(zoo.__path__[0])


def _zoo() -> dict[str, Path]:
    return {path.parent.name: path.parent for path in sorted(zoo_directory().glob(f"*/{CONFIG_FILE}"))}


def _plugins() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def available_policies() -> dict[str, str]:
    """Return the names that :func:`load_policy` knows, each with where it comes from."""
    known = {
        NO_POLICY: "SCIP's own branching",
        AUTO_POLICY: "a shipped policy where it fits, else SCIP's own",
    }
    known |= dict.fromkeys(_zoo(), "shipped with coplug")
    known |= {name: f"plugin {point.value}" for name, point in _plugins().items()}
    return known


def load_policy(name: str) -> BranchingPolicy | PolicySelector | None:
    """Return the policy called ``name``.

    Parameters
    ----------
    name : str
        ``none``, ``auto``, a shipped or plugged-in name, a weights directory, or ``package.module:object`` for a
        policy object or a callable without arguments that makes one.

    Returns
    -------
    BranchingPolicy, PolicySelector or None
        ``None`` for ``none``.

    Raises
    ------
    PolicyError
        If there is no such policy, or it cannot be loaded.
    """
    if name == NO_POLICY:
        return None
    if name == AUTO_POLICY:
        return AutoPolicy(_zoo())
    if name in _zoo():
        return load_kernel_policy(_zoo()[name], name)
    if name in _plugins():
        return _checked(name, partial(_load_entry_point, _plugins()[name]))
    if Path(name).is_dir():
        return load_kernel_policy(Path(name))
    if ":" in name:
        return _checked(name, partial(_import_object, name))
    choices = ", ".join(available_policies())
    raise PolicyError(
        f"there is no policy {name!r}; known are {choices}, a directory of weights, or package:object"
    )


def _load_entry_point(point: EntryPoint) -> Any:
    return point.load()


def _import_object(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _checked(name: str, load: Any) -> BranchingPolicy | PolicySelector:
    """Load a third party's policy, calling it if it is a factory, and see that it is one."""
    try:
        found = load()
        if isinstance(found, type) or not _is_policy(found):
            found = found()
    except Exception as error:  # another package's code may raise anything
        raise PolicyError(f"policy {name} cannot be loaded: {type(error).__name__}: {error}") from error
    if not _is_policy(found):
        raise PolicyError(
            f"policy {name} is a {type(found).__name__} without name, candidate_kind and scores"
        )
    return cast(BranchingPolicy | PolicySelector, found)


def _is_policy(candidate: Any) -> bool:
    return hasattr(candidate, "name") and (
        hasattr(candidate, "select")
        or (hasattr(candidate, "scores") and hasattr(candidate, "candidate_kind"))
    )


@dataclass
class AutoPolicy:
    """Takes the shipped policy whose fingerprint the presolved instance matches, else leaves SCIP alone.

    A policy that does not prove itself is withdrawn, see :class:`coplug.scip.withdrawal.Withdrawal`.
    """

    zoo: Mapping[str, Path]
    name: str = AUTO_POLICY

    def select(self, root: NodeState) -> Selection:
        """See :class:`coplug.scip.branching.PolicySelector`."""
        metrics = structure_metrics(root)
        misses = []
        for name, directory in self.zoo.items():
            policy = load_kernel_policy(directory, name)
            miss = first_mismatch(metrics, policy)
            if miss is None:
                reason = f"the instance looks like those that {name} was trained on"
                return Selection(policy, reason, Withdrawal())
            misses.append(f"{name}: {miss}")
        return Selection(
            None, "no shipped policy fits (" + "; ".join(misses) + "), SCIP's own branching is used"
        )


def first_mismatch(metrics: Mapping[str, float], policy: KernelPolicy) -> str | None:
    """Return in words the first metric outside the policy's fingerprint, or None if it fits."""
    if not policy.fingerprint:
        return "has no fingerprint"
    for metric, (low, high) in policy.fingerprint.items():
        value = metrics.get(metric)
        if value is None:
            return f"unknown metric {metric}"
        if not low <= value <= high:
            return f"{metric} {value:.3g} is outside {low:g} to {high:g}"
    return None
