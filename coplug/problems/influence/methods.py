"""The ways to choose seeds, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from coplug.problems.influence.celf import celf
from coplug.problems.influence.choosers import find_chooser
from coplug.problems.influence.fixed_threshold import fixed_greedy
from coplug.problems.influence.guarantee import Choice
from coplug.problems.influence.imm import imm
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.opim import opim_c
from coplug.problems.influence.options import LEARNED, InfluenceOptions
from coplug.problems.influence.rankings import at_random, by_degree, by_degree_discount, by_pagerank
from coplug.problems.influence.reverse_sets import ReverseSets
from coplug.problems.influence.task import Task
from coplug.problems.influence.threads import cores

CHOOSING, BOUNDING = 10, 11
"""The streams of reverse reachable sets."""


LARGEST_DELTA = 0.01
"""By default, the probability that a guarantee fails: one over the nodes, or this."""


@dataclass(frozen=True)
class Effort:
    """How hard a method tries; see :class:`~.options.InfluenceOptions`."""

    seed: int = 0
    epsilon: float = 0.1
    delta: float | None = None
    greedy_worlds: int = 1000
    memory_limit_mb: float = 4096.0
    threads: int = 1


def effort_of(options: InfluenceOptions) -> Effort:
    """Return what options say of it."""
    return Effort(
        options.seed,
        options.epsilon,
        options.delta,
        options.greedy_worlds,
        options.memory_limit_mb,
        options.threads or cores(),
    )


def method_for(task: Task, method: str) -> str:
    """Return the method that ``auto`` stands for; others stand for themselves."""
    if method != "auto":
        return method
    return "opim-c" if task.network.diffusion.is_submodular else "celf"


def choose(task: Task, method: str, effort: Effort, limits: Limits) -> Choice:
    """Choose seeds by a method.

    Parameters
    ----------
    task : Task
    method : str
        One of :data:`~.options.METHODS`; imm and opim-c only where the spread is submodular.
    effort : Effort
    limits : Limits

    Raises
    ------
    UsageError
        If the method needs torch, which is not installed.
    """
    method = method_for(task, method)
    limits.phase = method
    delta = effort.delta or min(1 / task.network.n_nodes, LARGEST_DELTA)
    if method == "imm":
        return imm(task, _sets(task, CHOOSING, effort, limits), effort.epsilon, delta, limits)
    if method == "opim-c":
        half = replace(effort, memory_limit_mb=effort.memory_limit_mb / 2)
        drawn, others = (_sets(task, stream, half, limits) for stream in (CHOOSING, BOUNDING))
        return opim_c(task, drawn, others, effort.epsilon, delta, limits)
    if method == "celf" and not task.network.diffusion.is_submodular:
        return fixed_greedy(task, limits)
    if method == "celf":
        return celf(task, effort.greedy_worlds, effort.seed, effort.threads, limits)
    if method in LEARNED:
        return find_chooser(method)(task, effort.seed, limits)
    if method == "random":
        return Choice(at_random(task, effort.seed))
    ranking = {"degree": by_degree, "degree-discount": by_degree_discount, "pagerank": by_pagerank}[method]
    return Choice(ranking(task))


def _sets(task: Task, stream: int, effort: Effort, limits: Limits) -> ReverseSets:
    return ReverseSets(
        task.network,
        effort.seed,
        stream,
        threads=effort.threads,
        memory_limit_mb=effort.memory_limit_mb,
        stop=limits.over,
    )
