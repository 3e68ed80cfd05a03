"""Many search trees in arrays, the values they hold, and the backup.

Selection needs no more of a node than its visited actions and the best unvisited one. Actions are kept in the
order in which they are first tried, so the visited ones come first: ``child[:n_children]``. A node has at most
as many visited actions as simulations, so no more are stored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

Int32 = NDArray[np.int32]
Float64 = NDArray[np.float64]

ROOT = 0

ROUNDING = 1e-12
"""Values of Q that differ by less, relative to their size, are equal."""


class Tree(NamedTuple):
    """B trees of up to M nodes with up to K edges each. Node 0 is the root; an edge is an action at a node.

    Attributes
    ----------
    n_nodes : int32, shape (B,)
        Nodes of each tree so far.
    bounds : float64, shape (B, 2)
        Least and largest Q ever seen in the tree; (inf, -inf) before the first.
    parent : int32, shape (B, M)
        The node before, -1 at the root.
    taken : int32, shape (B, M)
        The action that led here.
    visits : int32, shape (B, M)
        Simulations that ended at or below the node, and the evaluation of the root. 0 while a node awaits its
        evaluation.
    in_flight : int32, shape (B, M)
        Simulations that are selected but not backed up.
    reward : float64, shape (B, M)
        On the way here.
    raw_value : float64, shape (B, M)
        As evaluated, 0 if terminal.
    value_sum : float64, shape (B, M)
        Of the returns from here on.
    n_edges : int32, shape (B, M)
        Edges, 0 at terminal nodes.
    n_children : int32, shape (B, M)
        How many of them have a child.
    action : int32, shape (B, M, K)
        In the order of trial: by falling prior, then by column of the evaluation; at a Gumbel root by falling
        ``gumbel``.
    child : int32, shape (B, M, K)
        The node that an action leads to, in the same order; the first ``n_children`` only.
    prior : float64, shape (B, M, K)
        Sum to 1 over the kept actions of a node, of which the first K are here.
    gumbel : float64, shape (B, K)
        Gumbel noise plus log-prior of the root's edges; (B, 0) for PUCT.
    schedule : int32, shape (B, n_simulations)
        Visits that the root's next edge must have; (B, 0) for PUCT.
    """

    n_nodes: Int32
    bounds: Float64
    parent: Int32
    taken: Int32
    visits: Int32
    in_flight: Int32
    reward: Float64
    raw_value: Float64
    value_sum: Float64
    n_edges: Int32
    n_children: Int32
    action: Int32
    child: Int32
    prior: Float64
    gumbel: Float64
    schedule: Int32


class Rule(NamedTuple):
    """The settings of a search as compiled code reads them; see :mod:`coplug.algorithms.settings`.

    ``discount`` is negative for two players.
    """

    gumbel: bool
    discount: float
    normalize: bool
    c_base: float
    c_init: float
    unvisited_as_parent: bool
    c_visit: float
    c_scale: float


def plant(values: Float64, n_simulations: int, n_edges: int, gumbel: bool) -> Tree:
    """Return trees that hold their roots, without edges.

    Parameters
    ----------
    values : float64, shape (B,)
        Of the roots.
    n_simulations : int
    n_edges : int
        K.
    gumbel : bool
        Whether the roots need ``gumbel`` and ``schedule``.
    """
    n_trees, n_nodes = len(values), n_simulations + 1
    nodes, edges = (n_trees, n_nodes), (n_trees, n_nodes, n_edges)
    tree = Tree(
        n_nodes=np.ones(n_trees, dtype=np.int32),
        bounds=np.tile([np.inf, -np.inf], (n_trees, 1)),
        parent=np.full(nodes, -1, dtype=np.int32),
        taken=np.full(nodes, -1, dtype=np.int32),
        visits=np.zeros(nodes, dtype=np.int32),
        in_flight=np.zeros(nodes, dtype=np.int32),
        reward=np.zeros(nodes),
        raw_value=np.zeros(nodes),
        value_sum=np.zeros(nodes),
        n_edges=np.zeros(nodes, dtype=np.int32),
        n_children=np.zeros(nodes, dtype=np.int32),
        action=np.empty(edges, dtype=np.int32),
        child=np.empty(edges, dtype=np.int32),
        prior=np.empty(edges),
        gumbel=np.empty((n_trees, n_edges if gumbel else 0)),
        schedule=np.empty((n_trees, n_simulations if gumbel else 0), dtype=np.int32),
    )
    tree.visits[:, ROOT] = 1
    tree.raw_value[:, ROOT] = tree.value_sum[:, ROOT] = values
    return tree


@kernel
def q_value(tree: Tree, rule: Rule, i: int, child: int) -> float:
    """Return the mean return of the action that leads to a visited child of tree ``i``."""
    q: float = tree.reward[i, child] + rule.discount * tree.value_sum[i, child] / tree.visits[i, child]
    return q


@kernel
def normalized(tree: Tree, rule: Rule, i: int, q: float) -> float:
    """Map Q to [0, 1] by the bounds of tree ``i`` (MuZero, eq. 5), or return it as it is.

    Where no two values of Q differ yet, it is 0 rather than Q: so the search does not depend on the unit of
    rewards. What is no action's Q, like the value of a state, is cut to [0, 1].
    """
    if not rule.normalize:
        return q
    low: float = tree.bounds[i, 0]
    high: float = tree.bounds[i, 1]
    if not high - low > ROUNDING * max(abs(low), abs(high)):
        return 0.0
    return min(max((q - low) / (high - low), 0.0), 1.0)


@kernel
def back_up(tree: Tree, rule: Rule, wave: Int32) -> None:
    """Add the value of each leaf to the nodes on its path.

    Parameters
    ----------
    tree : Tree
    rule : Rule
    wave : int32, shape (B, n_leaves)
        Leaves of each tree, evaluated or terminal; -1 where there is none.
    """
    for i in range(wave.shape[0]):
        for leaf in wave[i]:
            if leaf < 0:
                break
            _back_up_one(tree, rule, i, leaf)


@kernel
def _back_up_one(tree: Tree, rule: Rule, i: int, leaf: int) -> None:
    node, value = leaf, tree.raw_value[i, leaf]
    while True:
        tree.visits[i, node] += 1
        tree.in_flight[i, node] -= 1
        tree.value_sum[i, node] += value
        if node == ROOT:
            return
        q = q_value(tree, rule, i, node)
        tree.bounds[i, 0] = min(tree.bounds[i, 0], q)
        tree.bounds[i, 1] = max(tree.bounds[i, 1], q)
        value = tree.reward[i, node] + rule.discount * value
        node = tree.parent[i, node]
