"""What is routed in: a network as it was when tables were made, and as it is, and which packets are sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coplug.errors import InstanceError, UnknownPolicyError, UsageError, shown

from .learned import BEST, LearnedRule
from .methods import CONTROLS, Way, learned_way
from .network import Network
from .options import RoutingOptions
from .perturbations import with_failures, with_moves
from .reading import Wanted

BEST_CONTROL = "map-2"
"""What ``none`` stands for."""


@dataclass(frozen=True, eq=False)
class RoutingInstance:
    """A network to route in.

    Attributes
    ----------
    label : str
        Where it comes from.
    before, network : Network
        As it was when tables were made, and as it is.
    origin, dest : int or None
        Of the one packet, if it is one.
    """

    label: str
    before: Network
    network: Network
    origin: int | None
    dest: int | None


def wanted(options: RoutingOptions) -> Wanted:
    """Return what options ask of a file."""
    return Wanted(
        weights=options.weights,
        radius=options.radius,
        geometry=None if options.geometry == "auto" else options.geometry,
        links=options.links,
    )


def make_instance(label: str, before: Network, options: RoutingOptions) -> RoutingInstance:
    """Return the instance of a network, perturbed as the options ask.

    Raises
    ------
    InstanceError
        If the network has no such node, or no node at all.
    UsageError
        If the method is unknown, a policy is asked for beside a method or tables, or nodes cannot move.
    """
    if not before.n_nodes:
        raise InstanceError(f"{label} has no nodes; expected one at least")
    if options.method != "auto" and options.method not in CONTROLS:
        raise UsageError(f"method {options.method!r} is unknown; choose from auto, {', '.join(CONTROLS)}")
    _check_one_way(options)
    rng = np.random.default_rng(options.seed)
    network = with_moves(before, options.moved, rng) if options.moved else before
    network = with_failures(network, options.failed, rng) if options.failed else network
    origin = None if options.origin is None else _node(before, options.origin, "--from")
    dest = None if options.dest is None else _node(before, options.dest, "--to")
    return RoutingInstance(label, before, network, origin, dest)


def way_of(options: RoutingOptions) -> tuple[str, Way]:
    """Return the name of the way that options ask for, and the way.

    Raises
    ------
    UnknownPolicyError
        If the policy is no rule.
    """
    if options.method != "auto":
        return options.method, CONTROLS[options.method]
    rule = options.policy
    if rule is None:
        return BEST_CONTROL, CONTROLS[BEST_CONTROL]
    if not isinstance(rule, LearnedRule):
        raise UnknownPolicyError(
            f"a {type(rule).__name__} is no policy of routing; take a name or a directory of weights"
        )
    return rule.name, learned_way(rule.kind, rule.net, rule.two_hops)


def _check_one_way(options: RoutingOptions) -> None:
    """Refuse a policy beside what would be taken instead; the best one also stands for ``auto``, and is let pass."""
    rule = options.policy
    if not isinstance(rule, LearnedRule) or rule.name == BEST:
        return
    if options.method != "auto":
        raise UsageError(
            f"--method {options.method} and --policy {rule.name} are two ways to route; give one of them"
        )
    if options.repair is not None:
        raise UsageError("--repair routes by the tables that it repairs; leave --policy out")


def _node(network: Network, name: str, flag: str) -> int:
    for number, known in enumerate(network.names):
        if str(known) == name:
            return number
    raise InstanceError(f"{flag} {shown(name)}: the network of {network.n_nodes} nodes has no such node")
