"""Probabilities of arcs from observed cascades: maximum likelihood, counts, credits, and what occurs together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.problems.influence.cascades import Cascades

MOST_ITERATIONS = 200
CONVERGED = 1e-5
"""Change of a probability at which the maximum is found."""


@dataclass(frozen=True, eq=False)
class Attempts:
    """What cascades say of arcs, in the order of the graph's rows.

    Attributes
    ----------
    failures : int64, shape (n_arcs,)
        Cascades in which the tail became active and did not activate the head.
    successes : int64, shape (k,)
        Arcs whose tail may have activated the head in a cascade; those into the same node of a cascade together.
    groups : int64, shape (n_groups + 1,)
        Where those of each such node begin.
    appearances : int64, shape (n_nodes,)
        Cascades that each node is in.
    """

    failures: NDArray[np.int64]
    successes: NDArray[np.int64]
    groups: NDArray[np.int64]
    appearances: NDArray[np.int64]

    @property
    def hits(self) -> NDArray[np.int64]:
        """Cascades in which an arc may have activated its head, int64, shape (n_arcs,)."""
        return np.bincount(self.successes, minlength=len(self.failures))


def attempts_in(graph: Graph, cascades: Cascades) -> Attempts:
    """Return what happened at the arcs.

    Where all times are whole numbers, they are steps, and a node can only have been activated by one that became active
    a step before; an earlier one has failed. Else any earlier one can have activated it.
    """
    assert cascades.times is not None
    in_steps = bool((cascades.times == np.round(cascades.times)).all())
    failures, heads, arcs = _attempts(
        graph.ptr, graph.neighbours, cascades.ptr, cascades.nodes, cascades.times, in_steps
    )
    order = np.argsort(heads, kind="stable")
    starts = np.flatnonzero(np.diff(heads[order], prepend=-1))
    return Attempts(
        failures,
        arcs[order],
        np.append(starts, len(arcs)).astype(np.int64),
        np.bincount(cascades.nodes, minlength=graph.n_nodes),
    )


def by_likelihood(graph: Graph, cascades: Cascades) -> NDArray[np.float64]:
    """Return the probabilities under which independent cascade explains the cascades best.

    Source: K. Saito, R. Nakano and M. Kimura, Prediction of information diffusion probabilities for independent cascade
    model, KES 2008 (expectation maximisation).
    """
    seen = attempts_in(graph, cascades)
    trials = seen.hits + seen.failures
    chances = np.where(seen.hits > 0, 0.5, 0.0)
    for _ in range(MOST_ITERATIONS):
        following = _credited(seen.successes, seen.groups, chances, True) / np.maximum(trials, 1)
        change = float(np.abs(following - chances).max(initial=0.0))
        chances = following
        if change < CONVERGED:
            break
    return _completed(chances, trials)


def by_counts(graph: Graph, cascades: Cascades) -> NDArray[np.float64]:
    """Return, of the cascades that the tail is in, the share in which the head may follow it.

    Source: A. Goyal, F. Bonchi and L. Lakshmanan, Learning influence probabilities in social networks, WSDM 2010
    (Bernoulli distribution).
    """
    seen = attempts_in(graph, cascades)
    return _per_appearance(graph, seen, seen.hits.astype(np.float64))


def by_credits(graph: Graph, cascades: Cascades) -> NDArray[np.float64]:
    """Return the same, where all that may have activated a node share the credit for it (partial credits)."""
    seen = attempts_in(graph, cascades)
    return _per_appearance(
        graph, seen, _credited(seen.successes, seen.groups, np.ones(len(seen.failures)), False)
    )


def by_togetherness(graph: Graph, cascades: Cascades) -> NDArray[np.float64]:
    """Return, of the cascades that the tail is in, the share that the head is in; no times are needed."""
    together = _together(graph.ptr, graph.neighbours, cascades.ptr, cascades.nodes)
    appearances = np.bincount(cascades.nodes, minlength=graph.n_nodes)
    trials = np.repeat(appearances, graph.degrees)
    return _completed(together / np.maximum(trials, 1), trials)


ESTIMATORS: dict[str, Callable[[Graph, Cascades], NDArray[np.float64]]] = {
    "likelihood": by_likelihood,
    "counts": by_counts,
    "credits": by_credits,
    "together": by_togetherness,
}
"""Ways to estimate the probability of each arc, float64, shape (n_arcs,), by name."""

WITHOUT_TIMES = ("together",)
"""Those that need no times."""


def _per_appearance(graph: Graph, seen: Attempts, credits_: NDArray[np.float64]) -> NDArray[np.float64]:
    trials = np.repeat(seen.appearances, graph.degrees)
    return _completed(credits_ / np.maximum(trials, 1), trials)


def _completed(chances: NDArray[np.float64], trials: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give arcs that were never tried the mean probability of a trial."""
    total = int(trials.sum())
    mean = float((chances * trials).sum() / total) if total else 0.0
    completed: NDArray[np.float64] = np.clip(np.where(trials > 0, chances, mean), 0.0, 1.0)
    return completed


