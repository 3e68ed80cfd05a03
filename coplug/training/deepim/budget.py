"""Scores of nodes as probabilities to be seeds that cost what the budget allows."""

from __future__ import annotations

import torch
from torch import Tensor

HALVINGS = 40
"""Of the interval that the price of a unit of cost is searched in."""


def within_budget(scores: Tensor, costs: Tensor, budget: float) -> Tensor:
    """Return ``sigmoid(score - price * cost)`` for the price at which the expected cost is the budget.

    The price follows the scores in the gradient, too: what one node gains, others lose.

    Parameters
    ----------
    scores : float32, shape (n_candidates, n_sets)
    costs : float32, shape (n_candidates, 1)
    budget : float
        Below the sum of the costs.
    """
    with torch.no_grad():
        ratio = scores / costs
        low, high = (ratio.amin(dim=0) - 30 / costs.min(), ratio.amax(dim=0) + 30 / costs.min())
        for _ in range(HALVINGS):
            price = (low + high) / 2
            too_much = (costs * torch.sigmoid(scores - price * costs)).sum(dim=0) > budget
            low, high = torch.where(too_much, price, low), torch.where(too_much, high, price)
        chances = torch.sigmoid(scores - price * costs)
        pull = costs * chances * (1 - chances) + 1e-12
        pull = pull / (pull * costs).sum(dim=0)
    moved = (pull * (scores - scores.detach())).sum(dim=0)
    return torch.sigmoid(scores - (price + moved) * costs)
