"""A network on an environment: probabilities to draw with, and log-probabilities and flows to learn from."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.contracts.dag import BoolArray, Dag, FloatArray, ForwardLooking, IntArray
from coplug.graphs import GraphBatch
from coplug.training.gflownet.state_graph import StateGraph
from coplug.training.outputs import outputs_of


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


class Visited(NamedTuple):
    """A network's view of states that may come several times.

    Attributes
    ----------
    scores : Scores
        Of m states.
    rows : Tensor, int64, shape (n,)
        Which of them each of n states is.
    """

    scores: Scores
    rows: Tensor


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
        return self.scores_of(Encoded.of(self, states))

    def scores_of(self, encoded: Encoded) -> Scores:
        """Evaluate states that are encoded, with gradient."""
        forward, backward, log_flow = outputs_of(self.network, encoded.features)
        if encoded.log_reward_so_far is not None:
            log_flow = log_flow + encoded.log_reward_so_far.to(log_flow.dtype)
        return Scores(
            forward.masked_fill(encoded.forbidden, torch.finfo(forward.dtype).min),
            backward.masked_fill(encoded.backward_forbidden, torch.finfo(backward.dtype).min),
            log_flow,
        )

    def visited(self, states: IntArray) -> Visited:
        """Evaluate states, with gradient, equal ones once where that is cheaper."""
        return Visited(self.scores(states), torch.arange(len(states), device=self.device))

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


class Encoded(NamedTuple):
    """All that a network's scores need to know of states, in tensors.

    Attributes
    ----------
    features : Tensor or GraphBatch
        What the network takes.
    forbidden : Tensor, bool, shape (n, n_actions)
    backward_forbidden : Tensor, bool, shape (n, n_actions - 1)
    log_reward_so_far : Tensor, shape (n,), or None
        None where flows are not forward-looking.
    """

    features: Tensor | GraphBatch[Tensor]
    forbidden: Tensor
    backward_forbidden: Tensor
    log_reward_so_far: Tensor | None

    @classmethod
    def of(cls, policy: Policy, states: IntArray) -> Encoded:
        """Encode states for a policy."""
        environment = policy.environment
        encoded, so_far = environment.encode(states), None
        if policy.forward_looking:
            assert isinstance(environment, ForwardLooking)
            so_far = policy.tensor(environment.partial_log_reward(states))
        return cls(
            encoded.to_torch(policy.device) if isinstance(encoded, GraphBatch) else policy.tensor(encoded),
            ~policy.tensor(environment.forward_mask(states)),
            ~policy.tensor(environment.backward_mask(states)),
            so_far,
        )

    def rows(self, rows: Tensor) -> Encoded:
        """Return some of the states, where features are a tensor."""
        assert isinstance(self.features, Tensor)
        so_far = self.log_reward_so_far
        return Encoded(
            self.features.index_select(0, rows),
            self.forbidden.index_select(0, rows),
            self.backward_forbidden.index_select(0, rows),
            None if so_far is None else so_far.index_select(0, rows),
        )


FEW = 512
"""So many states are evaluated once, with gradient; of more those that were visited are evaluated again."""


class WholePolicy(Policy):
    """A policy on an environment of few states, whose network is evaluated for all of them at once.

    What it says holds until the network changes: :meth:`refresh` evaluates it anew.

    Parameters
    ----------
    policy : Policy
    graph : StateGraph
        Of the policy's environment.
    """

    def __init__(self, policy: Policy, graph: StateGraph) -> None:
        super().__init__(
            policy.network, policy.environment, policy.device, policy.temperature, policy.forward_looking
        )
        self.graph = graph
        self._encoded = Encoded.of(policy, graph.states)
        self.refresh()

    def refresh(self) -> None:
        """Evaluate the network for all states, with gradient if they are few."""
        with torch.set_grad_enabled(len(self.graph) <= FEW):
            self._scores = self.scores_of(self._encoded)

    def scores(self, states: IntArray) -> Scores:
        """See :meth:`Policy.scores`."""
        scores, rows = self.visited(states)
        return Scores(*(values.index_select(0, rows) for values in scores))

    def visited(self, states: IntArray) -> Visited:
        """See :meth:`Policy.visited`."""
        positions = self.graph.index(states)
        if not torch.is_grad_enabled() or len(self.graph) <= FEW:
            return Visited(self._scores, self.tensor(positions))
        found = np.zeros(len(self.graph), np.bool_)
        found[positions] = True
        rows = (np.cumsum(found) - 1)[positions]
        return Visited(
            self.scores_of(self._encoded.rows(self.tensor(np.flatnonzero(found)))), self.tensor(rows)
        )

    def everywhere(self) -> FloatArray:
        """Return P_F at the policy's temperature in all states, shape (n_states, n_actions)."""
        logits = self._scores.forward_logits.detach().double() / self.temperature
        return _zero_where_masked(logits, self.graph.forward_mask)


def _zero_where_masked(logits: Tensor, mask: BoolArray) -> FloatArray:
    return np.where(mask, logits.softmax(dim=1).cpu().numpy(), 0.0)