@kernel
def _attempts(
    ptr: NDArray[np.int64],
    neighbours: NDArray[np.int32],
    cascade_ptr: NDArray[np.int64],
    nodes: NDArray[np.int32],
    times: NDArray[np.float64],
    in_steps: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return failures by arc; and for each possible success the place of its head among ``nodes``, and its arc."""
    failures, place = np.zeros(len(neighbours), np.int64), np.full(len(ptr) - 1, -1)
    most = 0
    for node in nodes:
        most += ptr[node + 1] - ptr[node]
    heads, arcs, found = np.empty(most, np.int64), np.empty(most, np.int64), 0
    for cascade in range(len(cascade_ptr) - 1):
        begin, end = cascade_ptr[cascade], cascade_ptr[cascade + 1]
        for at in range(begin, end):
            place[nodes[at]] = at
        for at in range(begin, end):
            for arc in range(ptr[nodes[at]], ptr[nodes[at] + 1]):
                there = place[neighbours[arc]]
                if there >= 0 and times[there] <= times[at]:
                    continue
                if there < 0 or (in_steps and times[there] > times[at] + 1):
                    failures[arc] += 1
                else:
                    heads[found], arcs[found] = there, arc
                    found += 1
        for at in range(begin, end):
            place[nodes[at]] = -1
    return failures, heads[:found].copy(), arcs[:found].copy()


@kernel
def _credited(
    arcs: NDArray[np.int64], groups: NDArray[np.int64], chances: NDArray[np.float64], jointly: bool
) -> NDArray[np.float64]:
    """Return the credit of each arc: its chance over that of its group, that one of them succeeds or their sum."""
    credit = np.zeros(len(chances))
    for group in range(len(groups) - 1):
        none, total = 1.0, 0.0
        for at in range(groups[group], groups[group + 1]):
            none *= 1.0 - chances[arcs[at]]
            total += chances[arcs[at]]
        whole = 1.0 - none if jointly else total
        for at in range(groups[group], groups[group + 1]):
            credit[arcs[at]] += chances[arcs[at]] / max(whole, 1e-300)
    return credit


@kernel
def _together(
    ptr: NDArray[np.int64],
    neighbours: NDArray[np.int32],
    cascade_ptr: NDArray[np.int64],
    nodes: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Return the cascades that both ends of each arc are in."""
    count, there = np.zeros(len(neighbours), np.int64), np.zeros(len(ptr) - 1, np.bool_)
    for cascade in range(len(cascade_ptr) - 1):
        members = nodes[cascade_ptr[cascade] : cascade_ptr[cascade + 1]]
        for node in members:
            there[node] = True
        for node in members:
            for arc in range(ptr[node], ptr[node + 1]):
                count[arc] += there[neighbours[arc]]
        for node in members:
            there[node] = False
    return count
