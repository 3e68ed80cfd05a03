"""The layer that the networks for precoding and for power allocation share: messages between users, homogeneous.

Source of the idea: M. Sun, Y. Wu, Y. Wang, Y. Liu, Q. Li, C. Zhang, A Homogeneous Graph Neural Network for Precoding
and Power Allocation in Scalable Wireless Networks, arXiv 2408.17252. Only its abstract is known to us: nodes, edges and
layers here are a reconstruction of our own.
"""

from __future__ import annotations

from torch import Tensor, nn

from coplug.inference.architectures.icgnn import MESSAGE, WIDTH


class UserMessages(nn.Module):
    """Two numbers a user from what users know of themselves and of what they do to each other.

    With ``h = ReLU(A f + a)``, 8 wide, and ``z = ReLU(B f + C (E h) + D (E^T h) + b)``, 16 wide, the output is
    ``F z + c``: all users share the maps, so that their number is free, and a permutation of users permutes the output.
    ``E[k, j]`` is the share of what disturbs user k that comes from user j's stream.

    Parameters
    ----------
    n_features : int
        Of a user.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.message = nn.Linear(n_features, MESSAGE)
        self.own = nn.Linear(n_features, WIDTH)
        self.suffered = nn.Linear(MESSAGE, WIDTH, bias=False)
        self.caused = nn.Linear(MESSAGE, WIDTH, bias=False)
        self.output = nn.Linear(WIDTH, 2)
        # Before training, the network adds nothing to the classical step.
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, features: Tensor, shares: Tensor) -> Tensor:
        """Return two numbers a user.

        Parameters
        ----------
        features : float, shape (b, n_users, n_features)
        shares : float, shape (b, n_users, n_users)

        Returns
        -------
        float, shape (b, n_users, 2)
        """
        sent = self.message(features).relu()
        received = self.suffered(shares @ sent) + self.caused(shares.transpose(-1, -2) @ sent)
        out: Tensor = self.output((self.own(features) + received).relu())
        return out
