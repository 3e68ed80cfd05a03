"""GFlowNets as a learner for :mod:`coplug.training.loop`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from coplug.contracts.dag import (
    Conditional,
    Dag,
    Enumerable,
    FloatArray,
    ForwardLooking,
    Rewarded,
    baselines_of,
    draw_sources,
)
from coplug.errors import RecipeError
from coplug.training.gflownet.evaluation import ExactRewards, evaluation_of
from coplug.training.gflownet.losses import Balance
from coplug.training.gflownet.objectives import Objective, find_objective
from coplug.training.gflownet.ordering import OrderSettings, ordering_of
from coplug.training.gflownet.policy import Policy, WholePolicy
from coplug.training.gflownet.replay import Replay, ReplaySettings
from coplug.training.gflownet.state_graph import StateGraph
from coplug.training.gflownet.trajectories import (
    Trajectories,
    explored,
    joined,
    sample_backward,
    sample_forward,
    sample_walks,
)
from coplug.training.learner import EVALUATION, BaseLearner
from coplug.training.named_trainer import NamedRecipe, NamedTrainer
from coplug.training.optimizer import OptimizerSettings
from coplug.training.recipe import Arguments

WHOLE = 128
"""An environment of at most so many states for each trajectory of a batch is evaluated as a whole at each step."""


@dataclass(frozen=True, kw_only=True)
class GFlowNetOptimizerSettings(OptimizerSettings):
    """Adam's settings; log Z, a sum over all objects, has far to go and a learning rate of its own."""

    log_z_learning_rate: float = field(default=0.1, metadata={"minimum": 0.0})


@dataclass(frozen=True, kw_only=True)
class GFlowNetRecipe(NamedRecipe):
    """What a GFlowNet needs to know.

    Attributes
    ----------
    environment : str
        ``package.module:object`` of a callable that makes the environment, a :class:`~coplug.contracts.dag.Rewarded`
        or :class:`~coplug.contracts.dag.MultiObjective` DAG. The network is a :class:`~.policy.Network`, and is also
        told ``n_features`` and ``n_actions``.
    environment_arguments : table
        Its keyword arguments.
    loss : str
        ``fm``, ``db``, ``tb`` or ``subtb``, see :mod:`~.losses`; or the ``package.module:object`` of an
        :class:`~.objectives.Objective`.
    subtb_lambda : float
        Above 0.
    forward_looking : bool
        Whether the network learns how much a state's flow exceeds its reward so far, for environments that know the
        latter; see :class:`~.policy.Policy`.
    batch_size : int
        New trajectories of a step.
    exploration : float
        Probability of an action at random, in [0, 1].
    temperature : float
        Actions are drawn with the logits divided by this, above 0.
    backward_kl : float
        Weight of the divergence of P_B from the uniform distribution over parents.
    evaluation_samples : int
        Objects of an evaluation where the environment is too large to sum over.
    order : OrderSettings
        Whether the order of objects is learned, and not their reward.
    replay : ReplaySettings
        What is learned again.
    """

    environment: str
    network: str = "coplug.models.gflownet_mlp:GFlowNetMLP"
    environment_arguments: Arguments = field(default_factory=dict)
    loss: str = "tb"
    subtb_lambda: float = 0.9
    forward_looking: bool = False
    batch_size: int = field(default=16, metadata={"minimum": 1})
    exploration: float = field(default=0.05, metadata={"minimum": 0.0, "maximum": 1.0})
    temperature: float = 1.0
    backward_kl: float = field(default=0.0, metadata={"minimum": 0.0})
    evaluation_samples: int = field(default=1000, metadata={"minimum": 1})
    order: OrderSettings = field(default=OrderSettings())
    replay: ReplaySettings = field(default=ReplaySettings())
    optimizer: GFlowNetOptimizerSettings = field(default=GFlowNetOptimizerSettings())

    def __post_init__(self) -> None:
        find_objective(self.loss)
        for key in ("subtb_lambda", "temperature"):
            if getattr(self, key) <= 0.0:
                raise RecipeError(f"{key} is {getattr(self, key)}, expected a number above 0")


