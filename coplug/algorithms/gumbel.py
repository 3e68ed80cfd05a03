"""The rules of Gumbel MuZero: sequential halving at the root, and planning below it.

Source: I. Danihelka, A. Guez, J. Schrittwieser and D. Silver, Policy improvement by planning with Gumbel,
ICLR 2022: Sections 3 and 4 for the root, Section 5 for other nodes, Appendix D for the mixed value.
"""

from __future__ import annotations

import math

import numpy as np

from coplug.algorithms.tree import ROOT, Float64, Int32, Rule, Tree, normalized, q_value
from coplug.jit import kernel


def visit_schedule(n_considered: int, n_simulations: int) -> Int32:
    """Return how often the action that a simulation tries was tried before; int32, shape (n_simulations,).

    Sequential halving of m actions has ``ceil(log2 m)`` phases. In each, every action left is visited
    ``max(1, floor(n_simulations / (phases * actions left)))`` times in turn, then the better half is kept, of at
    least two. What remains of the simulations continues with these two. One action takes all.

    The half is not chosen at once, but action by action when a new phase comes to them, with the values known
    then, as in DeepMind's mctx.
    """
    if n_considered == 1:
        return np.arange(n_simulations, dtype=np.int32)
    n_phases = math.ceil(math.log2(n_considered))
    left, visits, total = n_considered, 0, 0
    rounds = []
    while total < n_simulations:
        n_rounds = max(1, n_simulations // (n_phases * left))
        rounds.append(np.repeat(np.arange(visits, visits + n_rounds, dtype=np.int32), left))
        visits += n_rounds
        total += n_rounds * left
        left = max(2, left // 2)
    return np.concatenate(rounds)[:n_simulations]


@kernel
def mixed_value(tree: Tree, rule: Rule, i: int, node: int) -> tuple[float, float]:
    """Return the value that stands in for the Q of unvisited actions, and the factor of sigma at the node.

    The value weighs the evaluation of the node against the Q of its visited actions, in the proportion of their
    priors (Appendix D).
    """
    n_visits, most, mass, weighted = 0, 0, 0.0, 0.0
    for edge in range(tree.n_children[i, node]):
        child = tree.child[i, node, edge]
        visits = tree.visits[i, child]
        if visits == 0:
            continue
        n_visits += visits
        most = max(most, visits)
        mass += tree.prior[i, node, edge]
        weighted += tree.prior[i, node, edge] * q_value(tree, rule, i, child)
    scale = (rule.c_visit + most) * rule.c_scale
    if mass == 0.0:
        return tree.raw_value[i, node], scale
    return (tree.raw_value[i, node] + n_visits * weighted / mass) / (1 + n_visits), scale


@kernel
def root_mixed_values(tree: Tree, rule: Rule) -> Float64:
    """Return the normalised mixed value and the factor of sigma of every root; float64, shape (B, 2)."""
    mixed = np.empty((len(tree.n_nodes), 2))
    for i in range(len(mixed)):
        value, scale = mixed_value(tree, rule, i, ROOT)
        mixed[i, 0] = normalized(tree, rule, i, value)
        mixed[i, 1] = scale
    return mixed


@kernel
def gumbel_root_edge(tree: Tree, rule: Rule, i: int) -> int:
    """Return the root's edge of largest ``gumbel + logit + sigma(q)`` among those the schedule allows."""
    n_children: int = tree.n_children[i, ROOT]
    wanted = tree.schedule[i, tree.visits[i, ROOT] - 1 + tree.in_flight[i, ROOT]]
    if wanted == 0:
        return n_children
    mixed, scale = mixed_value(tree, rule, i, ROOT)
    best, best_score = -1, -math.inf
    for edge in range(n_children):
        child = tree.child[i, ROOT, edge]
        if tree.visits[i, child] + tree.in_flight[i, child] != wanted:
            continue
        q = q_value(tree, rule, i, child) if tree.visits[i, child] > 0 else mixed
        score = tree.gumbel[i, edge] + scale * normalized(tree, rule, i, q)
        if best < 0 or score > best_score:
            best, best_score = edge, score
    return best


@kernel
def gumbel_edge(tree: Tree, rule: Rule, i: int, node: int) -> int:
    """Return the edge of largest ``improved policy - visits / (1 + visits of all)`` (Section 5).

    The improved policy is ``softmax(logits + sigma(completed q))``. All unvisited actions share one q, so their
    sum follows from the prior mass that the visited ones leave.
    """
    n_children: int = tree.n_children[i, node]
    mixed, scale = mixed_value(tree, rule, i, node)
    rest = normalized(tree, rule, i, mixed)
    scores = np.empty(n_children + 1)
    high, mass, tries = rest, 0.0, 0
    for edge in range(n_children):
        child = tree.child[i, node, edge]
        scores[edge] = rest
        if tree.visits[i, child] > 0:
            scores[edge] = normalized(tree, rule, i, q_value(tree, rule, i, child))
        high = max(high, scores[edge])
        mass += tree.prior[i, node, edge]
        tries += tree.visits[i, child] + tree.in_flight[i, child]
    unvisited = math.exp(scale * (rest - high))
    total = max(1.0 - mass, 0.0) * unvisited
    for edge in range(n_children):
        scores[edge] = tree.prior[i, node, edge] * math.exp(scale * (scores[edge] - high))
        total += scores[edge]
    best, best_score = -1, -math.inf
    for edge in range(n_children):
        child = tree.child[i, node, edge]
        score = scores[edge] / total - (tree.visits[i, child] + tree.in_flight[i, child]) / (1.0 + tries)
        if score > best_score:
            best, best_score = edge, score
    if n_children == tree.n_edges[i, node]:
        return best
    if tree.prior[i, node, n_children] * unvisited / total > best_score:
        return n_children
    return best
