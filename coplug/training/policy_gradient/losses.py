"""The losses of REINFORCE and PPO, on the actions of ragged graphs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.models.segments import segment_ids, segment_log_softmax, segment_sum


@dataclass(frozen=True, slots=True)
class Chosen:
    """How a network sees actions that were taken.

    Attributes
    ----------
    log_probability : Tensor, float, shape (n,)
        Of the taken actions.
    entropy : Tensor, float, shape (n,)
        Of each graph's distribution over its actions, in nats.
    """

    log_probability: Tensor
    entropy: Tensor


def look_at(logits: Tensor, ptr: Tensor, actions: Tensor) -> Chosen:
    """Return log-probabilities and entropies.

    Parameters
    ----------
    logits : float, shape (n_actions,)
    ptr : int64, shape (n + 1,)
        The actions of graph ``i`` are ``ptr[i]:ptr[i + 1]``; each has at least one.
    actions : int64, shape (n,)
        Positions within them.
    """
    n = len(actions)
    segment = segment_ids(ptr, len(logits))
    log_probabilities = segment_log_softmax(logits, segment, n)
    entropy = -segment_sum(log_probabilities.exp() * log_probabilities, segment, n)
    return Chosen(log_probabilities[ptr[:-1] + actions], entropy)


def reinforce_loss(log_probability: Tensor, advantage: Tensor) -> Tensor:
    """Return the loss whose gradient is the policy gradient with a baseline, shape ().

    Source: Williams, Machine Learning 8 (1992), section 5.
    """
    return -(log_probability * advantage).mean()


def ppo_loss(log_probability: Tensor, old: Tensor, advantage: Tensor, clip: float) -> tuple[Tensor, Tensor]:
    """Return PPO's clipped surrogate as a loss, shape (), and the fraction of ratios that were clipped, shape ().

    Source: Schulman et al., arXiv 1707.06347, equation 7.
    """
    ratio = (log_probability - old).exp()
    clipped = ratio.clamp(1.0 - clip, 1.0 + clip)
    loss = -torch.minimum(ratio * advantage, clipped * advantage).mean()
    return loss, ((ratio - 1.0).abs() > clip).double().mean()


def value_loss(values: Tensor, targets: Tensor) -> Tensor:
    """Return half the mean squared error of the critic, shape ()."""
    return 0.5 * (values - targets).square().mean()


@torch.no_grad()
def kl_estimate(log_probability: Tensor, old: Tensor) -> Tensor:
    """Return an estimate of KL(old || new) from actions that the old policy took, shape (), never negative.

    Source: J. Schulman, Approximating KL divergence, 2020 (its third estimator).
    """
    log_ratio = log_probability - old
    return (log_ratio.exp() - 1.0 - log_ratio).mean()


def explained_variance(values: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    """Return 1 - Var(targets - values) / Var(targets), at most 1; 0 where the targets do not vary.

    Parameters
    ----------
    values, targets : float64, shape (n,)
    """
    spread = float(np.var(targets))
    return 1.0 - float(np.var(targets - values)) / spread if spread > 0.0 else 0.0