class GFlowNetLearner(BaseLearner[GFlowNetRecipe]):
    """Draws trajectories and balances their flow.

    A step's trajectories are drawn with a generator that follows from the recipe's seed, the epoch and the step, so
    that a run continues to the bit. What epochs are compared by is described at :mod:`~.evaluation`.

    Parameters
    ----------
    network : nn.Module
        A :class:`~.policy.Network` on its device.
    environment : Dag
        :class:`~coplug.contracts.dag.Rewarded`, or :class:`~coplug.contracts.dag.MultiObjective` where the recipe
        learns an order.
    recipe : GFlowNetRecipe
    """

    compared = "log_reward"

    def __init__(self, network: Any, environment: Dag, recipe: GFlowNetRecipe) -> None:
        super().__init__(network, recipe, _groups(network, recipe.optimizer))
        self.environment = environment
        self.objective = find_objective(recipe.loss)
        self.ordering = ordering_of(recipe.order, environment)
        _check(environment, recipe, self.objective)
        self.graph = StateGraph(environment) if isinstance(environment, Enumerable) else None
        self.policy = self._policy(recipe.temperature)
        if self.graph is not None and len(self.graph) <= WHOLE * recipe.batch_size:
            self.policy = WholePolicy(self.policy, self.graph)
        self.evaluation = evaluation_of(environment, self.graph, self.ordering, recipe.evaluation_samples)
        self.metric, self.maximize = self.evaluation.metric, self.evaluation.maximize
        n_values = self.ordering.n_objectives if self.ordering else 1
        self.replay = Replay(recipe.replay, environment.initial(1).shape[1], n_values)
        self._worth = "log_reward" if isinstance(environment, Rewarded) else "objectives"

    def measured_baselines(self) -> dict[str, float]:
        """Build objects by each baseline, where a reward is learned; of many problems, those of an evaluation."""
        if self.ordering is not None or not isinstance(self.environment, Rewarded):
            return {}
        sources = draw_sources(self.environment, self.recipe.evaluation_samples, self.rng(EVALUATION, 0))
        return {name: float(worth(sources).mean()) for name, worth in baselines_of(self.environment).items()}

    def step(self, rng: np.random.Generator, /) -> dict[str, float]:
        """Draw a batch and descend.

        Returns ``loss`` and ``gradient_norm``, and of the batch the mean ``log_reward``, its standard deviation
        ``log_reward_std``, and the mean ``length`` of the trajectories. Where an order is learned, ``order`` is its
        loss, and means and deviations are those of the objectives' sum.
        """
        if isinstance(self.policy, WholePolicy):
            self.policy.refresh()
        batch = self._draw(rng)
        values = self._values(batch)
        self._remember(batch, values)
        balance = self.balance(batch)
        loss = balance.loss + self.recipe.backward_kl * balance.divergence
        order = {}
        if self.ordering is not None:
            of_order = self.ordering.loss(balance.log_reward, values)
            loss = loss + self.recipe.order.weight * of_order
            order = {"order": of_order.item()}
        measured = self.optimizer.step(loss, _contents(batch, values))
        self.count += int(batch.lengths.sum())
        worth = values.sum(axis=1)
        return {
            **measured,
            **order,
            self._worth: float(worth.mean()),
            f"{self._worth}_std": float(worth.std()),
            "length": float(batch.lengths.mean()),
        }

    def balance(self, batch: Trajectories) -> Balance:
        """Return the loss of a batch on its flow, and its learned log-rewards, from which an order is learned."""
        given = batch if self.ordering is None else batch.without_reward()
        return self.objective.balance(self.policy, given, self.recipe.subtb_lambda)

    @torch.no_grad()
    def evaluate(self, epoch: int) -> dict[str, float]:
        """Return the metrics of :mod:`~.evaluation`, of many problems for the same sample each time.

        Raises
        ------
        RecipeError
            If all objects that were met are alike, where an order is learned.
        """
        self.network.eval()
        if self.ordering is not None:
            self.ordering.check_spread()
        policy = self._policy(1.0)
        sample = 0 if isinstance(self.environment, Conditional) else epoch
        log_z = float(self.objective.log_z(policy))
        return self.evaluation.measure(policy, log_z, self.rng(EVALUATION, sample))

    def state(self) -> dict[str, Any]:
        """Return weights, optimizer, what can be replayed, and what an order was learned from."""
        ordering = {"ordering": self.ordering.state()} if self.ordering else {}
        return super().state() | {"replay": self.replay.state(), **ordering}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        super().load_state(state)
        self.replay.load_state(state["replay"])
        if self.ordering is not None:
            self.ordering.load_state(state["ordering"])

    def _draw(self, rng: np.random.Generator) -> Trajectories:
        """Return new trajectories and, where the recipe replays, others to objects that were built before."""
        new = self._forward(rng)
        if self.recipe.replay.batch_size == 0:
            return new
        objects = self.replay.draw(rng)
        if not len(objects):
            return new
        return joined(new, sample_backward(self.environment, self.policy.backward, objects, rng))

    def _forward(self, rng: np.random.Generator) -> Trajectories:
        exploration, n = self.recipe.exploration, self.recipe.batch_size
        policy = self.policy
        if not isinstance(policy, WholePolicy):
            return sample_forward(self.environment, policy.forward, n, rng, exploration=exploration)
        probabilities = explored(policy.everywhere(), policy.graph.forward_mask, exploration)
        rewards = self.evaluation.exact.log_reward if isinstance(self.evaluation, ExactRewards) else None
        return sample_walks(policy.graph, probabilities, n, rng, rewards)

    def _values(self, batch: Trajectories) -> FloatArray:
        """Return what the objects of a batch are judged by, shape (n, n_values)."""
        if self.ordering is not None:
            return self.ordering.values(batch.objects)
        assert batch.log_reward is not None  # an environment without rewards has an ordering
        return batch.log_reward[:, None]

    def _remember(self, batch: Trajectories, values: FloatArray) -> None:
        """Keep the new objects of a batch, which are its first ones, for later replays."""
        if self.recipe.replay.batch_size > 0:
            n = self.recipe.batch_size
            self.replay.add(batch.objects[:n], values[:n])

    def _policy(self, temperature: float) -> Policy:
        forward_looking = self.recipe.forward_looking
        return Policy(self.network, self.environment, self.device, temperature, forward_looking)


