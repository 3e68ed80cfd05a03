"""Acting in episodes and keeping what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.contracts.episodes import Baseline, Episodes, Observation, actions_of
from coplug.errors import RecipeError
from coplug.graphs import GraphBatch, Graphs, collate
from coplug.graphs.ragged import pointer
from coplug.jit import kernel
from coplug.parallel import Workers, run_unordered
from coplug.training.outputs import outputs_of


class ActorCritic(Protocol):
    """A network that scores the actions of graphs and estimates their returns."""

    def __call__(self, graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """Return logits of all graphs' actions, shape (n_actions,), and values, shape (n_graphs,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """Finished episodes; transitions of an episode follow each other in time.

    Attributes
    ----------
    graphs : GraphBatch of n graphs
        What was observed.
    actions : int64, shape (n,)
        Positions in the graphs' lists of actions.
    log_probabilities : float64, shape (n,)
        Of the actions when they were taken.
    values : float64, shape (n,)
        The critic's then.
    rewards : float64, shape (n,)
        What followed.
    ptr : int64, shape (n_episodes + 1,)
        The transitions of episode ``i`` are ``ptr[i]:ptr[i + 1]``.
    bootstrap : float64, shape (n_episodes,)
        The critic's value of what was cut off; 0 where an episode ended by itself.
    parents : int64, shape (n,)
        The transition of the same episode, counted from 0 in it, that each is a consequence of; -1 for the first.
    """

    graphs: Graphs
    actions: NDArray[np.int64]
    log_probabilities: NDArray[np.float64]
    values: NDArray[np.float64]
    rewards: NDArray[np.float64]
    ptr: NDArray[np.int64]
    bootstrap: NDArray[np.float64]
    parents: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def returns(self) -> NDArray[np.float64]:
        """Undiscounted sum of the rewards of each episode, shape (n_episodes,)."""
        sums: NDArray[np.float64] = np.add.reduceat(self.rewards, self.ptr[:-1])
        return sums


def collect(
    network: ActorCritic, episodes: Episodes, seeds: Sequence[int], rng: np.random.Generator | None
) -> Transitions:
    """Act in one episode for each seed until all have ended.

    Parameters
    ----------
    network : ActorCritic
    episodes : Episodes
    seeds : sequence of int
    rng : numpy.random.Generator or None
        Draws the actions; None takes the most probable ones.
    """
    observation: Observation | None = episodes.reset(seeds)
    bootstrap = np.zeros(len(seeds))
    graphs, which, parts, parents = [], [], [], []
    time = 0
    while observation is not None:
        log_probabilities, values = evaluate(network, observation.graphs)
        ptr = actions_of(observation.graphs).ptr
        actions = choose(log_probabilities, ptr, rng)
        step = episodes.step(actions)
        graphs.append(observation.graphs)
        which.append(observation.episodes)
        # All episodes begin together, and none rests: an episode's decision number is the time.
        follows = np.full(len(observation.episodes), time - 1, np.int64)
        parents.append(follows if observation.parents is None else observation.parents)
        time += 1
        taken = log_probabilities[ptr[:-1] + actions]
        parts.append((actions, taken, values, step.rewards))
        if step.last is not None:
            bootstrap[observation.episodes[step.truncated]] = evaluate(network, step.last)[1]
        observation = step.observation
    episode = np.concatenate(which)
    order = np.argsort(episode, kind="stable")
    actions, taken, values, rewards = (np.concatenate(column)[order] for column in zip(*parts, strict=True))
    ptr = pointer(np.bincount(episode, minlength=len(seeds)))
    return Transitions(
        collate(graphs).take(order),
        actions,
        taken,
        values,
        rewards,
        ptr,
        bootstrap,
        np.concatenate(parents)[order],
    )


def collect_parallel(
    network: ActorCritic,
    episodes: Episodes,
    seeds: Sequence[int],
    rng: np.random.Generator | None,
    *,
    side_by_side: int,
    workers: Workers,
) -> Transitions:
    """Act in many episodes, some side by side in each process; the outcome does not depend on the workers.

    Parameters
    ----------
    network, episodes, seeds, rng
        See :func:`collect`; ``network`` and ``episodes`` are sent to the processes.
    side_by_side : int
        So many episodes at a time, at least 1; the unit that is given to a process.
    workers : Workers
    """
    parts = [seeds[k : k + side_by_side] for k in range(0, len(seeds), side_by_side)]
    rngs = rng.spawn(len(parts)) if rng is not None else [None] * len(parts)
    calls = ((k, network, episodes, part, own) for k, (part, own) in enumerate(zip(parts, rngs, strict=True)))
    found = dict(run_unordered(_numbered_collect, calls, workers))
    return concatenate([found[k] for k in range(len(parts))])


def acting(network: ActorCritic, episodes: Episodes, seed: int | None, side_by_side: int) -> Baseline:
    """Return how a network acts in episodes: by its most probable actions, or drawn by a seed."""

    def returns(seeds: Sequence[int]) -> NDArray[np.float64]:
        rng = None if seed is None else np.random.default_rng(seed)
        found = collect_parallel(network, episodes, seeds, rng, side_by_side=side_by_side, workers=Workers(1))
        return found.returns

    return returns


def _numbered_collect(
    number: int,
    network: ActorCritic,
    episodes: Episodes,
    seeds: Sequence[int],
    rng: np.random.Generator | None,
) -> tuple[int, Transitions]:
    return number, collect(network, episodes, seeds, rng)


def concatenate(parts: Sequence[Transitions]) -> Transitions:
    """Return the episodes of all parts, in their order."""
    columns = [
        [part.actions, part.log_probabilities, part.values, part.rewards, part.bootstrap, part.parents]
        for part in parts
    ]
    actions, taken, values, rewards, bootstrap, parents = (
        np.concatenate(column) for column in zip(*columns, strict=True)
    )
    lengths = np.concatenate([np.diff(part.ptr) for part in parts])
    graphs = collate([part.graphs for part in parts])
    return Transitions(graphs, actions, taken, values, rewards, pointer(lengths), bootstrap, parents)


@torch.no_grad()
def evaluate(network: ActorCritic, graphs: Graphs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return log-probabilities of all actions, shape (n_actions,), and values, shape (n_graphs,).

    Raises
    ------
    RecipeError
        If the network's outputs have other shapes, or are not finite.
    """
    ptr = actions_of(graphs).ptr
    logits, values = outputs_of(network, graphs.to_torch(_device_of(network)))
    expected = (int(ptr[-1]),), (len(graphs),)
    if (tuple(logits.shape), tuple(values.shape)) != expected:
        raise RecipeError(
            f"the network gave logits of shape {tuple(logits.shape)} and values of shape {tuple(values.shape)}, "
            f"expected {expected[0]} and {expected[1]}"
        )
    if not (torch.isfinite(logits).all() and torch.isfinite(values).all()):
        raise RecipeError(
            "the network's outputs are not finite; train with a lower optimizer.learning_rate or a gradient_clip"
        )
    return log_softmax(logits.double().cpu().numpy(), ptr), values.double().cpu().numpy()


