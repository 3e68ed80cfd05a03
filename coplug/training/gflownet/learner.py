"""GFlowNets as a learner for :mod:`coplug.training.loop`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from coplug.contracts.dag import Conditional, Enumerable, ForwardLooking, Rewarded
from coplug.errors import RecipeError
from coplug.training.gflownet.exact import Exact, total_variation
from coplug.training.gflownet.losses import Balance
from coplug.training.gflownet.objectives import OBJECTIVES
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.replay import Replay, ReplaySettings
from coplug.training.gflownet.trajectories import Trajectories, joined, sample_backward, sample_forward
from coplug.training.loop import LoopRecipe
from coplug.training.optimizer import Optimizer, OptimizerSettings
from coplug.training.recipe import Arguments, to_table

_TRAINING, _EVALUATION = 1, 2  # spawn keys of the generators that draw trajectories


@dataclass(frozen=True, kw_only=True)
class GFlowNetOptimizerSettings(OptimizerSettings):
    """Adam's settings; log Z, a sum over all objects, has far to go and a learning rate of its own."""

    log_z_learning_rate: float = field(default=0.1, metadata={"minimum": 0.0})


@dataclass(frozen=True, kw_only=True)
class GFlowNetRecipe(LoopRecipe):
    """What a GFlowNet needs to know.

    Attributes
    ----------
    environment, network : str
        ``package.module:object`` of a callable that makes the environment, a :class:`~coplug.contracts.dag.Rewarded`
        DAG, and of one that makes the network (:class:`~.policy.Network`, an ``nn.Module`` with a method
        ``export(directory, info)``) from ``n_features`` and ``n_actions``.
    environment_arguments, network_arguments : table
        Their (other) keyword arguments.
    loss : str
        ``fm``, ``db``, ``tb`` or ``subtb``; see :mod:`~.losses`.
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
    optimizer : GFlowNetOptimizerSettings
    """

    environment: str
    network: str = "coplug.models.gflownet_mlp:GFlowNetMLP"
    environment_arguments: Arguments = field(default_factory=dict)
    network_arguments: Arguments = field(default_factory=dict)
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
        if self.loss not in OBJECTIVES:
            raise RecipeError(f"loss is {self.loss!r}, expected one of {', '.join(OBJECTIVES)}")
        for key in ("subtb_lambda", "temperature"):
            if getattr(self, key) <= 0.0:
                raise RecipeError(f"{key} is {getattr(self, key)}, expected a number above 0")


class GFlowNetLearner:
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
        self.network = network
        self.environment = environment
        self.recipe = recipe
        self.exact = Exact(environment) if isinstance(environment, Enumerable) else None
        self.metric, self.maximize = ("tv", False) if self.exact else ("log_reward", True)
        self.objective = OBJECTIVES[recipe.loss]
        _check(environment, recipe)
        self.policy = self._policy(recipe.temperature)
        self.replay = Replay(recipe.replay, environment.initial(1).shape[1])
        self.optimizer = _optimizer(network, recipe)
        self._trained_with = self.optimizer.learning_rate

    def prepare(self) -> None:
        """Do nothing."""

    def steps(self, epoch: int, start: int) -> Iterator[dict[str, float]]:
        """Draw a batch and descend; yields ``loss``, ``gradient_norm`` and ``log_reward``, the batch's mean."""
        self.network.train()
        for step in range(start, self.recipe.epoch_steps):
            self._trained_with = self.optimizer.learning_rate
            batch = self._draw(self._rng(_TRAINING, epoch, step))
            measured = self.optimizer.step(self.balance(batch).loss, _contents(batch))
            self.optimizer.advance()
            yield {**measured, "log_reward": float(batch.log_reward.mean())}

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

    def end_epoch(self, improved: bool, bad_epochs: int) -> str:
        """Do nothing: the schedule alone changes the learning rate."""
        return ""

    def measurements(self) -> dict[str, float]:
        """Return the learning rate of the last step."""
        return {"learning_rate": self._trained_with}

    def export(self, directory: Path, metrics: dict[str, float]) -> None:
        """Write the network's weights directory."""
        self.network.export(directory, {"recipe": to_table(self.recipe), "metrics": metrics})

    def state(self) -> dict[str, Any]:
        """Return weights, optimizer and what can be replayed."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state(),
            "replay": self.replay.state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state(state["optimizer"])
        self.replay.load_state(state["replay"])
        self._trained_with = self.optimizer.learning_rate

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
        rng = self._rng(_EVALUATION, number)
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
        device = self.network.log_z.device
        return Policy(self.network, self.environment, device, temperature, self.recipe.forward_looking)

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.recipe.seed, spawn_key=key))


def _check(environment: Rewarded, recipe: GFlowNetRecipe) -> None:
    """See that the loss fits the environment.

    Raises
    ------
    RecipeError
        If it does not.
    """
    name = type(environment).__name__
    if recipe.loss == "tb" and isinstance(environment, Conditional):
        raise RecipeError(f"loss tb has one log Z, and each problem of {name} its own; choose db or subtb")
    if recipe.forward_looking and not isinstance(environment, ForwardLooking):
        raise RecipeError(f"forward_looking needs rewards of unfinished objects, which {name} does not know")
    if recipe.forward_looking and recipe.loss not in ("db", "subtb"):
        raise RecipeError(f"forward_looking changes flows of states, which loss {recipe.loss} has none of")


def _optimizer(network: Any, recipe: GFlowNetRecipe) -> Optimizer:
    settings = recipe.optimizer
    others: list[Tensor] = [p for p in network.parameters() if p is not network.log_z]
    log_z = {"params": [network.log_z], "lr": settings.log_z_learning_rate, "weight_decay": 0.0}
    groups = [{"params": others, "lr": settings.learning_rate}, log_z]
    return Optimizer(groups, settings, recipe.max_epochs * recipe.epoch_steps)


def _contents(batch: Trajectories) -> dict[str, Any]:
    """Return a batch as tensors, for inspection if its loss is not finite."""
    return {
        "states": torch.from_numpy(batch.states),
        "actions": torch.from_numpy(batch.actions),
        "lengths": torch.from_numpy(batch.lengths),
        "log_reward": torch.from_numpy(batch.log_reward),
    }
