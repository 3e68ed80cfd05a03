"""A network on an environment: probabilities to draw with, and log-probabilities and flows to learn from."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.contracts.dag import BoolArray, Dag, FloatArray, ForwardLooking, IntArray
from coplug.graphs import GraphBatch


class Network(Protocol):
    """What the ``nn.Module`` of a GFlowNet offers besides, such as :class:`coplug.models.gflownet_mlp.GFlowNetMLP`.

    Attributes
    ----------
    log_z : Parameter, shape ()
        Log of the total flow, for trajectory balance.
    """

    log_z: Tensor

    def __call__(self, features: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Take what the environment encodes, in tensors: features (n, n_features), or a graph batch.

        Return forward logits (n, n_actions), backward logits (n, n_actions - 1) and log F (n,).
        """


class Scores(NamedTuple):
    """A network's view of states; entries of actions that are not allowed have the lowest finite value.

    Finite, since the source has no backward action at all, and gradients through a row of -inf are NaN.

    Attributes
    ----------
    forward_logits : Tensor, shape (n, n_actions)
        For flow matching these are the log flows of the edges.
    backward_logits : Tensor, shape (n, n_actions - 1)
    log_flow : Tensor, shape (n,)
    """

    forward_logits: Tensor
    backward_logits: Tensor
    log_flow: Tensor


class Policy:
    """A network and the environment it acts in.

    Parameters
    ----------
    network : Network
        On ``device``.
    environment : Dag
    device : torch.device
    temperature : float
        P_F is drawn from with its logits divided by this.
    forward_looking : bool
        Whether the network says ``F / R~`` with ``R~`` the reward so far; the environment is a
        :class:`~coplug.contracts.dag.ForwardLooking` then. Source: Pan et al., ICML 2023, eq. 7.
    """

    def __init__(
        self,
        network: Network,
        environment: Dag,
        device: torch.device,
        temperature: float = 1.0,
        forward_looking: bool = False,
    ) -> None:
        self.network = network
        self.environment = environment
        self.device = device
        self.temperature = temperature
        self.forward_looking = forward_looking

    def scores(self, states: IntArray) -> Scores:
        """Evaluate states, with gradient."""
        forward, backward, log_flow = self.network(self._encoded(states))
        if self.forward_looking:
            assert isinstance(self.environment, ForwardLooking)
            log_flow = log_flow + self.tensor(self.environment.partial_log_reward(states)).to(log_flow.dtype)
        return Scores(
            self._masked(forward, self.environment.forward_mask(states)),
            self._masked(backward, self.environment.backward_mask(states)),
            log_flow,
        )

    def forward(self, states: IntArray) -> FloatArray:
        """Return P_F at the policy's temperature, shape (n, n_actions)."""
        with torch.no_grad():
            logits = self.scores(states).forward_logits.double() / self.temperature
            return _zero_where_masked(logits, self.environment.forward_mask(states))

    def backward(self, states: IntArray) -> FloatArray:
        """Return P_B, shape (n, n_actions - 1); 0 at the source."""
        with torch.no_grad():
            logits = self.scores(states).backward_logits.double()
            return _zero_where_masked(logits, self.environment.backward_mask(states))

    def tensor(self, array: NDArray[Any]) -> Tensor:
        """Return an array on the network's device."""
        return torch.from_numpy(array).to(self.device)

    def _encoded(self, states: IntArray) -> Tensor | GraphBatch[Tensor]:
        encoded = self.environment.encode(states)
        return encoded.to_torch(self.device) if isinstance(encoded, GraphBatch) else self.tensor(encoded)

    def _masked(self, logits: Tensor, mask: BoolArray) -> Tensor:
        return logits.masked_fill(~self.tensor(mask), torch.finfo(logits.dtype).min)


def _zero_where_masked(logits: Tensor, mask: BoolArray) -> FloatArray:
    return np.where(mask, logits.softmax(dim=1).cpu().numpy(), 0.0)
