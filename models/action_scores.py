"""A policy over actions that have features: each is scored by how it goes with the state."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ActionScores(nn.Module):
    """Score actions by the inner product of what two perceptrons make of the state and of each action.

    It is a :class:`coplug.training.gflownet.policy.Network` whose backward policy is uniform over parents, and in which
    only the forward policy is learned. The weights are shared by all actions.

    Parameters
    ----------
    action_features : Tensor, float32, shape (n_actions - 1, n_action_features)
        Of all actions but the stop, whose score is 0: it is not taken but where nothing else is allowed.
    n_features : int
        Of a state.
    width : int

    Attributes
    ----------
    log_z : Parameter, shape ()
    """

    action_features: Tensor
    log_z: Tensor

    def __init__(self, action_features: Tensor, n_features: int, width: int = 32) -> None:
        super().__init__()
        self.register_buffer("action_features", action_features)
        self.state = nn.Sequential(nn.Linear(n_features, width), nn.LeakyReLU(), nn.Linear(width, width))
        self.action = nn.Sequential(
            nn.Linear(action_features.shape[1], width), nn.LeakyReLU(), nn.Linear(width, width)
        )
        self.log_z = nn.Parameter(torch.zeros(()))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Evaluate states.

        Parameters
        ----------
        features : float32, shape (n, n_features)

        Returns
        -------
        forward_logits : float32, shape (n, n_actions)
        backward_logits : float32, shape (n, n_actions - 1)
            All 0.
        log_flow : float32, shape (n,)
            All 0.
        """
        scores = self.scores(features)
        return scores, torch.zeros_like(scores[:, 1:]), scores.new_zeros(len(scores))

    def scores(self, features: Tensor) -> Tensor:
        """Return the forward logits, shape (n, n_actions)."""
        scores = self.state(features) @ self.action(self.action_features).T
        return torch.cat([scores, scores.new_zeros((len(scores), 1))], dim=1)
