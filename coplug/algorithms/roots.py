"""The roots of a search: their noise, and the edges they start with."""

from __future__ import annotations

import numpy as np

from coplug.algorithms.expansion import add_edges
from coplug.algorithms.gumbel import visit_schedule
from coplug.algorithms.leaves import Leaves, leaves
from coplug.algorithms.settings import Gumbel, Puct
from coplug.algorithms.tree import ROOT, Float64, Int32, Tree, plant
from coplug.errors import UsageError


def plant_roots(
    roots: Leaves, settings: Puct | Gumbel, n_actions: int, rng: np.random.Generator
) -> tuple[Tree, Float64]:
    """Return trees whose roots have their edges, and the log-priors of the roots.

    Parameters
    ----------
    roots : Leaves
        Of B states.
    settings : Puct or Gumbel
    n_actions : int
    rng : numpy.random.Generator
        Draws the noise, root after root.

    Returns
    -------
    Tree
    float64, shape (B, n_columns)
        Without noise; minus infinity where an action is illegal or, for Gumbel, not kept.

    Raises
    ------
    UsageError
        If a root has no legal action.
    """
    if not roots.total.all():
        raise UsageError("a root has no legal action; search only states in which there is something to do")
    width = settings.width or n_actions
    n_edges = min(width, n_actions, settings.n_simulations)
    tree = plant(roots.values, settings.n_simulations, n_edges, isinstance(settings, Gumbel))
    if isinstance(settings, Gumbel):
        log_priors = leaves(_keep(roots.logits, width), roots.values, roots.actions).log_priors
        _plant_gumbel(tree, log_priors, roots.actions, settings, rng)
        return tree, log_priors
    noisy = roots
    if settings.dirichlet_fraction > 0:
        noisy = leaves(_add_dirichlet(roots.log_priors, settings, rng), roots.values, roots.actions)
    trees = np.arange(len(roots.values))
    add_edges(tree, trees, np.zeros_like(trees), noisy.logits, noisy.high, noisy.total, noisy.actions, width)
    return tree, roots.log_priors


def _keep(logits: Float64, width: int) -> Float64:
    """Return the logits with all but the ``width`` largest of each row at minus infinity."""
    if width >= logits.shape[1]:
        return logits
    order = np.argsort(-logits, axis=1, kind="stable")
    kept = logits.copy()
    np.put_along_axis(kept, order[:, width:], -np.inf, axis=1)
    return kept


def _add_dirichlet(log_priors: Float64, settings: Puct, rng: np.random.Generator) -> Float64:
    """Mix priors with Dirichlet noise over the legal actions (Silver et al., 2017, Methods); return logarithms."""
    noisy = np.full_like(log_priors, -np.inf)
    for i, row in enumerate(log_priors):
        legal = row > -np.inf
        noise = rng.dirichlet(np.full(legal.sum(), settings.dirichlet_alpha))
        mixture = (1 - settings.dirichlet_fraction) * np.exp(row[legal]) + settings.dirichlet_fraction * noise
        # An action stays legal whose noise and prior are both too small for a float.
        noisy[i, legal] = np.log(np.maximum(mixture, np.finfo(np.float64).tiny))
    return noisy


def _plant_gumbel(
    tree: Tree, log_priors: Float64, actions: Int32, settings: Gumbel, rng: np.random.Generator
) -> None:
    """Give each root the actions of largest Gumbel noise plus log-prior, and its schedule."""
    n_trees, n_columns = log_priors.shape
    perturbed = log_priors + settings.gumbel_scale * rng.gumbel(size=log_priors.shape)
    n_kept = (log_priors > -np.inf).sum(axis=1)
    n_considered = np.minimum(n_kept, min(settings.n_considered, tree.action.shape[2]))
    order = np.argsort(-perturbed, axis=1, kind="stable")[:, : n_considered.max()]
    n_edges = order.shape[1]
    tree.n_edges[:, ROOT] = n_considered
    named = np.broadcast_to(actions, (n_trees, n_columns))
    tree.action[:, ROOT, :n_edges] = np.take_along_axis(named, order, axis=1)
    tree.prior[:, ROOT, :n_edges] = np.exp(np.take_along_axis(log_priors, order, axis=1))
    tree.gumbel[:, :n_edges] = np.take_along_axis(perturbed, order, axis=1)
    schedules = {int(m): visit_schedule(int(m), settings.n_simulations) for m in np.unique(n_considered)}
    for i, m in enumerate(n_considered):
        tree.schedule[i] = schedules[int(m)]
