"""The balance losses of GFlowNets as functions of what a network says about a batch of trajectories.

Each returns its loss and the learned log-reward of every object, ``log R^``, from which a loss on the order of objects
can be formed. Gradients flow into every flow, probability and log Z that an equation contains, on both its sides;
only rewards are constants.

Where only an order of objects is known, there is no reward, and the learned ``R^`` stands in for it: what is left are
the balances between states. Of trajectory balance nothing is left, as it learns ``R^`` by a whole trajectory.

Padded arrays hold anything finite where a trajectory has ended: what is there counts for nothing, in the gradient
either.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor


class Balance(NamedTuple):
    """A loss, and what the network takes the rewards for.

    Attributes
    ----------
    loss : Tensor, shape ()
        The mean over the batch.
    log_reward : Tensor, shape (n,)
        log R^ of each trajectory's object, with gradient.
    divergence : Tensor, shape ()
        KL(uniform over parents || P_B), the mean over the states of the batch that have parents; 0 where P_B is not
        used.
    """

    loss: Tensor
    log_reward: Tensor
    divergence: Tensor = torch.zeros(())


class PathTerms(NamedTuple):
    """What a network says about the actions of ``n`` padded trajectories ``s_0, ..., s_{T-1}``.

    Attributes
    ----------
    log_forward : Tensor, shape (n, max_length)
        log P_F of each action; that of the last one stops.
    log_backward : Tensor, shape (n, max_length)
        log P_B of undoing each action; 0 for the stop, as an object is stopped at in one way.
    log_flow : Tensor, shape (n, max_length)
        log F of the state before each action.
    log_reward : Tensor, shape (n,), or None
        None where R^ stands in.
    lengths : Tensor, int64, shape (n,)
        T, the number of actions of each trajectory.
    divergence : Tensor, shape ()
        See :class:`Balance`.
    """

    log_forward: Tensor
    log_backward: Tensor
    log_flow: Tensor
    log_reward: Tensor | None
    lengths: Tensor
    divergence: Tensor = torch.zeros(())

    @property
    def mask(self) -> Tensor:
        """Where there is an action, shape (n, max_length)."""
        steps = torch.arange(self.log_forward.shape[1], device=self.lengths.device)
        return steps < self.lengths[:, None]

    @property
    def log_ratio(self) -> Tensor:
        """Log P_F - log P_B of each action, 0 in the padding, shape (n, max_length)."""
        return _kept(self.log_forward - self.log_backward, self.mask)

    @property
    def flows(self) -> Tensor:
        """Log F of s_0, ..., s_{T-1}, then log R of the object, then 0, shape (n, max_length + 1)."""
        inner = torch.nn.functional.pad(_kept(self.log_flow, self.mask), (0, 1))
        at_end = self.learned_log_reward if self.log_reward is None else self.log_reward.detach()
        return inner.scatter(1, self.lengths[:, None], at_end.to(inner.dtype)[:, None])

    @property
    def learned_log_reward(self) -> Tensor:
        """Log F(s_{T-1}) + log P_F(stop | s_{T-1}), shape (n,)."""
        last = self.lengths[:, None] - 1
        return (self.log_flow + self.log_forward).gather(1, last)[:, 0]


class EdgeTerms(NamedTuple):
    """What a network says about the flow around ``m`` states and into ``n`` objects.

    Entries for edges that do not exist are -inf or the lowest finite number.

    Attributes
    ----------
    log_in : Tensor, shape (m, n_actions - 1)
        log F of the edges from the parents; none of the states is the source.
    log_out : Tensor, shape (m, n_actions)
        log F of the edges to the children and, last, of the stop.
    log_stop : Tensor, shape (n,)
        log F of the edge by which each object is stopped at.
    log_reward : Tensor, shape (n,), or None
        None where R^ stands in.
    """

    log_in: Tensor
    log_out: Tensor
    log_stop: Tensor
    log_reward: Tensor | None


def flow_matching(edges: EdgeTerms) -> Balance:
    """Return the mean square of log inflow - log outflow over states and objects; ``R^ = F(x, stop)``.

    Source: E. Bengio et al., NeurIPS 2021, eq. 12 with epsilon = 0. There an object is a state of its own with the
    stop as its only way in and its reward as its outflow.
    """
    at_states = edges.log_in.logsumexp(dim=1) - edges.log_out.logsumexp(dim=1)
    rewards = edges.log_stop if edges.log_reward is None else edges.log_reward.detach()
    at_objects = edges.log_stop - rewards
    return Balance(torch.cat([at_states, at_objects]).square().mean(), edges.log_stop)


def detailed_balance(path: PathTerms) -> Balance:
    """Return the mean over all actions of ``(log F(s) + log P_F(s'|s) - log F(s') - log P_B(s|s'))^2``.

    The flow of an object is its reward, and ``R^(x) = F(x) P_F(stop | x)``.

    Source: Y. Bengio et al., JMLR 24 (2023), "Detailed Balance Loss"; Malkin et al., NeurIPS 2022, eq. 7.
    """
    flows = path.flows
    error = _kept(flows[:, :-1] + path.log_ratio - flows[:, 1:], path.mask)
    return Balance(error.square().sum() / path.lengths.sum(), path.learned_log_reward, path.divergence)


def trajectory_balance(path: PathTerms, log_z: Tensor) -> Balance:
    """Return the mean over trajectories of ``(log Z + sum log P_F - log R - sum log P_B)^2``.

    ``log R^ = log Z + sum log P_F - sum log P_B``.

    Source: Malkin et al., NeurIPS 2022, eq. 14.

    Parameters
    ----------
    path : PathTerms
        ``log_flow`` is not used.
    log_z : Tensor, shape ()
    """
    learned = log_z + path.log_ratio.sum(dim=1)
    rewards = learned if path.log_reward is None else path.log_reward.detach()
    return Balance((learned - rewards).square().mean(), learned, path.divergence)


def subtrajectory_balance(path: PathTerms, decay: float) -> Balance:
    r"""Return SubTB(lambda): the balance of all stretches of a trajectory, weighted by ``lambda`` to their length.

    With ``s_T`` for the object, whose flow is its reward, a trajectory's loss is::

        sum_{0 <= i < j <= T} lambda^(j - i) (log F(s_i) + sum_{i <= t < j} (log P_F - log P_B) - log F(s_j))^2
        / sum_{0 <= i < j <= T} lambda^(j - i)

    and the batch's loss is the mean. ``lambda -> 0`` leaves single actions, the mean of detailed balance over
    each trajectory; ``lambda -> inf`` the whole one, trajectory balance with ``F(s_0)`` for Z.

    Source: Madan et al., ICML 2023, section 3.

    Parameters
    ----------
    path : PathTerms
    decay : float
        ``lambda``, above 0.
    """
    # A stretch's error is the difference of a potential between its ends.
    travelled = torch.nn.functional.pad(path.log_ratio.cumsum(dim=1), (1, 0))
    potential = path.flows - travelled
    steps = torch.arange(potential.shape[1], device=potential.device)
    length = steps[None, :] - steps[:, None]
    exists = (length > 0) & (steps <= path.lengths[:, None, None])
    error = _kept(potential[:, :, None] - potential[:, None, :], exists)
    log_weight = torch.where(exists, length * math.log(decay), -torch.inf).to(error.dtype)
    weight = log_weight.flatten(1).softmax(dim=1)
    loss = (weight * error.flatten(1).square()).sum(dim=1).mean()
    return Balance(loss, path.learned_log_reward, path.divergence)


def _kept(values: Tensor, mask: Tensor) -> Tensor:
    """Return the values with 0 where the mask is false."""
    return torch.where(mask, values, torch.zeros_like(values))
