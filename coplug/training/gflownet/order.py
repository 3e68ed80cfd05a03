"""Losses on the order of objects: what a GFlowNet learns where better and worse is all that is known of them.

They see the learned log-rewards, ``log R^``, by their differences, so that log Z drops out; and what objects are judged
by only through comparisons, so that any strictly monotone transform of it leaves them as they are.

Source: Y. Chen and L. Mauch, Order-preserving GFlowNets, ICLR 2024, sections 3 and 4.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus


def pairwise_cross_entropy(log_reward: Tensor, values: Tensor) -> Tensor:
    """Return the mean cross-entropy, over all pairs, of which one is better.

    A pair's prediction is the softmax of its two log R^; its target is 1 for the greater value, and one half each
    for equal ones.

    Parameters
    ----------
    log_reward : Tensor, shape (n,)
    values : Tensor, shape (n,)
        Of the same objects; more is better.

    Returns
    -------
    Tensor, shape ()
        0 for a single object.
    """
    n = len(values)
    if n < 2:
        return log_reward.sum() * 0.0
    first, second = torch.triu_indices(n, n, offset=1, device=values.device)
    target = ((values[first] - values[second]).sign().to(log_reward.dtype) + 1.0) / 2
    lead = log_reward[first] - log_reward[second]
    # -(t log sigmoid(l) + (1 - t) log sigmoid(-l)) = softplus(-l) + (1 - t) l
    return (softplus(-lead) + (1.0 - target) * lead).mean()


def best_cross_entropy(log_reward: Tensor, best: Tensor) -> Tensor:
    """Return the cross-entropy of the softmax over a batch with the uniform distribution over its best objects.

    With the non-dominated objects for the best, it is the loss on Pareto's order.

    Parameters
    ----------
    log_reward : Tensor, shape (n,)
    best : Tensor, bool, shape (n,)
        At least one.
    """
    return -log_reward.log_softmax(dim=0)[best].mean()
