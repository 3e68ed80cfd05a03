"""Routing one packet, or judging all of them."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.report import OnProgress, PolicyUse, Progress, Report, Stop, relative_gap

from .instance import BEST_CONTROL, RoutingInstance, way_of
from .judging import Pairs, Quality, all_pairs, judge, pair_of, sampled_pairs
from .learned import LearnedRule
from .methods import Method, Way, by_decisions
from .needs import ALL, Need, need_of
from .options import RoutingOptions
from .tables import Repair, Tables, read_tables, repaired, tables_of, write_tables

BLOCK_PAIRS = 20_000
"""Pairs between two looks at the clock."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """How packets are forwarded.

    Attributes
    ----------
    name : str
    way : Way or None
        None for tables.
    method : Method
    tables : Tables or None
    repair : Repair or None
        What it took to repair the tables.
    """

    name: str
    way: Way | None
    method: Method
    tables: Tables | None = None
    repair: Repair | None = None


def solve_routing(
    instance: RoutingInstance,
    options: RoutingOptions,
    progress: OnProgress | None = None,
    stop: Stop = bool,
) -> Report:
    """Route as :class:`~.options.RoutingOptions` says.

    Once the time is up or ``stop`` says so, the pairs that were routed so far are judged.

    Raises
    ------
    UsageError
        If tables are asked of a way that they cannot hold.
    InstanceError
        If tables cannot be read.
    OutputError
        If tables cannot be written.
    """
    begin_s = time.monotonic()
    chosen = _chosen(instance, options)
    if options.tables is not None:
        write_tables(_tables(chosen, instance, options), instance.network, options.tables)
    if instance.origin is not None and instance.dest is not None:
        return _one(instance, options, chosen, instance.origin, instance.dest, begin_s)
    return _many(instance, options, chosen, begin_s, progress, stop)


def _chosen(instance: RoutingInstance, options: RoutingOptions) -> Chosen:
    if options.repair is None:
        name, way = way_of(options)
        return Chosen(name, way, way.make(instance.before))
    tables, repair = repaired(read_tables(options.repair, instance.network), instance.network)
    return Chosen("tables", None, by_decisions(lambda dest: tables.following[dest]), tables, repair)


def _tables(chosen: Chosen, instance: RoutingInstance, options: RoutingOptions) -> Tables:
    if chosen.tables is not None:
        return chosen.tables
    way = chosen.way
    assert way is not None
    if not way.decides_alone:
        raise UsageError(
            f"{chosen.name} decides by what is in the packet, which no table holds; take --method table or greedy, or "
            "--policy routing-forwarder"
        )
    if way.knows == ALL:
        return tables_of(instance.before if chosen.name == "table" else instance.network, None)
    rule = options.policy
    net = (rule.net,) if options.method == "auto" and isinstance(rule, LearnedRule) else ()
    return tables_of(instance.network, way.rule, *net)


def _one(
    instance: RoutingInstance, options: RoutingOptions, chosen: Chosen, origin: int, dest: int, begin_s: float
) -> Report:
    network = instance.network
    pairs = pair_of(network, origin, dest)
    names = network.names
    shortest = float(pairs.shortest[0][0]) if len(pairs) else None
    routed = chosen.method(network, pairs) if len(pairs) and origin != dest else None
    length = None if shortest is None else 0.0 if routed is None else float(routed.costs[0][0])
    delivered = length is not None and math.isfinite(length)
    path = [] if not delivered else [origin] if routed is None else routed.route
    status = "infeasible" if shortest is None else "heuristic" if delivered else "lost"
    if delivered and length is not None and shortest is not None and length <= shortest * (1 + 1e-9):
        status = "optimal"
    objective = length if delivered else None
    stretch = None
    if objective is not None and shortest is not None:
        stretch = 1.0 if objective == shortest else objective / shortest if shortest > 0 else None
    shown = [names[node] for node in path]
    sizes = 0.0 if routed is None else float(routed.packet_bytes[0])
    time_s = time.monotonic() - begin_s
    return Report(
        problem="routing",
        instance=instance.label,
        status=status,
        sense="min",
        objective=objective,
        bound=shortest,
        gap=relative_gap(objective, shortest),
        time_s=time_s,
        seed=options.seed,
        policy=_use(chosen, options, time_s),
        solution=shown or None,
        measure="length",
        extra={
            **_common(instance, chosen, options),
            "path": shown,
            "length": objective,
            "shortest": shortest,
            "stretch": stretch,
            "packet_bytes": sizes,
        },
        details={
            "method": chosen.name,
            "route": _few(shown)
            if delivered
            else "there is none"
            if shortest is None
            else "the packet is lost",
            "stretch": "none" if stretch is None else f"{stretch:.4f}",
            "packet": f"{sizes:.0f} bytes of routing state at most",
        },
        notes=network.notes,
    )


def _many(
    instance: RoutingInstance,
    options: RoutingOptions,
    chosen: Chosen,
    begin_s: float,
    progress: OnProgress | None,
    stop: Stop,
) -> Report:
    network = instance.network
    rng = np.random.default_rng([options.seed, 1])
    pairs = all_pairs(network) if options.pairs is None else sampled_pairs(network, options.pairs, rng)
    reason, done = "", 0
    costs: list[NDArray[np.float64]] = []
    sizes: list[NDArray[np.float64]] = []
    for first, last in blocks(pairs):
        if stop():
            reason = "userinterrupt"
        elif options.time_limit_s is not None and time.monotonic() - begin_s >= options.time_limit_s and done:
            reason = "timelimit"
        if reason:
            break
        part = chosen.method(network, pairs.part(first, last))
        costs += part.costs
        sizes.append(part.packet_bytes)
        done = last
        if progress is not None:
            progress(Progress(time_s=time.monotonic() - begin_s, detail=f"{done} destinations"))
    judged = pairs.part(0, done)
    quality = judge(judged, costs, options.eps)
    bytes_of = np.concatenate(sizes) if sizes else np.zeros(0)
    time_s = time.monotonic() - begin_s
    need = None if chosen.way is None or network.n_nodes > 2000 else need_of(chosen.way.knows, network)
    return Report(
        problem="routing",
        instance=instance.label,
        status=reason or "heuristic",
        sense="min",
        objective=quality.mean_stretch,
        bound=1.0 if quality.mean_stretch is not None else None,
        gap=relative_gap(quality.mean_stretch, 1.0),
        time_s=time_s,
        seed=options.seed,
        policy=_use(chosen, options, time_s),
        solution={"delivery": quality.delivery} if len(judged) else None,
        measure="stretch",
        extra={
            **_common(instance, chosen, options),
            **quality.document,
            "eps": options.eps,
            "disconnected": pairs.disconnected,
            "packet_bytes": {
                "mean": float(bytes_of.mean()) if len(bytes_of) else 0.0,
                "largest": float(bytes_of.max(initial=0.0)),
            },
            "need": None if need is None else need.document,
            "repair": None if chosen.repair is None else dict(vars(chosen.repair)),
        },
        details=_details(chosen, quality, pairs, bytes_of, need),
        notes=network.notes,
    )


def blocks(pairs: Pairs) -> list[tuple[int, int]]:
    """Return ranges of destinations with about :data:`BLOCK_PAIRS` pairs each."""
    found, first, count = [], 0, 0
    for k, origins in enumerate(pairs.origins):
        count += len(origins)
        if count >= BLOCK_PAIRS:
            found.append((first, k + 1))
            first, count = k + 1, 0
    return [*found, (first, len(pairs.dests))] if first < len(pairs.dests) else found


def _details(
    chosen: Chosen, quality: Quality, pairs: Pairs, sizes: NDArray[np.float64], need: Need | None
) -> dict[str, str]:
    lines = {
        "method": chosen.name,
        "pairs": f"{quality.pairs} connected, {pairs.disconnected} are not",
        "delivery": f"{quality.delivery:.4f}",
        "accuracy": f"{quality.accuracy:.4f} within eps, {quality.zeta_accuracy:.4f} by zeta",
    }
    if len(sizes):
        lines["packet"] = f"{sizes.mean():.0f} bytes of routing state, {sizes.max():.0f} at most"
    if need is not None:
        lines["node"] = (
            f"{need.state_bytes:.0f} bytes, {need.messages:.1f} broadcasts of {need.message_bytes:.0f} bytes"
        )
    if chosen.repair is not None:
        repair = chosen.repair
        lines["repair"] = (
            f"{repair.lost} pairs were lost; {repair.changed} of {repair.entries} entries changed"
        )
    return lines


def _common(instance: RoutingInstance, chosen: Chosen, options: RoutingOptions) -> dict[str, Any]:
    network = instance.network
    return {
        "n_nodes": network.n_nodes,
        "n_links": network.n_links,
        "method": chosen.name,
        "weights": options.weights,
        "notes": list(network.notes),
    }


def _use(chosen: Chosen, options: RoutingOptions, time_s: float) -> PolicyUse:
    if options.method != "auto" or chosen.name in (BEST_CONTROL, "tables"):
        return PolicyUse()
    return PolicyUse(name=chosen.name, calls=1, time_s=time_s)


def _few(names: list[Any], most: int = 12) -> str:
    shown = " ".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown} ... ({len(names)} nodes)"
