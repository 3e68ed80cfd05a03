"""What a GFlowNet is after, computed instead of learned: by sums over all paths of an environment small enough.

A sum over paths from ``s`` is the sum over their lengths of powers of a nilpotent matrix; it ends after the longest
path, for any directed acyclic graph and in any order of its states.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.sparse

from coplug.contracts.dag import Enumerable, FloatArray, Rewarded
from coplug.training.gflownet.state_graph import StateGraph


class Summable(Enumerable, Rewarded, Protocol):
    """A DAG whose rewards can be summed over."""


class Induced:
    """Distributions that policies induce over the objects of an environment.

    Parameters
    ----------
    graph : StateGraph
    """

    def __init__(self, graph: StateGraph) -> None:
        self.graph = graph
        self.states = graph.states
        self._sources, self._actions = np.nonzero(graph.forward_mask[:, :-1])
        self._targets = graph.children[self._sources, self._actions]

    def terminal_distribution(self, forward: FloatArray) -> FloatArray:
        """Return the probability that a policy ends at each object, shape (n_states,).

        Parameters
        ----------
        forward : float64, shape (n_states, n_actions)
            P_F in each of the states; 0 where an action is not allowed.
        """
        start = np.zeros(len(self.states))
        start[self.graph.source] = 1.0
        reached = _sum_of_paths(self._matrix(forward[self._sources, self._actions]).T, start)
        return np.asarray(reached * forward[:, -1])

    def _matrix(self, edge_values: FloatArray) -> scipy.sparse.csr_array:
        """Return the matrix with a value at (source, target) of each edge; those of double edges add up."""
        shape = (len(self.states), len(self.states))
        return scipy.sparse.csr_array((edge_values, (self._sources, self._targets)), shape=shape)


class Exact(Induced):
    """The graph of an environment, its target distribution, and distributions and flows on it.

    Parameters
    ----------
    environment : Summable
    graph : StateGraph, optional
        Of the environment, if there is one already.

    Attributes
    ----------
    states : int64, shape (n_states, state_width)
    log_reward : float64, shape (n_states,)
        -inf where stopping is not allowed.
    log_z : float
        Log of the sum of all rewards.
    target : float64, shape (n_states,)
        R / Z: the distribution over objects that is to be learned.
    """

    def __init__(self, environment: Summable, graph: StateGraph | None = None) -> None:
        super().__init__(graph or StateGraph(environment))
        may_stop = self.graph.forward_mask[:, -1]
        self.log_reward = np.full(len(self.states), -np.inf)
        self.log_reward[may_stop] = environment.log_reward(self.states[may_stop])
        self.log_z = float(np.logaddexp.reduce(self.log_reward))
        self.target = np.exp(self.log_reward - self.log_z)

    def state_flows(self, backward: FloatArray) -> FloatArray:
        """Return F(s), the flow through each state if rewards flow back along a backward policy, shape (n_states,).

        Parameters
        ----------
        backward : float64, shape (n_states, n_actions - 1)
            P_B in each of :attr:`states`.
        """
        return _sum_of_paths(
            self._matrix(backward[self._targets, self._actions]), self.target * np.exp(self.log_z)
        )

    def edge_flows(self, backward: FloatArray) -> FloatArray:
        """Return F(s, a), shape (n_states, n_actions); the rows sum to :meth:`state_flows`."""
        flows = np.zeros((len(self.states), backward.shape[1] + 1))
        states = self.state_flows(backward)
        flows[self._sources, self._actions] = states[self._targets] * backward[self._targets, self._actions]
        flows[:, -1] = np.exp(self.log_reward)
        return flows


def total_variation(first: FloatArray, second: FloatArray) -> float:
    """Return half the sum of absolute differences, in [0, 1] for two distributions."""
    return float(0.5 * np.abs(first - second).sum())


def _sum_of_paths(matrix: scipy.sparse.csr_array, start: FloatArray) -> FloatArray:
    """Return ``start + matrix start + matrix^2 start + ...``."""
    total, front = start.copy(), start
    while front.any():
        front = matrix @ front
        total += front
    return total
