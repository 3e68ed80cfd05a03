"""Choosing seeds and judging them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

from coplug.files import write_atomically
from coplug.problems.influence.acting import by_policy
from coplug.problems.influence.guarantee import Choice
from coplug.problems.influence.instance import InfluenceInstance
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.methods import choose, effort_of, method_for
from coplug.problems.influence.options import InfluenceOptions
from coplug.problems.influence.spread import Curve, estimate
from coplug.problems.influence.task import Task
from coplug.report import OnProgress, PolicyUse, Report, Stop, relative_gap


@dataclass(frozen=True, eq=False)
class Judged:
    """Seeds, and how far they spread.

    Attributes
    ----------
    method : str
    choice : Choice
    curve : Curve
        Of the given seeds, then of the chosen ones in order.
    use : PolicyUse
        What a policy did.
    """

    method: str
    choice: Choice
    curve: Curve
    use: PolicyUse


def solve_influence(
    instance: InfluenceInstance,
    options: InfluenceOptions,
    progress: OnProgress | None = None,
    stop: Stop = bool,
) -> Report:
    """Choose seeds by the method asked for, and estimate their spread in worlds of their own.

    Once the time is up or ``stop`` says so, seeds are those of the work done so far, judged in 64 worlds at least.

    Raises
    ------
    OutputError
        If the CSV file cannot be written.
    """
    limits = Limits(options.time_limit_s, progress, stop)
    task = instance.task
    choice, method, use = _chosen(task, options, limits)
    limits.phase = "judging"
    curve = estimate(
        task.network,
        np.concatenate([task.given, choice.seeds]),
        options.seed,
        worlds=options.worlds,
        threads=effort_of(options).threads,
        stop=limits.over,
    )
    judged = Judged(method, choice, curve, use)
    if options.csv is not None:
        write_atomically(options.csv, _table(instance, judged))
    return _report(instance, options, judged, limits)


def _chosen(task: Task, options: InfluenceOptions, limits: Limits) -> tuple[Choice, str, PolicyUse]:
    """Return a choice, the name of what made it, and what a policy did."""
    if options.policy is None:
        method = method_for(task, options.method)
        return choose(task, method, effort_of(options), limits), method, PolicyUse()
    limits.phase = options.policy.name
    choice, use = by_policy(task, options.policy, options.seed, limits)
    return choice, use.name, use


def _report(instance: InfluenceInstance, options: InfluenceOptions, judged: Judged, limits: Limits) -> Report:
    task, choice, curve = instance.task, judged.choice, judged.curve
    network, certificate = task.network, choice.certificate
    seeds = [instance.graph.names[node] for node in choice.seeds.tolist()]
    upper = None if certificate is None else certificate.upper
    # The bound fails as seldom as the certificate; where the estimate passes it by chance, it is no bound.
    bound = None if upper is None else max(upper, curve.spread)
    said = (
        "none"
        if certificate is None
        else (f"{certificate.ratio:.3f} of the farthest, with probability {certificate.probability:.6g}")
    )
    return Report(
        problem="influence",
        instance=instance.label,
        status=choice.limit or limits.reason or ("approximate" if certificate is not None else "heuristic"),
        sense="max",
        objective=curve.spread,
        bound=bound,
        gap=relative_gap(curve.spread, bound),
        time_s=limits.time_s,
        seed=options.seed,
        policy=judged.use,
        solution=seeds,
        measure="spread",
        extra={
            "n_nodes": network.n_nodes,
            "n_arcs": network.n_arcs,
            "method": judged.method,
            "diffusion": network.diffusion.document,
            "seeds": seeds,
            "given": [instance.graph.names[node] for node in task.given.tolist()],
            "gains": curve.gains[len(task.given) :].tolist(),
            "spread": curve.spread,
            "standard_error": curve.standard_error,
            "worlds": curve.worlds,
            "curve": {"spread": curve.means.tolist(), "standard_error": curve.errors.tolist()},
            "cost": float(task.cost_of_each[choice.seeds].sum()),
            "certificate": None if certificate is None else certificate.document,
            "cascades": None if instance.learned is None else instance.learned.document,
            "notes": list(instance.notes),
        },
        details={
            "method": judged.method,
            "diffusion": network.diffusion.text,
            "error": f"{curve.standard_error:.4g} (standard error of {curve.worlds} worlds)",
            "guarantee": said,
            "seeds": _few(seeds),
        },
        notes=instance.notes,
    )


def _few(seeds: list[int] | list[str], most: int = 10) -> str:
    shown = ", ".join(map(str, seeds[:most]))
    return shown if len(seeds) <= most else f"{shown}, ... ({len(seeds)} in all)"


def _table(instance: InfluenceInstance, judged: Judged) -> bytes:
    """Return a CSV file: a seed a line, with its gain and the spread so far."""
    text, curve = io.StringIO(), judged.curve
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["position", "seed", "given", "gain", "spread", "standard_error"])
    nodes = np.concatenate([instance.task.given, judged.choice.seeds]).tolist()
    for i, node in enumerate(nodes):
        writer.writerow(
            [
                i + 1,
                instance.graph.names[node],
                int(i < len(instance.task.given)),
                f"{curve.gains[i]:.6g}",
                f"{curve.means[i + 1]:.10g}",
                f"{curve.errors[i + 1]:.4g}",
            ]
        )
    return text.getvalue().encode()
