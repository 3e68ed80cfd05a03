"""What the networks for precoding and for power allocation share: messages between users, and what may be drawn.

Source of the idea: M. Sun, Y. Wu, Y. Wang, Y. Liu, Q. Li, C. Zhang, A Homogeneous Graph Neural Network for Precoding
and Power Allocation in Scalable Wireless Networks, arXiv 2408.17252. Only its abstract is known to us: nodes, edges and
layers here are a reconstruction of our own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from coplug.inference.architectures.icgnn import MESSAGE, WIDTH


class UserMessages(nn.Module):
    """A few numbers a user from what users know of themselves and of what they do to each other.

    With ``h = ReLU(A f + a)``, 8 wide, and ``z = ReLU(B f + C (E h) + D (E^T h) + b)``, 16 wide, the output is
    ``F z + c``: all users share the maps, so that their number is free, and a permutation of users permutes the output.
    ``E[k, j]`` is the share of what disturbs user k that comes from user j's stream.

    Parameters
    ----------
    n_features, n_outputs : int
        Of a user.
    """

    def __init__(self, n_features: int, n_outputs: int = 2) -> None:
        super().__init__()
        self.message = nn.Linear(n_features, MESSAGE)
        self.own = nn.Linear(n_features, WIDTH)
        self.suffered = nn.Linear(MESSAGE, WIDTH, bias=False)
        self.caused = nn.Linear(MESSAGE, WIDTH, bias=False)
        self.output = nn.Linear(WIDTH, n_outputs)
        # Before training, the network adds nothing to the classical step.
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, features: Tensor, shares: Tensor) -> Tensor:
        """Return the numbers of users.

        Parameters
        ----------
        features : float, shape (b, n_users, n_features)
        shares : float, shape (b, n_users, n_users)

        Returns
        -------
        float, shape (b, n_users, n_outputs)
        """
        sent = self.message(features).relu()
        received = self.suffered(shares @ sent) + self.caused(shares.transpose(-1, -2) @ sent)
        out: Tensor = self.output((self.own(features) + received).relu())
        return out


class Drawn:
    """Corrections drawn from a normal distribution around what the network says, with their likelihood.

    Parameters
    ----------
    deviation : float
        Standard deviation.

    Attributes
    ----------
    log_likelihood : Tensor, shape (b,)
        Of all that was drawn, up to a constant.
    """

    def __init__(self, deviation: float) -> None:
        self.deviation = deviation
        self.log_likelihood = torch.zeros(())

    def around(self, mean: Tensor) -> Tensor:
        """Draw corrections, shape (b, n_users, n); no gradient goes through them."""
        found = mean.detach() + self.deviation * torch.randn_like(mean)
        off = (found - mean) / self.deviation
        self.log_likelihood = self.log_likelihood - 0.5 * off.square().sum(dim=(1, 2))
        return found
