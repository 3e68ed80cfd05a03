"""Branching policies by name, and the automatic choice among the shipped ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from coplug.contracts.node import NodeState
from coplug.contracts.policy import BranchingPolicy, PolicySelector, Selection
from coplug.contracts.problem import elsewhere
from coplug.errors import CoplugError, PolicyError, UnknownPolicyError
from coplug.inference.bundles import Bundle, bundles
from coplug.inference.policy import PROBLEM, load_kernel_policy, load_traits
from coplug.plugins import has, is_plugin, load_plugin, plugin_lines, plugins
from coplug.scip.ranges import mismatches
from coplug.scip.structure import structure_metrics
from coplug.scip.traits import FingerprintOf, PolicyTraits, is_selector, policy_faults
from coplug.scip.withdrawal import Withdrawal

logger = logging.getLogger(__name__)

NO_POLICY = "none"
AUTO_POLICY = "auto"

DRIFTED = 3
"""With so few metrics outside their ranges an instance counts as one that has drifted away from a user's policy."""


def _known() -> dict[str, Bundle]:
    return bundles(PROBLEM)


def available_policies() -> dict[str, str]:
    """Return the names that :func:`load_policy` knows, each with where it comes from."""
    own = {
        NO_POLICY: "SCIP's own branching",
        AUTO_POLICY: "the first of these policies that fits, else SCIP's own",
    }
    found = {name: bundle.origin for name, bundle in _known().items()}
    return own | found | plugin_lines(lack) | found | own


def load_policy(name: str) -> BranchingPolicy | PolicySelector | None:
    """Return the policy called ``name``.

    Parameters
    ----------
    name : str
        ``none``, ``auto``, the name of a policy's folder where :mod:`coplug.inference.bundles` looks, a plugged-in
        name, a weights directory, or ``package.module:object`` for a policy object or a callable without arguments
        that makes one.

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
    if (bundle := _known().get(name)) is not None:
        return load_kernel_policy(bundle.directory, name)
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
        Ranges of metrics that an instance must be in; never empty.
    load : callable
        Returns the policy.
    fingerprint_of : "first-lp" or "problem"
        See :data:`coplug.scip.traits.FingerprintOf`.
    is_own : bool
        Whether it is the user's, rather than shipped: it is missed where an instance has drifted away from it.
    """

    name: str
    fingerprint: Mapping[str, tuple[float, float]]
    load: Callable[[], BranchingPolicy]
    fingerprint_of: FingerprintOf = "first-lp"
    is_own: bool = False

    def mismatches(self, metrics: Mapping[str, float]) -> list[str]:
        """Return in words the metrics that are outside their ranges, or unknown."""
        return mismatches(self.fingerprint, metrics)


def offers() -> list[Offer]:
    """Return what ``auto`` chooses from: the user's, the shipped and other packages' policies that have a fingerprint.

    One that cannot be read is left out, with a warning.
    """
    found = []
    for name, bundle in _known().items():
        # Absolute: it may be loaded by a process in another folder.
        load = partial(load_kernel_policy, bundle.directory.absolute(), name)
        traits = partial(load_traits, bundle.directory)
        found.append(_offer(name, traits, load, is_own=not bundle.is_shipped))
    found += [_brought(name, policy) for name, policy in plugins(lack).items() if not is_selector(policy)]
    return [offer for offer in found if offer is not None and offer.fingerprint]


def _offer(
    name: str, traits: Callable[[], PolicyTraits], load: Callable[[], Any], *, is_own: bool = False
) -> Offer | None:
    try:
        found = traits()
        return Offer(name, found.fingerprint, load, found.fingerprint_of, is_own)
    except CoplugError as error:
        logger.warning("auto leaves out policy %s: %s", name, error)
        return None


def _brought(name: str, policy: BranchingPolicy) -> Offer | None:
    return _offer(name, partial(PolicyTraits.of, policy), partial(_itself, policy))


def _itself(policy: BranchingPolicy) -> BranchingPolicy:
    return policy


class AutoPolicy:
    """Takes the first policy whose fingerprint the instance matches, else leaves SCIP alone.

    Fingerprints of the problem as it was given are looked at first, before SCIP begins, then those of the first LP. A
    policy that does not prove itself is withdrawn, see :class:`coplug.scip.withdrawal.Withdrawal`.

    Parameters
    ----------
    offered : sequence of Offer, optional
        What to choose from; :func:`offers` by default.
    """

    name = AUTO_POLICY

    def __init__(self, offered: Sequence[Offer] | None = None) -> None:
        self._offered = offered
        self._missed: dict[str, list[str]] = {}
        self._drift = ""

    def warm_up(self) -> None:
        """Find what there is to choose from, and make ready what it needs."""
        self._offered = offers() if self._offered is None else self._offered
        for offer in self._offered:
            with suppress(Exception, SystemExit):  # fails again if it is chosen
                getattr(offer.load(), "warm_up", lambda: None)()

    def select_early(self, look: Callable[[], Mapping[str, float] | None]) -> Selection | None:
        """See :class:`coplug.contracts.policy.PolicySelector`."""
        self._offered = offers() if self._offered is None else self._offered
        offered = [offer for offer in self._offered if offer.fingerprint_of == "problem"]
        metrics = look() if offered else None
        if metrics is None:
            return None
        self._missed = {offer.name: offer.mismatches(metrics) for offer in offered}
        for offer in offered:
            if not self._missed[offer.name]:
                return _taken(offer)
        own = [offer.name for offer in offered if offer.is_own]
        nearest = min(own, key=lambda name: len(self._missed[name]), default="")
        if nearest and len(self._missed[nearest]) <= DRIFTED:
            self._drift = (
                f"{nearest} is not for this instance any more: {' and '.join(self._missed[nearest])}"
            )
        return None

    def select(self, root: NodeState) -> Selection:
        """See :class:`coplug.contracts.policy.PolicySelector`."""
        offered = offers() if self._offered is None else self._offered
        offered = [offer for offer in offered if offer.fingerprint_of == "first-lp"]
        metrics = structure_metrics(root)
        misses = {offer.name: offer.mismatches(metrics) for offer in offered} | self._missed
        for offer in offered:
            if not misses[offer.name]:
                return replace(_taken(offer), drift=self._drift)
        if not misses:
            return Selection(None, "there is no policy to choose from, SCIP's own branching is used")
        nearest = min(misses, key=lambda name: len(misses[name]))
        reason = f"no policy fits, SCIP's own branching is used; nearest is {nearest}, but " + " and ".join(
            misses[nearest]
        )
        return Selection(None, reason, drift=self._drift)


def _taken(offer: Offer) -> Selection:
    reason = f"the instance looks like those that {offer.name} was trained on"
    return Selection(offer.load(), reason, Withdrawal())
