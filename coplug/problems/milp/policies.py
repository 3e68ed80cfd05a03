"""Branching policies by name, and the automatic choice among the shipped ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from coplug.contracts.node import NodeState
from coplug.contracts.policy import BranchingPolicy, PolicySelector, Selection
from coplug.contracts.problem import elsewhere
from coplug.errors import CoplugError, PolicyError, UnknownPolicyError
from coplug.inference.policy import PROBLEM, load_kernel_policy, load_traits
from coplug.inference.zoo import shipped
from coplug.plugins import has, is_plugin, load_plugin, plugin_lines, plugins
from coplug.scip.structure import structure_metrics
from coplug.scip.traits import PolicyTraits, is_selector, policy_faults
from coplug.scip.withdrawal import Withdrawal

logger = logging.getLogger(__name__)

NO_POLICY = "none"
AUTO_POLICY = "auto"


def _zoo() -> dict[str, Path]:
    return shipped(PROBLEM)


def available_policies() -> dict[str, str]:
    """Return the names that :func:`load_policy` knows, each with where it comes from."""
    own = {
        NO_POLICY: "SCIP's own branching",
        AUTO_POLICY: "a shipped policy where it fits, else SCIP's own",
    } | dict.fromkeys(_zoo(), "shipped with coplug")
    return own | plugin_lines(lack) | own


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
    UnknownPolicyError
        If there is no such policy.
    PolicyError
        If it cannot be loaded.
    """
    if name == NO_POLICY:
        return None
    if name == AUTO_POLICY:
        return AutoPolicy()
    if (shipped_directory := _zoo().get(name)) is not None:
        return load_kernel_policy(shipped_directory, name)
    if Path(name).is_dir():
        return load_kernel_policy(Path(name))
    if is_plugin(name):
        return _checked(name, load_plugin(name, lack))
    choices = ", ".join(available_policies())
    raise UnknownPolicyError(
        f"there is no policy {name!r}{elsewhere(name)}; known are {choices}, a directory of weights, or package:object"
    )


def lack(found: object) -> str:
    """Say what an object lacks that branching policies, or selectors of them, have."""
    needed = ("name",) if is_selector(found) else ("name", "candidate_kind", "scores")
    return " and ".join(attribute for attribute in needed if not has(found, attribute))


def _checked(name: str, found: object) -> BranchingPolicy | PolicySelector:
    if faults := policy_faults(found):
        raise PolicyError(f"policy {name} cannot be used: {'; '.join(faults)}")
    return cast("BranchingPolicy | PolicySelector", found)


@dataclass(frozen=True)
class Offer:
    """A policy that ``auto`` may take.

    Attributes
    ----------
    name : str
    fingerprint : mapping of str to (low, high)
        Ranges of :func:`coplug.scip.structure.structure_metrics` that an instance must be in; never empty.
    load : callable
        Returns the policy.
    """

    name: str
    fingerprint: Mapping[str, tuple[float, float]]
    load: Callable[[], BranchingPolicy]

    def mismatches(self, metrics: Mapping[str, float]) -> list[str]:
        """Return in words the metrics that are outside their ranges, or unknown."""
        return [line for metric in self.fingerprint if (line := self._mismatch(metric, metrics))]

    def _mismatch(self, metric: str, metrics: Mapping[str, float]) -> str:
        if metric not in metrics:
            return f"unknown metric {metric}"
        low, high = self.fingerprint[metric]
        if low <= metrics[metric] <= high:
            return ""
        return f"{metric} {metrics[metric]:.3g} is outside {low:g} to {high:g}"


def offers() -> list[Offer]:
    """Return what ``auto`` chooses from: the shipped policies, and those of other packages, that have a fingerprint.

    One that cannot be read is left out, with a warning.
    """
    found = []
    for name, directory in _zoo().items():
        load = partial(load_kernel_policy, directory, name)
        found.append(_offer(name, partial(load_traits, directory), load))
    found += [_brought(name, policy) for name, policy in plugins(lack).items() if not is_selector(policy)]
    return [offer for offer in found if offer is not None and offer.fingerprint]


def _offer(name: str, traits: Callable[[], PolicyTraits], load: Callable[[], Any]) -> Offer | None:
    try:
        return Offer(name, traits().fingerprint, load)
    except CoplugError as error:
        logger.warning("auto leaves out policy %s: %s", name, error)
        return None


def _brought(name: str, policy: BranchingPolicy) -> Offer | None:
    return _offer(name, partial(PolicyTraits.of, policy), lambda: policy)


class AutoPolicy:
    """Takes the first policy whose fingerprint the presolved instance matches, else leaves SCIP alone.

    A policy that does not prove itself is withdrawn, see :class:`coplug.scip.withdrawal.Withdrawal`.

    Parameters
    ----------
    offered : sequence of Offer, optional
        What to choose from; :func:`offers` by default.
    """

    name = AUTO_POLICY

    def __init__(self, offered: Sequence[Offer] | None = None) -> None:
        self._offered = offered

    def warm_up(self) -> None:
        """Find what there is to choose from, and make ready what it needs."""
        self._offered = offers() if self._offered is None else self._offered
        for offer in self._offered:
            with suppress(Exception, SystemExit):  # fails again if it is chosen
                getattr(offer.load(), "warm_up", lambda: None)()

    def select(self, root: NodeState) -> Selection:
        """See :class:`coplug.contracts.policy.PolicySelector`."""
        offered = offers() if self._offered is None else self._offered
        metrics = structure_metrics(root)
        misses = {offer.name: offer.mismatches(metrics) for offer in offered}
        for offer in offered:
            if not misses[offer.name]:
                reason = f"the instance looks like those that {offer.name} was trained on"
                return Selection(offer.load(), reason, Withdrawal())
        if not misses:
            return Selection(None, "there is no policy to choose from, SCIP's own branching is used")
        nearest = min(misses, key=lambda name: len(misses[name]))
        return Selection(
            None,
            f"no policy fits, SCIP's own branching is used; nearest is {nearest}, but "
            + " and ".join(misses[nearest]),
        )
