"""An order-preserving GFlowNet that learns the front of one instance while it samples it.

Trajectories come in groups that share a preference, and the order within a group is that of the weighed objectives:
:func:`~.order.pairwise_cross_entropy` of the log-rewards that trajectory balance learns. The best object so far for
each preference is learned from too, by a trajectory backwards from it. Between two steps of learning, objects of the
front that is known go some steps backwards, and are finished again by the policy.

Sources: Y. Chen and L. Mauch, Order-preserving GFlowNets, ICLR 2024 (the loss, and trajectories from good objects);
M. Jain et al., Multi-objective GFlowNets, ICML 2023 (preferences as a part of the state); M. Kim et al., Local search
GFlowNets, ICLR 2024 (backwards and forwards again).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from coplug.algorithms.fronts.dominance import front_order
from coplug.contracts.dag import FloatArray, IntArray
from coplug.contracts.front_sampler import Preferring
from coplug.models.action_scores import ActionScores
from coplug.training.gflownet.losses import trajectory_balance
from coplug.training.gflownet.objectives import path_of
from coplug.training.gflownet.order import pairwise_cross_entropy
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.trajectories import draw, joined, sample_backward, sample_forward

GROUPS = 8
LEARNING_RATE = 1e-2
EXPLORATION = 0.02
CLIP = 10.0
MOST_KEPT = 2000
"""Objects of the front that is known."""

REFINEMENTS = 4
"""Batches of known objects that are changed, for each one that is drawn from the source."""

REFINED = 256
"""Objects of such a batch."""

MOST_UNDONE = 0.15
"""Share of an object's actions that are undone then, at most."""

TEMPERATURES = (0.1, 0.3, 1.0)
"""Of the policy when it finishes them."""


def sample_front(dag: Preferring, seed: int, stop: Callable[[], bool]) -> Iterator[IntArray]:
    """See :class:`coplug.contracts.front_sampler.FrontSampler`; it runs in one thread, as its tensors are small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield from _sampled(dag, seed, stop)
    finally:
        torch.set_num_threads(threads)


def _sampled(dag: Preferring, seed: int, stop: Callable[[], bool]) -> Iterator[IntArray]:
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = ActionScores(torch.from_numpy(dag.action_features), dag.n_features)
    policy = Policy(network, dag, torch.device("cpu"))
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    known = Known(dag)
    while not stop():
        drawn = sample_forward(dag, policy.forward, GROUPS * dag.group_size, rng, exploration=EXPLORATION)
        yield drawn.objects
        known.add(drawn.objects)
        batch = joined(drawn, sample_backward(dag, _uniform(dag), known.best_for(drawn.objects), rng))
        balance = trajectory_balance(path_of(policy, batch.without_reward()), network.log_z)
        loss = _order_loss(dag, balance.log_reward, batch.objects)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        for k in range(REFINEMENTS):
            if stop():
                return
            begun = _partly_undone(dag, known.draw(REFINED, rng), rng)
            objects = _finished(dag, network, begun, TEMPERATURES[k % len(TEMPERATURES)], rng)
            yield objects
            known.add(objects)


def _partly_undone(dag: Preferring, states: IntArray, rng: np.random.Generator) -> IntArray:
    """Return objects with some of their actions undone, each a number of its own."""
    length = dag.backward_mask(states).sum(axis=1)
    left = 1 + (rng.random(len(states)) * MOST_UNDONE * length).astype(np.int64)
    left = np.minimum(left, length)
    while left.any():
        rows = np.flatnonzero(left)
        actions = draw(dag.backward_mask(states[rows]).astype(np.float64), rng)
        states[rows] = dag.backward_step(states[rows], actions)
        left[rows] -= 1
    return states


@torch.no_grad()
def _finished(
    dag: Preferring, network: ActionScores, states: IntArray, temperature: float, rng: np.random.Generator
) -> IntArray:
    """Return the objects that the policy makes of states."""
    walking = np.arange(len(states))
    while len(walking):
        scores = network.scores(torch.from_numpy(dag.encode(states[walking]))) / temperature
        allowed = torch.from_numpy(dag.forward_mask(states[walking]))
        weights = torch.where(allowed, scores, -torch.inf).softmax(dim=1)
        actions = draw(weights.double().numpy(), rng)
        goes_on = actions != dag.n_actions - 1
        walking = walking[goes_on]
        states[walking] = dag.step(states[walking], actions[goes_on])
    return states


class Known:
    """The objects met so far that nothing dominates."""

    def __init__(self, dag: Preferring) -> None:
        self._dag = dag
        self._states = dag.initial(0)
        self._values: FloatArray = np.zeros((0, dag.n_objectives))

    def add(self, states: IntArray) -> None:
        """Take in what is not dominated."""
        states = np.concatenate([self._states, states])
        values = np.concatenate([self._values, self._dag.objectives(states[len(self._values) :])])
        kept = front_order(values)[:MOST_KEPT]
        self._states, self._values = states[kept], values[kept]

    def best_for(self, states: IntArray) -> IntArray:
        """Return the best known object for the preference of each group of states, int64, shape (n_groups, width)."""
        firsts = states[:: self._dag.group_size]
        weights = self._dag.preferred(firsts)
        worth = weights @ self._shares().T
        return self._dag.with_preferences(self._states[worth.argmax(axis=1)], weights)

    def draw(self, n: int, rng: np.random.Generator) -> IntArray:
        """Draw objects, each with a preference for the objectives in which it is among the best."""
        order = np.argsort(np.argsort(self._values, axis=0, kind="stable"), axis=0)
        rows = rng.integers(len(self._states), size=n)
        shares = (order[rows] + rng.random((n, order.shape[1]))) ** 2
        return self._dag.with_preferences(self._states[rows], shares)

    def _shares(self) -> FloatArray:
        return np.asarray(self._values / np.maximum(self._values.max(axis=0), 1.0))


def _uniform(dag: Preferring) -> Callable[[IntArray], FloatArray]:
    """Return the backward policy that takes any parent."""
    return lambda states: dag.backward_mask(states).astype(np.float64)


def _order_loss(dag: Preferring, log_reward: Tensor, objects: IntArray) -> Tensor:
    """Return the loss on the order within each group, whose best known object stands at the end of the batch."""
    values = dag.objectives(objects)
    worth = torch.from_numpy(
        (dag.preferred(objects) * values / np.maximum(values.max(axis=0), 1.0)).sum(axis=1)
    )
    n = GROUPS * dag.group_size
    members = torch.arange(n).reshape(GROUPS, dag.group_size)
    groups = torch.column_stack([members, torch.arange(n, n + GROUPS)])
    return torch.stack([pairwise_cross_entropy(log_reward[group], worth[group]) for group in groups]).mean()
