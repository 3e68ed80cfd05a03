"""Probabilities of arcs from cascades, each arc alone: maximum likelihood, counts, credits, what occurs together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.problems.influence.attempts import Attempts, attempts_in, credited
from coplug.problems.influence.cascades import Cascades
from coplug.problems.influence.shared import by_shared_structure

MOST_ITERATIONS = 200
CONVERGED = 1e-5
"""Change of a probability at which the maximum is found."""


def by_likelihood(graph: Graph, cascades: Cascades) -> NDArray[np.float64]:
    """Return the probabilities under which independent cascade explains the cascades best.

    Source: K. Saito, R. Nakano and M. Kimura, Prediction of information diffusion probabilities for independent cascade
    model, KES 2008 (expectation maximisation).
    """
    seen = attempts_in(graph, cascades)
    trials = seen.hits + seen.failures
    chances = np.where(seen.hits > 0, 0.5, 0.0)
    for _ in range(MOST_ITERATIONS):
        following = credited(seen.successes, seen.groups, chances, True, 0.0) / np.maximum(trials, 1)
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
        graph, seen, credited(seen.successes, seen.groups, np.ones(len(seen.failures)), False, 0.0)
    )


def by_togetherness(graph: Graph, cascades: Cascades) -> NDArray[np.float64]:
    """Return, of the cascades that the tail is in, the share that the head is in; no times are needed."""
    together = _together(graph.ptr, graph.neighbours, cascades.ptr, cascades.nodes)
    appearances = np.bincount(cascades.nodes, minlength=graph.n_nodes)
    trials = np.repeat(appearances, graph.degrees)
    return _completed(together / np.maximum(trials, 1), trials)


ESTIMATORS: dict[str, Callable[[Graph, Cascades], NDArray[np.float64]]] = {
    "shared": by_shared_structure,
    "likelihood": by_likelihood,
    "counts": by_counts,
    "credits": by_credits,
    "together": by_togetherness,
}
"""Ways to estimate the probability of each arc, float64, shape (n_arcs,), by name; the first if none is compared."""

WITHOUT_TIMES = ("shared", "together")
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
