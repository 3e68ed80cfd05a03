"""What a tree search found: counts, values, the policy to learn and the action to take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.gumbel import root_mixed_values
from coplug.algorithms.leaves import Leaves
from coplug.algorithms.tree import ROOT, ROUNDING, Float64, Int32, Rule, Tree
from coplug.contracts.model import Actions
from coplug.errors import UsageError


@dataclass(frozen=True)
class SearchResult:
    """The outcome at B roots.

    Attributes
    ----------
    visits : int32, shape (B, n_actions)
        Sum to the number of simulations a root.
    q_values : float64, shape (B, n_actions)
        Mean return of each action, to the player at the root; NaN where not visited.
    values : float64, shape (B,)
        Mean return of the root over its simulations and its evaluation. Gumbel visits considered actions that turn
        out worse as often as the schedule says, which lowers it.
    policy : float64, shape (B, n_actions)
        What a network should learn, sums to 1: the share of visits for PUCT, ``softmax(logits + sigma(q))`` with
        completed q for Gumbel.
    best : int64, shape (B,)
        The most visited action, the lower one of equals; for Gumbel the winner of sequential halving, which is
        already random.
    tree : Tree
        For a closer look.
    """

    visits: Int32
    q_values: Float64
    values: Float64
    policy: Float64
    best: Actions
    tree: Tree


def choose(result: SearchResult, temperature: float, rng: np.random.Generator) -> Actions:
    """Return an action for each root, drawn in proportion to ``visits ** (1 / temperature)``.

    Parameters
    ----------
    result : SearchResult
    temperature : float
        0 takes ``result.best``, as one should after a Gumbel search.
    rng : numpy.random.Generator
        Draws one number a root; none if the temperature is 0.

    Returns
    -------
    int64, shape (B,)

    Raises
    ------
    UsageError
        If the temperature is negative.
    """
    if not temperature >= 0:
        raise UsageError(f"temperature {temperature} is out of range; take it >= 0")
    if temperature == 0:
        return result.best
    share = result.visits / result.visits.max(axis=1, keepdims=True)
    ends = np.cumsum(share ** (1 / temperature), axis=1)
    drawn = rng.random((len(ends), 1)) * ends[:, -1:]
    chosen: Actions = np.argmax(ends > drawn, axis=1)
    return chosen


def puct_result(tree: Tree, rule: Rule, n_actions: int) -> SearchResult:
    """Read the outcome of a PUCT search."""
    visits, q_values, values = _statistics(tree, rule, n_actions)
    policy = visits / visits.sum(axis=1, keepdims=True)
    return SearchResult(visits, q_values, values, policy, visits.argmax(axis=1), tree)


def gumbel_result(tree: Tree, rule: Rule, n_actions: int, roots: Leaves, log_priors: Float64) -> SearchResult:
    """Read the outcome of a Gumbel search (Danihelka et al., 2022, Section 4).

    Parameters
    ----------
    tree : Tree
    rule : Rule
    n_actions : int
    roots : Leaves
    log_priors : float64, shape (B, n_columns)
        Of the columns of ``roots``; minus infinity where an action is not kept.
    """
    visits, q_values, values = _statistics(tree, rule, n_actions)
    mixed = root_mixed_values(tree, rule)
    scale = mixed[:, 1:]
    completed = scale * np.where(visits > 0, _normalized(tree, rule, q_values), mixed[:, :1])
    logits = np.full((len(visits), n_actions), -np.inf)
    columns = np.broadcast_to(roots.actions, log_priors.shape)
    kept = log_priors > -np.inf
    row, column = np.nonzero(kept)
    logits[row, columns[row, column]] = log_priors[row, column]
    policy = _softmax(logits + completed)
    noisy = np.full((len(visits), n_actions), -np.inf)
    row, edge = np.nonzero(_has_child(tree))
    noisy[row, tree.action[row, ROOT, edge]] = tree.gumbel[row, edge]
    most = visits == visits.max(axis=1, keepdims=True)
    best = np.where(most, noisy + completed, -np.inf).argmax(axis=1)
    return SearchResult(visits, q_values, values, policy, best, tree)


def _has_child(tree: Tree) -> NDArray[np.bool_]:
    """Return which edges of the roots have a child; bool, shape (B, K)."""
    edges: NDArray[np.int64] = np.arange(tree.child.shape[2])
    return edges < tree.n_children[:, ROOT, None]


def _statistics(tree: Tree, rule: Rule, n_actions: int) -> tuple[Int32, Float64, Float64]:
    """Return visits and Q of the roots' actions, and the values of the roots."""
    row, edge = np.nonzero(_has_child(tree))
    child, action = tree.child[row, ROOT, edge], tree.action[row, ROOT, edge]
    visits = np.zeros((len(tree.n_nodes), n_actions), dtype=np.int32)
    q_values = np.full(visits.shape, np.nan)
    visits[row, action] = tree.visits[row, child]
    q_values[row, action] = (
        tree.reward[row, child] + rule.discount * tree.value_sum[row, child] / tree.visits[row, child]
    )
    return visits, q_values, tree.value_sum[:, ROOT] / tree.visits[:, ROOT]


def _normalized(tree: Tree, rule: Rule, q_values: Float64) -> Float64:
    """Do to Q what :func:`coplug.algorithms.tree.normalized` does; NaN stays NaN."""
    if not rule.normalize:
        return q_values
    low, high = tree.bounds[:, :1], tree.bounds[:, 1:]
    flat = ~(high - low > ROUNDING * np.maximum(np.abs(low), np.abs(high)))
    scaled = (q_values - np.where(flat, 0.0, low)) / np.where(flat, 1.0, high - low)
    return np.where(flat, 0.0, scaled)


def _softmax(logits: Float64) -> Float64:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
