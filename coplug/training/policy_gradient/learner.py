"""REINFORCE and PPO as learners for :mod:`coplug.training.loop`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from coplug.contracts.episodes import Episodes, actions_of, baselines_of
from coplug.errors import RecipeError
from coplug.parallel import Workers
from coplug.training.learner import EVALUATION, BaseLearner, episode_means
from coplug.training.named_trainer import NamedRecipe, NamedTrainer
from coplug.training.optimizer import OptimizerSettings
from coplug.training.policy_gradient.losses import (
    explained_variance,
    kl_estimate,
    look_at,
    ppo_loss,
    reinforce_loss,
    value_loss,
)
from coplug.training.policy_gradient.rollout import (
    Transitions,
    collect_parallel,
    generalized_advantages,
    log_returns,
)
from coplug.training.recipe import Arguments

ALGORITHMS = ("ppo", "reinforce")
BASELINES = ("critic", "mean", "none")
RETURNS = ("sum", "log")


@dataclass(frozen=True, kw_only=True)
class PolicyGradientRecipe(NamedRecipe):
    """What a policy-gradient learner needs to know.

    Attributes
    ----------
    environment : str
        ``package.module:object`` of a callable that makes the :class:`~coplug.contracts.episodes.Episodes`. The network
        is an :class:`~.rollout.ActorCritic`.
    environment_arguments : table
        Its keyword arguments.
    algorithm : str
        ``ppo`` or ``reinforce``.
    baseline : str
        What REINFORCE subtracts from the return: the ``critic``, the ``mean`` over the step's transitions, ``none``.
        PPO always uses its critic.
    episodes_per_step : int
        Episodes that are acted in for one training step, all of them to their end.
    side_by_side : int
        So many of them at a time: the network sees their observations as one batch.
    jobs : int
        Processes that act; what is learned does not depend on it.
    evaluation_episodes : int
        Episodes of an evaluation, with the most probable actions and the same seeds every time.
    returns : str
        What is learned: the discounted ``sum`` of rewards; or, where that cannot be positive, ``log``: with ``G`` the
        sum, ``-log(1 - G)``. A policy then learns as much from small trees as from large ones.
    discount : float
        Of the rewards, 0 to 1.
    gae_lambda : float
        How far advantages look before they trust the critic, see :func:`~.rollout.generalized_advantages` and
        :func:`~.rollout.log_returns`; REINFORCE takes it as 1. With ``log`` the critic learns the return itself,
        whatever lambda is.
    clip : float
        PPO's, for the ratio of probabilities.
    update_epochs : int
        PPO goes over a step's transitions so often. REINFORCE does one update with all.
    minibatch : int
        Transitions of a batch of PPO.
    learned_transitions : int
        Of a step's transitions so many, drawn anew each step, are learned from; 0 for all. Acting may be much cheaper
        than learning.
    entropy : float
        Weight of the entropy bonus.
    value : float
        Weight of the critic's loss.
    """

    MAY_CHANGE = NamedRecipe.MAY_CHANGE | {"jobs"}

    environment: str
    environment_arguments: Arguments = field(default_factory=dict)
    algorithm: str = "ppo"
    baseline: str = "critic"
    episodes_per_step: int = field(default=16, metadata={"minimum": 1})
    side_by_side: int = field(default=8, metadata={"minimum": 1})
    jobs: int = field(default=1, metadata={"minimum": 1})
    evaluation_episodes: int = field(default=32, metadata={"minimum": 1})
    returns: str = "sum"
    discount: float = field(default=0.99, metadata={"minimum": 0.0, "maximum": 1.0})
    gae_lambda: float = field(default=0.95, metadata={"minimum": 0.0, "maximum": 1.0})
    clip: float = field(default=0.2, metadata={"minimum": 0.0})
    update_epochs: int = field(default=4, metadata={"minimum": 1})
    minibatch: int = field(default=256, metadata={"minimum": 1})
    learned_transitions: int = field(default=0, metadata={"minimum": 0})
    entropy: float = field(default=0.01, metadata={"minimum": 0.0})
    value: float = field(default=0.5, metadata={"minimum": 0.0})
    optimizer: OptimizerSettings = field(default=OptimizerSettings(learning_rate=3e-4, gradient_clip=0.5))

    def __post_init__(self) -> None:
        for key, choices in (("algorithm", ALGORITHMS), ("baseline", BASELINES), ("returns", RETURNS)):
            if getattr(self, key) not in choices:
                raise RecipeError(f"{key} is {getattr(self, key)!r}, expected one of {', '.join(choices)}")


class PolicyGradientLearner(BaseLearner[PolicyGradientRecipe]):
    """Acts, and makes what was better than expected more probable.

    Every training step begins new episodes, whose seeds follow from the recipe's seed, the epoch and the step: no
    state of an environment has to be saved.

    Parameters
    ----------
    network : nn.Module
        An :class:`~.rollout.ActorCritic` on its device.
    episodes : Episodes
    recipe : PolicyGradientRecipe
    """

    def __init__(self, network: Any, episodes: Episodes, recipe: PolicyGradientRecipe) -> None:
        super().__init__(network, recipe)
        self.episodes = episodes
        self.metric = "return" if recipe.returns == "sum" else "log_return"

    def measured_baselines(self) -> dict[str, float]:
        """Act by each baseline in the evaluation's episodes."""
        seeds = self._evaluation_seeds()
        return {name: float(returns(seeds).mean()) for name, returns in baselines_of(self.episodes).items()}

    def step(self, rng: np.random.Generator, /) -> dict[str, float]:
        """Act and learn; returns means over the episodes and over the updates.

        Of the episodes ``return`` and its standard deviation ``return_std``, and ``length``; where there is a critic,
        ``explained_variance``, the share of the targets' variance that it knew. Of the updates ``loss``,
        ``gradient_norm``, ``policy_loss``, ``value_loss``, ``entropy`` in nats; PPO's also ``clipped``, the share of
        ratios outside the clip, and ``kl``, an estimate of the divergence from the policy that acted (J. Schulman,
        Approximating KL divergence, 2020: the mean of r - 1 - log r).
        """
        seeds = rng.integers(2**31, size=self.recipe.episodes_per_step).tolist()
        self.network.eval()
        transitions = self._act(seeds, rng)
        self.network.train()
        advantages, targets = self._advantages(transitions)
        measured = self.all_or_none(self._updates(transitions, advantages, targets, rng))
        self.count += len(transitions)
        return {
            **episode_means(transitions.returns, np.diff(transitions.ptr)),
            **self._of_critic(transitions, targets),
            **measured,
        }

    def _of_critic(self, transitions: Transitions, targets: NDArray[np.float64]) -> dict[str, float]:
        if not self._has_critic:
            return {}
        return {"explained_variance": explained_variance(transitions.values, targets)}

    @property
    def _has_critic(self) -> bool:
        return self.recipe.algorithm == "ppo" or self.recipe.baseline == "critic"

    def _act(self, seeds: Sequence[int], rng: np.random.Generator | None) -> Transitions:
        return collect_parallel(
            self.network,
            self.episodes,
            seeds,
            rng,
            side_by_side=self.recipe.side_by_side,
            workers=Workers(self.recipe.jobs),
        )

    def _updates(
        self,
        transitions: Transitions,
        advantages: NDArray[np.float64],
        targets: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> Iterator[dict[str, float]]:
        n = min(len(transitions), self.recipe.learned_transitions or len(transitions))
        learned = rng.permutation(len(transitions))[:n]
        ppo = self.recipe.algorithm == "ppo"
        for _ in range(self.recipe.update_epochs if ppo else 1):
            order = rng.permutation(learned)
            size = self.recipe.minibatch if ppo else n
            for k in range(0, n, size):
                yield self._update(transitions, advantages, targets, order[k : k + size])

    def _advantages(self, transitions: Transitions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return advantages and the critic's targets, both shape (n,)."""
        recipe = self.recipe
        use_critic = self._has_critic
        values = transitions.values if use_critic else np.zeros_like(transitions.values)
        decay = recipe.gae_lambda if recipe.algorithm == "ppo" else 1.0
        if recipe.returns == "log":
            targets = self._log_returns(transitions, values, 1.0)
            advantages = self._log_returns(transitions, values, decay) - values
        else:
            bootstrap = transitions.bootstrap if use_critic else np.zeros_like(transitions.bootstrap)
            advantages = generalized_advantages(
                transitions.rewards,
                values,
                transitions.ptr,
                bootstrap,
                transitions.parents,
                recipe.discount,
                decay,
            )
            targets = advantages + values
        if not use_critic and recipe.baseline == "mean":
            advantages = advantages - advantages.mean()
        return advantages, targets

    def _log_returns(
        self, transitions: Transitions, values: NDArray[np.float64], decay: float
    ) -> NDArray[np.float64]:
        """Return the log returns of transitions, shape (n,).

        Raises
        ------
        RecipeError
            If a reward is positive.
        """
        rewards = transitions.rewards
        if (rewards > 0.0).any():
            raise RecipeError(
                f"returns = 'log' needs rewards that are costs; one reward is {rewards.max():g}"
            )
        return log_returns(rewards, values, transitions.ptr, transitions.parents, self.recipe.discount, decay)

    def _update(
        self,
        transitions: Transitions,
        advantages: NDArray[np.float64],
        targets: NDArray[np.float64],
        part: NDArray[np.int64],
    ) -> dict[str, float]:
        recipe = self.recipe
        graphs = transitions.graphs.take(part).to_torch(self.device)
        action, old, advantage, target = (
            torch.from_numpy(array[part]).to(self.device)
            for array in (transitions.actions, transitions.log_probabilities, advantages, targets)
        )
        if recipe.algorithm == "ppo" and len(part) > 1:
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        logits, values = self.network(graphs)
        chosen = look_at(logits, actions_of(graphs).ptr, action)
        measured = {}
        if recipe.algorithm == "ppo":
            policy, clipped = ppo_loss(chosen.log_probability, old, advantage, recipe.clip)
            measured = {"clipped": clipped.item(), "kl": kl_estimate(chosen.log_probability, old).item()}
        else:
            policy = reinforce_loss(chosen.log_probability, advantage)
        entropy, critic = chosen.entropy.mean(), value_loss(values, target)
        loss = policy - recipe.entropy * entropy + recipe.value * critic
        batch = {"actions": action, "advantages": advantage, "targets": target, **_contents(graphs)}
        measured |= {"policy_loss": policy.item(), "value_loss": critic.item(), "entropy": entropy.item()}
        return self.optimizer.step(loss, batch) | measured

    def evaluate(self, epoch: int) -> dict[str, float]:
        """Return mean, deviation and standard error of the return, and the mean length, of the evaluation's episodes.

        With ``returns = "log"`` also ``log_return``, the mean of ``-log(1 - return)``, by which policies are kept: it
        is not at the mercy of the few longest episodes.
        """
        count = self.recipe.evaluation_episodes
        self.network.eval()
        transitions = self._act(self._evaluation_seeds(), None)
        returns = transitions.returns
        error = float(returns.std(ddof=1) / np.sqrt(count)) if count > 1 else 0.0
        found = {**episode_means(transitions.returns, np.diff(transitions.ptr)), "return_error": error}
        if self.recipe.returns == "log":
            found["log_return"] = float(-np.log1p(-returns).mean())
        return found

    def _evaluation_seeds(self) -> list[int]:
        seeds: list[int] = self.rng(EVALUATION).integers(2**31, size=self.recipe.evaluation_episodes).tolist()
        return seeds


def _contents(graphs: Any) -> Mapping[str, Any]:
    """Return the arrays of a graph batch under plain names, for a checkpoint."""
    return {
        **{f"nodes.{name}": nodes.values for name, nodes in graphs.nodes.items()},
        **{f"edges.{name}": edges.index for name, edges in graphs.edges.items()},
        **{f"extras.{name}": extra.values for name, extra in graphs.extras.items()},
    }


trainer = NamedTrainer(PolicyGradientRecipe, PolicyGradientLearner, "environment", ("reset", "step"))
"""The trainer of ``kind = "policy-gradient"``."""