def _device_of(network: Any) -> torch.device:
    return next((p.device for p in network.parameters()), torch.device("cpu"))


def log_softmax(logits: NDArray[np.float64], ptr: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return log-probabilities within each of the segments ``ptr[i]:ptr[i + 1]``, none of which is empty."""
    lengths = np.diff(ptr)
    shifted = logits - np.repeat(np.maximum.reduceat(logits, ptr[:-1]), lengths)
    totals: NDArray[np.float64] = np.add.reduceat(np.exp(shifted), ptr[:-1])
    normalized: NDArray[np.float64] = shifted - np.repeat(np.log(totals), lengths)
    return normalized


def choose(
    log_probabilities: NDArray[np.float64], ptr: NDArray[np.int64], rng: np.random.Generator | None
) -> NDArray[np.int64]:
    """Return a position in each segment, drawn by its probabilities; the first of the most probable without ``rng``."""
    if rng is None:
        return _most_probable(log_probabilities, ptr)
    return _drawn(np.exp(log_probabilities), ptr, rng.random(len(ptr) - 1))


@kernel
def _most_probable(log_probabilities: NDArray[np.float64], ptr: NDArray[np.int64]) -> NDArray[np.int64]:
    chosen = np.empty(ptr.shape[0] - 1, np.int64)
    for i in range(chosen.shape[0]):
        chosen[i] = np.argmax(log_probabilities[ptr[i] : ptr[i + 1]])
    return chosen


@kernel
def _drawn(
    probabilities: NDArray[np.float64], ptr: NDArray[np.int64], uniforms: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Invert the cumulative distribution of each segment; rounding never chooses beyond its end."""
    chosen = np.empty(ptr.shape[0] - 1, np.int64)
    for i in range(chosen.shape[0]):
        k = ptr[i]
        passed = probabilities[k]
        while passed <= uniforms[i] and k < ptr[i + 1] - 1:
            k += 1
            passed += probabilities[k]
        chosen[i] = k - ptr[i]
    return chosen


@kernel
def generalized_advantages(
    rewards: NDArray[np.float64],
    values: NDArray[np.float64],
    ptr: NDArray[np.int64],
    bootstrap: NDArray[np.float64],
    parents: NDArray[np.int64],
    discount: float,
    decay: float,
) -> NDArray[np.float64]:
    """Return the generalized advantage estimates, shape (n,).

    Source: Schulman et al., ICLR 2016, equations 11 and 16; ``decay`` is its lambda. With ``decay`` 1 an advantage is
    the discounted return less the value. Where decisions make a tree, what follows a decision is the sum over its
    consequences (Scavuzzo et al., Learning to Branch with Tree MDPs, NeurIPS 2022).

    Parameters
    ----------
    rewards, values : float64, shape (n,)
    ptr : int64, shape (n_episodes + 1,)
    bootstrap : float64, shape (n_episodes,)
        Value after the last transition of each episode.
    parents : int64, shape (n,)
        See :class:`Transitions`; a parent comes before its consequences.
    discount, decay : float
        In [0, 1].
    """
    advantages = np.empty_like(rewards)
    following_values, following = np.zeros_like(rewards), np.zeros_like(rewards)
    for i in range(ptr.shape[0] - 1):
        if ptr[i + 1] > ptr[i]:
            following_values[ptr[i + 1] - 1] = bootstrap[i]
        for t in range(ptr[i + 1] - 1, ptr[i] - 1, -1):
            delta = rewards[t] + discount * following_values[t] - values[t]
            advantages[t] = delta + discount * decay * following[t]
            if parents[t] >= 0:
                following_values[ptr[i] + parents[t]] += values[t]
                following[ptr[i] + parents[t]] += advantages[t]
    return advantages


@kernel
def log_returns(
    rewards: NDArray[np.float64],
    values: NDArray[np.float64],
    ptr: NDArray[np.int64],
    parents: NDArray[np.int64],
    discount: float,
    decay: float,
) -> NDArray[np.float64]:
    """Return ``-log(1 - G)`` for the discounted return ``G`` of each transition, shape (n,).

    Below 1, ``decay`` replaces what follows a decision by the mean, on the logarithmic scale, of what happened and of
    what the critic expected: the lambda-return of that scale. What was cut off counts as nothing.

    Parameters
    ----------
    rewards : float64, shape (n,)
        None is positive.
    values : float64, shape (n,)
        The critic's, on the logarithmic scale; not used where ``decay`` is 1.
    ptr, parents, discount, decay
        See :func:`generalized_advantages`.
    """
    returns = np.empty_like(rewards)
    following = np.zeros_like(rewards)
    for i in range(ptr.shape[0] - 1):
        for t in range(ptr[i + 1] - 1, ptr[i] - 1, -1):
            returns[t] = -np.log1p(-rewards[t] + discount * following[t])
            if parents[t] >= 0:
                mean = decay * returns[t] + (1.0 - decay) * min(values[t], 0.0)
                following[ptr[i] + parents[t]] += np.expm1(-mean)
    return returns
