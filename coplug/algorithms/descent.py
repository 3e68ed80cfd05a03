"""From the roots down to the leaves that are to be evaluated next."""

from __future__ import annotations

from coplug.algorithms.gumbel import gumbel_edge, gumbel_root_edge
from coplug.algorithms.puct import puct_edge
from coplug.algorithms.tree import ROOT, Int32, Rule, Tree
from coplug.jit import kernel

PENDING = -1


@kernel
def descend(tree: Tree, rule: Rule, n_simulations: int, wave: Int32) -> None:
    """Select the next leaves of every tree, and count them as in flight.

    A tree gives fewer than it may where the next one is a leaf that already waits for its evaluation, or where
    no simulations are left.

    Parameters
    ----------
    tree : Tree
        New leaves are added: they have a parent and an action, and no visits.
    rule : Rule
    n_simulations : int
    wave : int32, shape (B, n_leaves)
        The leaves are written here, -1 after the last. One that is not new is terminal and may come repeatedly.
    """
    for i in range(wave.shape[0]):
        wave[i] = -1
        n_left = n_simulations - (tree.visits[i, ROOT] - 1)
        for k in range(min(wave.shape[1], n_left)):
            leaf = _descend_once(tree, rule, i)
            if leaf == PENDING:
                break
            wave[i, k] = leaf


@kernel
def _descend_once(tree: Tree, rule: Rule, i: int) -> int:
    """Return the next leaf of tree ``i``, or PENDING."""
    node = ROOT
    while tree.n_edges[i, node] > 0:
        if not rule.gumbel:
            edge = puct_edge(tree, rule, i, node)
        elif node == ROOT:
            edge = gumbel_root_edge(tree, rule, i)
        else:
            edge = gumbel_edge(tree, rule, i, node)
        if edge == tree.n_children[i, node]:
            return _mark(tree, i, _add_child(tree, i, node))
        node = tree.child[i, node, edge]
    if tree.visits[i, node] == 0:
        return PENDING
    return _mark(tree, i, node)


@kernel
def _add_child(tree: Tree, i: int, node: int) -> int:
    """Add a leaf on the next edge of a node, and return it."""
    edge: int = tree.n_children[i, node]
    leaf: int = tree.n_nodes[i]
    tree.n_nodes[i] += 1
    tree.n_children[i, node] += 1
    tree.child[i, node, edge] = leaf
    tree.parent[i, leaf] = node
    tree.taken[i, leaf] = tree.action[i, node, edge]
    return leaf


@kernel
def _mark(tree: Tree, i: int, leaf: int) -> int:
    """Count a simulation as in flight on the path to ``leaf``, and return the leaf."""
    node = leaf
    while node >= 0:
        tree.in_flight[i, node] += 1
        node = tree.parent[i, node]
    return leaf
