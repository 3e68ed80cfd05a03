"""What a GFlowNet's epochs are compared by: exactly where every state can be looked at, else by a sample.

What is learned decides the metric:

- a reward, few states: ``tv``, the total variation between the distribution that P_F induces and R / Z;
- a reward, many states: the mean ``log_reward`` of a sample;
- an order, few states: ``best``, the probability to build one of the best objects, those of the greatest value or, of
  several objectives, the non-dominated ones;
- an order, many states: with one objective its mean in a sample, ``objective``; with several ``best``, the share of a
  sample that no object met in training dominates, nor one of the sample itself.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from coplug.algorithms.fronts.dominance import non_dominated
from coplug.contracts.dag import Conditional, Dag, Enumerable, FloatArray, Rewarded
from coplug.training.gflownet.exact import Exact, Induced, total_variation
from coplug.training.gflownet.ordering import Ordering
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.state_graph import StateGraph
from coplug.training.gflownet.trajectories import Trajectories, sample_forward


class Evaluation(Protocol):
    """How a policy is measured.

    Attributes
    ----------
    metric : str
        By which epochs are compared.
    maximize : bool
        Whether more of it is better.
    """

    metric: str
    maximize: bool

    def measure(self, policy: Policy, log_z: float, rng: np.random.Generator) -> dict[str, float]:
        """Return the metrics of a policy at temperature 1 and its learned log Z."""


class ExactRewards:
    """``tv``, ``log_z_error`` (absolute), and means of ``log_reward`` and ``mean_reward`` over what P_F builds.

    Parameters
    ----------
    exact : Exact
    """

    metric, maximize = "tv", False

    def __init__(self, exact: Exact) -> None:
        self.exact = exact

    def measure(self, policy: Policy, log_z: float, rng: np.random.Generator) -> dict[str, float]:
        """See :class:`Evaluation`."""
        built = self.exact.terminal_distribution(policy.forward(self.exact.states))
        return {
            "tv": total_variation(built, self.exact.target),
            "log_z_error": abs(log_z - self.exact.log_z),
            "log_reward": float(built[built > 0.0] @ self.exact.log_reward[built > 0.0]),
            "mean_reward": float(built @ np.exp(self.exact.log_reward)),
            "log_z": log_z,
        }


class SampledRewards:
    """Means of ``log_reward`` and ``mean_reward`` of a sample; from many problems ``log_reward`` alone.

    Parameters
    ----------
    environment : Rewarded
    n : int
        Objects of the sample.
    """

    metric, maximize = "log_reward", True

    def __init__(self, environment: Rewarded, n: int) -> None:
        self.environment = environment
        self.n = n

    def measure(self, policy: Policy, log_z: float, rng: np.random.Generator) -> dict[str, float]:
        """See :class:`Evaluation`."""
        log_reward = self.environment.log_reward(_sample(policy, self.n, rng).objects)
        mean = {"log_reward": float(log_reward.mean())}
        if isinstance(self.environment, Conditional):
            return mean
        return {**mean, "mean_reward": float(np.exp(log_reward).mean()), "log_z": log_z}


class ExactOrder:
    """``best``, and with several objectives ``front``.

    The latter is the share of the non-dominated objects that a sample of ``n`` is expected to have.

    Parameters
    ----------
    induced : Induced
    ordering : Ordering
    n : int
    """

    metric, maximize = "best", True

    def __init__(self, induced: Induced, ordering: Ordering, n: int) -> None:
        self.induced = induced
        self.n = n
        self.several = ordering.n_objectives > 1
        objects = np.flatnonzero(induced.graph.forward_mask[:, -1])
        self.best = objects[best_of(ordering.values(induced.states[objects]))]

    def measure(self, policy: Policy, log_z: float, rng: np.random.Generator) -> dict[str, float]:
        """See :class:`Evaluation`."""
        built = self.induced.terminal_distribution(policy.forward(self.induced.states))[self.best]
        front = (
            {"front": float((1.0 - (1.0 - np.minimum(built, 1.0)) ** self.n).mean())} if self.several else {}
        )
        return {"best": float(built.sum()), **front}


class SampledOrder:
    """``objective`` of one, ``best`` of several.

    Parameters
    ----------
    ordering : Ordering
    n : int
        Objects of the sample.
    """

    maximize = True

    def __init__(self, ordering: Ordering, n: int) -> None:
        self.ordering = ordering
        self.n = n
        self.metric = "best" if ordering.n_objectives > 1 else "objective"

    def measure(self, policy: Policy, log_z: float, rng: np.random.Generator) -> dict[str, float]:
        """See :class:`Evaluation`."""
        values = self.ordering.values(_sample(policy, self.n, rng).objects)
        if self.ordering.n_objectives == 1:
            return {"objective": float(values.mean())}
        return {"best": float(self.ordering.archive.undominated(values).mean())}


def evaluation_of(
    environment: Dag, graph: StateGraph | None, ordering: Ordering | None, n: int
) -> Evaluation:
    """Return how policies on an environment are measured.

    Parameters
    ----------
    environment : Dag
        With a reward, unless an order is learned.
    graph : StateGraph or None
        Of an environment whose states can all be looked at.
    ordering : Ordering or None
    n : int
        Objects of a sample.
    """
    if ordering is not None:
        return SampledOrder(ordering, n) if graph is None else ExactOrder(Induced(graph), ordering, n)
    assert isinstance(environment, Rewarded)
    if graph is not None:
        assert isinstance(environment, Enumerable)
        return ExactRewards(Exact(environment, graph))
    return SampledRewards(environment, n)


def best_of(values: FloatArray) -> np.ndarray:
    """Return the positions of the rows that no other dominates, or that have the greatest of single values."""
    return np.flatnonzero(non_dominated(values))


def _sample(policy: Policy, n: int, rng: np.random.Generator) -> Trajectories:
    return sample_forward(policy.environment, policy.forward, n, rng)