def _check(environment: Dag, recipe: GFlowNetRecipe, objective: Objective) -> None:
    """See that the loss fits the environment.

    Raises
    ------
    RecipeError
        If it does not.
    """
    name = type(environment).__name__
    if objective.has_one_log_z and isinstance(environment, Conditional):
        raise RecipeError(
            f"loss {recipe.loss} has one log Z, and each problem of {name} its own; choose db or subtb"
        )
    if recipe.forward_looking and not isinstance(environment, ForwardLooking):
        raise RecipeError(f"forward_looking needs rewards of unfinished objects, which {name} does not know")
    if recipe.forward_looking and not objective.has_state_flows:
        raise RecipeError(f"forward_looking changes flows of states, which loss {recipe.loss} has none of")
    if recipe.backward_kl > 0.0 and not objective.has_backward_policy:
        raise RecipeError(f"backward_kl regularises P_B, which loss {recipe.loss} has none of; set it to 0")


def _groups(network: Any, settings: GFlowNetOptimizerSettings) -> list[dict[str, Any]]:
    others: list[Tensor] = [p for p in network.parameters() if p is not network.log_z]
    log_z = {"params": [network.log_z], "lr": settings.log_z_learning_rate, "weight_decay": 0.0}
    return [{"params": others, "lr": settings.learning_rate}, log_z]


def _contents(batch: Trajectories, values: FloatArray) -> dict[str, Any]:
    """Return a batch as tensors, for inspection if its loss is not finite."""
    return {
        "states": torch.from_numpy(batch.states),
        "actions": torch.from_numpy(batch.actions),
        "lengths": torch.from_numpy(batch.lengths),
        "values": torch.from_numpy(values),
    }


def _sizes(environment: Dag) -> dict[str, int]:
    return {"n_features": environment.n_features, "n_actions": environment.n_actions}


trainer = NamedTrainer(
    GFlowNetRecipe,
    GFlowNetLearner,
    "environment",
    ("step", "backward_step", "forward_mask", "backward_mask", "encode"),
    sizes=_sizes,
)
"""The trainer of ``kind = "gflownet"``."""
