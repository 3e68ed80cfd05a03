"""GFlowNets as a learner for :mod:`coplug.training.loop`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from coplug.contracts.dag import Conditional, Enumerable, ForwardLooking, Rewarded
from coplug.errors import RecipeError
from coplug.training.gflownet.exact import Exact, total_variation
from coplug.training.gflownet.losses import Balance
from coplug.training.gflownet.objectives import Objective, find_objective
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.replay import Replay, ReplaySettings
from coplug.training.gflownet.trajectories import Trajectories, joined, sample_backward, sample_forward
from coplug.training.learner import EVALUATION, BaseLearner
from coplug.training.named_trainer import NamedRecipe, NamedTrainer
from coplug.training.optimizer import OptimizerSettings
from coplug.training.recipe import Arguments


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
        DAG. The network is a :class:`~.policy.Network`, and is also told ``n_features`` and ``n_actions``.
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
    evaluation_samples : int
        Objects of an evaluation where the environment is too large to sum over.
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
    evaluation_samples: int = field(default=1000, metadata={"minimum": 1})
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
    that a run continues to the bit. Where every state can be looked at, epochs are compared by ``tv``, the total
    variation between the distribution that P_F induces and the exact one; elsewhere by the mean log-reward of samples.

    Parameters
    ----------
    network : nn.Module
        A :class:`~.policy.Network` on its device.
    environment : Rewarded
    recipe : GFlowNetRecipe
    """

    def __init__(self, network: Any, environment: Rewarded, recipe: GFlowNetRecipe) -> None:
        super().__init__(network, recipe, _groups(network, recipe.optimizer))
        self.environment = environment
        self.exact = Exact(environment) if isinstance(environment, Enumerable) else None
        self.metric, self.maximize = ("tv", False) if self.exact else ("log_reward", True)
        self.objective = find_objective(recipe.loss)
        _check(environment, recipe, self.objective)
        self.policy = self._policy(recipe.temperature)
        self.replay = Replay(recipe.replay, environment.initial(1).shape[1])

    def step(self, rng: np.random.Generator, /) -> dict[str, float]:
        """Draw a batch and descend.

        Returns ``loss`` and ``gradient_norm``, and of the batch the mean ``log_reward``, its standard deviation
        ``log_reward_std``, and the mean ``length`` of the trajectories.
        """
        batch = self._draw(rng)
        measured = self.optimizer.step(self.balance(batch).loss, _contents(batch))
        self.environment_steps += int(batch.lengths.sum())
        return {
            **measured,
            "log_reward": float(batch.log_reward.mean()),
            "log_reward_std": float(batch.log_reward.std()),
            "length": float(batch.lengths.mean()),
        }

    def balance(self, batch: Trajectories) -> Balance:
        """Return the loss of a batch and its learned log-rewards; an additional loss would use the latter."""
        return self.objective.balance(self.policy, batch, self.recipe.subtb_lambda)

    @torch.no_grad()
    def evaluate(self, epoch: int) -> dict[str, float]:
        """Return exact metrics where every state can be looked at, else those of a sample.

        Exact: ``tv``, ``log_z_error`` (absolute), and ``mean_reward`` of the objects that P_F builds. Sample:
        means of ``log_reward`` and ``mean_reward``. Both: ``log_z``, the learned one. Of a sample from many problems,
        the same ones each time, ``log_reward`` alone.
        """
        self.network.eval()
        if isinstance(self.environment, Conditional):
            return {"log_reward": float(self._sample(0).log_reward.mean())}
        log_z = float(self.objective.log_z(self.policy))
        if self.exact is None:
            return {**self._sampled(epoch), "log_z": log_z}
        built = self.exact.terminal_distribution(self._untempered().forward(self.exact.states))
        return {
            "tv": total_variation(built, self.exact.target),
            "log_z_error": abs(log_z - self.exact.log_z),
            "mean_reward": float(built @ np.exp(self.exact.log_reward)),
            "log_z": log_z,
        }

    def state(self) -> dict[str, Any]:
        """Return weights, optimizer and what can be replayed."""
        return super().state() | {"replay": self.replay.state()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        super().load_state(state)
        self.replay.load_state(state["replay"])

    def _draw(self, rng: np.random.Generator) -> Trajectories:
        """Return new trajectories and, where the recipe replays, others to objects that were built before."""
        recipe = self.recipe
        new = sample_forward(
            self.environment, self.policy.forward, recipe.batch_size, rng, exploration=recipe.exploration
        )
        if recipe.replay.batch_size == 0:
            return new
        objects = self.replay.draw(rng)
        self.replay.add(new.objects, new.log_reward)
        if not len(objects):
            return new
        return joined(new, sample_backward(self.environment, self.policy.backward, objects, rng))

    def _sample(self, number: int) -> Trajectories:
        rng = self.rng(EVALUATION, number)
        forward = self._untempered().forward
        return sample_forward(self.environment, forward, self.recipe.evaluation_samples, rng)

    def _sampled(self, epoch: int) -> dict[str, float]:
        drawn = self._sample(epoch)
        return {
            "log_reward": float(drawn.log_reward.mean()),
            "mean_reward": float(np.exp(drawn.log_reward).mean()),
        }

    def _untempered(self) -> Policy:
        """Return the policy whose objects have the learned distribution."""
        return self._policy(1.0)

    def _policy(self, temperature: float) -> Policy:
        forward_looking = self.recipe.forward_looking
        return Policy(self.network, self.environment, self.device, temperature, forward_looking)


def _check(environment: Rewarded, recipe: GFlowNetRecipe, objective: Objective) -> None:
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


def _groups(network: Any, settings: GFlowNetOptimizerSettings) -> list[dict[str, Any]]:
    others: list[Tensor] = [p for p in network.parameters() if p is not network.log_z]
    log_z = {"params": [network.log_z], "lr": settings.log_z_learning_rate, "weight_decay": 0.0}
    return [{"params": others, "lr": settings.learning_rate}, log_z]


def _contents(batch: Trajectories) -> dict[str, Any]:
    """Return a batch as tensors, for inspection if its loss is not finite."""
    return {
        "states": torch.from_numpy(batch.states),
        "actions": torch.from_numpy(batch.actions),
        "lengths": torch.from_numpy(batch.lengths),
        "log_reward": torch.from_numpy(batch.log_reward),
    }


def _sizes(environment: Rewarded) -> dict[str, int]:
    return {"n_features": environment.n_features, "n_actions": environment.n_actions}


trainer = NamedTrainer(
    GFlowNetRecipe,
    GFlowNetLearner,
    "environment",
    ("step", "backward_step", "forward_mask", "backward_mask", "encode", "log_reward"),
    sizes=_sizes,
)
"""The trainer of ``kind = "gflownet"``."""
