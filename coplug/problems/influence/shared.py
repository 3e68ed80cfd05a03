"""Probabilities of arcs from cascades, where arcs learn from each other: what is alike has like probabilities.

Few arcs are tried often, so that an estimate of each alone says little. Here a logistic model of what is known of both
ends tells what an arc is expected to do, and what was seen of the arc itself moves it from there, the more the oftener
it was tried: a Beta prior with that mean. Model and arcs are fitted together by expectation maximisation of the
posterior; the strength of the prior is the one that explains held-out cascades best.

Sources: K. Saito, R. Nakano and M. Kimura, KES 2008 (the likelihood and its expectation step); K. Saito, K. Ohara,
Y. Yamagishi, M. Kimura and H. Motoda, Learning diffusion probability based on node attributes in social networks, ISMIS
2011 (probabilities as a function of attributes).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.graphs.rows import turned_rows
from coplug.problems.influence.attempts import Attempts, attempts_in, credited
from coplug.problems.influence.cascades import Cascades
from coplug.problems.influence.prediction import error_of

ITERATIONS = 40
NEWTON_STEPS = 2
"""Of the logistic model, in each iteration."""

RIDGE = 1.0
STRENGTHS = (1e9, 300.0, 100.0, 30.0, 10.0, 3.0)
"""Trials that the model's expectation of an arc is worth; the first leaves arcs no say of their own."""

HELD_OUT = 0.2
SURE = 1e-6
"""Probabilities are kept that far from 0 and 1."""


def by_shared_structure(graph: Graph, cascades: Cascades) -> NDArray[np.float64]:
    """Return the probability of each arc, float64, shape (n_arcs,); no times are needed."""
    features = features_of_arcs(graph)
    n_seen = cascades.count - int(HELD_OUT * cascades.count)
    strength = STRENGTHS[0]
    if n_seen < cascades.count:
        seen, held_out = cascades.part(0, n_seen), cascades.part(n_seen, cascades.count)
        attempts = attempts_in(graph, seen)
        errors = [error_of(graph, _fitted(attempts, features, s), held_out) for s in STRENGTHS]
        strength = STRENGTHS[int(np.argmin(errors))]
    return _fitted(attempts_in(graph, cascades), features, strength)


def features_of_arcs(graph: Graph) -> NDArray[np.float64]:
    """Return what is known of the arcs, float64, shape (n_arcs, 7), with mean 0 but for the constant 1 in front.

    Of both ends the logarithms of the arcs out of and into each; of the head 1 over the arcs into it, and its square.
    """
    outward = graph.degrees
    inward = np.diff(turned_rows(graph.ptr, graph.neighbours)[0])
    tails, heads = np.repeat(np.arange(graph.n_nodes), outward), graph.neighbours
    columns = [np.ones(len(tails))]
    columns += [np.log1p(degrees[ends]) for degrees in (outward, inward) for ends in (tails, heads)]
    columns += [1 / inward[heads], 1 / np.maximum(inward[heads], 2) ** 2]
    found = np.stack(columns, axis=1)
    found[:, 1:] -= found[:, 1:].mean(axis=0)
    return found


def _fitted(seen: Attempts, features: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Maximise the posterior of the arcs' probabilities, whose prior is as strong as so many trials."""
    trials = (seen.hits + seen.failures).astype(np.float64)
    mean = len(seen.groups) / max(trials.sum(), 1.0)
    weights = np.zeros(features.shape[1])
    weights[0] = np.log(np.clip(mean, SURE, 0.5))
    chances = np.full(len(features), np.clip(mean, SURE, 0.5))
    for _ in range(ITERATIONS):
        successes = credited(seen.successes, seen.groups, chances, True, seen.spontaneous)
        for _ in range(NEWTON_STEPS):
            weights = weights + _newton_step(features, weights, successes, trials)
        expected = _logistic(features @ weights)
        chances = (successes + strength * expected) / (trials + strength)
        chances = np.clip(chances, SURE, 1 - SURE)
    return chances


def _newton_step(
    features: NDArray[np.float64],
    weights: NDArray[np.float64],
    successes: NDArray[np.float64],
    trials: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return a step towards the logistic model that explains successes best, no coefficient of it more than 1."""
    expected = _logistic(features @ weights)
    slope = features.T @ (successes - trials * expected)
    curvature = (features * (trials * expected * (1 - expected))[:, None]).T @ features
    penalty = RIDGE * np.eye(len(weights))
    penalty[0, 0] = SURE
    step: NDArray[np.float64] = np.clip(
        np.linalg.solve(curvature + penalty, slope - penalty @ weights), -1.0, 1.0
    ).astype(np.float64)
    return step


def _logistic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(1 / (1 + np.exp(-np.clip(values, -30, 30))), SURE, 1 - SURE)
