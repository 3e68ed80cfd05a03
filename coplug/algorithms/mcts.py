"""Monte-Carlo tree search over many roots at once, by PUCT or by Gumbel MuZero's rules.

One evaluation serves a simulation of all roots. Trees do not influence each other: the outcome at a root is the
same, to the bit, whatever other roots are searched with it, as far as the model is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.descent import descend
from coplug.algorithms.expansion import add_edges
from coplug.algorithms.leaves import finite, read
from coplug.algorithms.result import SearchResult, gumbel_result, puct_result
from coplug.algorithms.roots import plant_roots
from coplug.algorithms.settings import Gumbel, Puct
from coplug.algorithms.tree import ROOT, Rule, Tree, back_up
from coplug.contracts.model import Model, States


def search(model: Model, roots: States, settings: Puct | Gumbel, rng: np.random.Generator) -> SearchResult:
    """Search from each of B states.

    Parameters
    ----------
    model : Model
    roots : shape (B, ...)
        States that have not ended and have a legal action; not changed.
    settings : Puct or Gumbel
        Memory is about ``B * n_simulations`` states, and 16 bytes times the least of width, number of actions and
        simulations for each.
    rng : numpy.random.Generator
        Draws the noise at the roots, one root after the other; nothing else is random.

    Returns
    -------
    SearchResult

    Raises
    ------
    UsageError
        If a root has no legal action.
    PolicyError
        If the model gives wrong shapes, or values, rewards or logits that are not numbers.
    """
    leaves = read(model.evaluate(roots), len(roots))
    tree, log_priors = plant_roots(leaves, settings, model.n_actions, rng)
    rule = _rule(settings)
    states = np.empty((len(roots), settings.n_simulations + 1, *roots.shape[1:]), dtype=roots.dtype)
    states[:, ROOT] = roots
    wave = np.empty((len(roots), settings.leaves), dtype=np.int32)
    while True:
        descend(tree, rule, settings.n_simulations, wave)
        trees, slots = np.nonzero(wave >= 0)
        if not len(trees):
            break
        nodes = wave[trees, slots].astype(np.int64)
        new = tree.visits[trees, nodes] == 0
        if new.any():
            _expand(model, tree, states, trees[new], nodes[new], settings.width or model.n_actions)
        back_up(tree, rule, wave)
    if isinstance(settings, Gumbel):
        return gumbel_result(tree, rule, model.n_actions, leaves, log_priors)
    return puct_result(tree, rule, model.n_actions)


def _rule(settings: Puct | Gumbel) -> Rule:
    """Return the settings for compiled code; those of the other search are never read."""
    puct = settings if isinstance(settings, Puct) else Puct()
    gumbel = settings if isinstance(settings, Gumbel) else Gumbel()
    return Rule(
        gumbel=isinstance(settings, Gumbel),
        discount=-float(settings.discount) if settings.two_player else float(settings.discount),
        normalize=bool(settings.normalize),
        c_base=float(puct.c_base),
        c_init=float(puct.c_init),
        unvisited_as_parent=puct.unvisited == "parent",
        c_visit=float(gumbel.c_visit),
        c_scale=float(gumbel.c_scale),
    )


def _expand(
    model: Model,
    tree: Tree,
    states: States,
    trees: NDArray[np.int64],
    nodes: NDArray[np.int64],
    width: int,
) -> None:
    """Step to n new nodes, evaluate those that do not end the episode, and give them their edges."""
    actions = tree.taken[trees, nodes].astype(np.int64)
    move = model.step(states[trees, tree.parent[trees, nodes]], actions)
    states[trees, nodes] = move.states
    tree.reward[trees, nodes] = finite(move.rewards, len(trees), "rewards")
    going_on = ~move.terminal
    if not going_on.any():
        return
    trees, nodes = trees[going_on], nodes[going_on]
    leaves = read(model.evaluate(move.states[going_on]), len(trees))
    tree.raw_value[trees, nodes] = leaves.values
    add_edges(tree, trees, nodes, leaves.logits, leaves.high, leaves.total, leaves.actions, width)
