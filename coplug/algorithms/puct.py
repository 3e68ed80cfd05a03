"""The PUCT rule: which edge of a node to follow."""

from __future__ import annotations

import math

from coplug.algorithms.tree import Rule, Tree, normalized, q_value
from coplug.jit import kernel


@kernel
def puct_edge(tree: Tree, rule: Rule, i: int, node: int) -> int:
    """Return the edge of the largest ``Q + c P sqrt(visits of the node) / (1 + visits of the edge)``.

    The visits of the node include its own evaluation, so priors count from the first simulation on. The rate is
    ``c = log((1 + visits + c_base) / c_base) + c_init`` (Silver et al. 2018, pseudocode). Of equal scores the
    edge of higher prior wins, and of equal priors the lower column, which is the lower action.
    """
    n_children: int = tree.n_children[i, node]
    visits = tree.visits[i, node] + tree.in_flight[i, node]
    rate = math.log((1.0 + visits + rule.c_base) / rule.c_base) + rule.c_init
    rate *= math.sqrt(visits)
    best, best_score = -1, -math.inf
    for edge in range(n_children):
        child = tree.child[i, node, edge]
        tries = tree.visits[i, child] + tree.in_flight[i, child]
        score = _value_with_loss(tree, rule, i, child) + rate * tree.prior[i, node, edge] / (1.0 + tries)
        if score > best_score:
            best, best_score = edge, score
    if n_children == tree.n_edges[i, node]:
        return best
    unvisited = 0.0
    if rule.unvisited_as_parent:
        unvisited = normalized(tree, rule, i, tree.value_sum[i, node] / tree.visits[i, node])
    if unvisited + rate * tree.prior[i, node, n_children] > best_score:
        return n_children
    return best


@kernel
def _value_with_loss(tree: Tree, rule: Rule, i: int, child: int) -> float:
    """Return the normalised Q of an edge, with every simulation in flight counted as a loss.

    A loss is the least Q, 0, after normalisation, and -1 without.
    """
    visits: int = tree.visits[i, child]
    in_flight: int = tree.in_flight[i, child]
    loss = 0.0 if rule.normalize else -1.0
    if visits == 0:
        return loss
    value = normalized(tree, rule, i, q_value(tree, rule, i, child))
    if in_flight == 0:
        return value
    return (visits * value + in_flight * loss) / (visits + in_flight)
