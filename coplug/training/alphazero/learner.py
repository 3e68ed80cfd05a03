"""AlphaZero as a learner for :mod:`coplug.training.loop`."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from coplug.algorithms.guided import first_actions
from coplug.algorithms.settings import Gumbel, Puct
from coplug.contracts.game import Game, baselines_of
from coplug.errors import RecipeError
from coplug.training.alphazero.network_model import network_model
from coplug.training.alphazero.selfplay import POLICY, STATE, VALUE, Settings, match, play
from coplug.training.learner import EVALUATION, BaseLearner, episode_means
from coplug.training.named_trainer import NamedRecipe, NamedTrainer
from coplug.training.optimizer import OptimizerSettings
from coplug.training.recipe import Arguments
from coplug.training.replay import ReplayBuffer, to_state

SEARCHES = ("puct", "gumbel")


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """The tree search; see :mod:`coplug.algorithms.settings`.

    Attributes
    ----------
    kind : str
        ``puct`` or ``gumbel``.
    simulations : int
        At each move.
    width : int
        Only so many actions of a node are kept, those of highest prior; 0 keeps all.
    considered : int
        Actions of the root that Gumbel tries.
    dirichlet_fraction : float
        Share of noise in PUCT's priors at the root, in self-play only; 0 to 1.
    dirichlet_alpha : float
        Concentration of that noise: the smaller, the fewer actions share it.
    discount : float
        Of the returns, above 0 and at most 1.
    """

    kind: str = "puct"
    simulations: int = field(default=64, metadata={"minimum": 1})
    width: int = field(default=0, metadata={"minimum": 0})
    considered: int = field(default=16, metadata={"minimum": 1})
    dirichlet_fraction: float = field(default=0.25, metadata={"minimum": 0.0, "maximum": 1.0})
    dirichlet_alpha: float = field(default=0.3, metadata={"minimum": 1e-6})
    discount: float = field(default=1.0, metadata={"minimum": 1e-6, "maximum": 1.0})

    def __post_init__(self) -> None:
        if self.kind not in SEARCHES:
            raise RecipeError(f"search.kind is {self.kind!r}, expected one of {', '.join(SEARCHES)}")

    def build(self, two_player: bool) -> Settings:
        """Return the settings of the search in self-play."""
        common: dict[str, Any] = {
            "n_simulations": self.simulations,
            "discount": self.discount,
            "two_player": two_player,
            "width": self.width or None,
        }
        if self.kind == "gumbel":
            return Gumbel(n_considered=self.considered, **common)
        return Puct(
            dirichlet_fraction=self.dirichlet_fraction, dirichlet_alpha=self.dirichlet_alpha, **common
        )


def without_noise(settings: Settings) -> Settings:
    """Return the settings of the search in an evaluation."""
    if isinstance(settings, Gumbel):
        return replace(settings, gumbel_scale=0.0)
    return replace(settings, dirichlet_fraction=0.0)


@dataclass(frozen=True, kw_only=True)
class AlphaZeroRecipe(NamedRecipe):
    """A :class:`NamedRecipe` whose steps play and learn.

    Attributes
    ----------
    game : str
        ``package.module:object`` of a callable that makes the :class:`~coplug.contracts.game.Game`. The network maps
        encoded states to logits and values.
    game_arguments : table
        Its keyword arguments.
    search : SearchSettings
        The tree search in self-play and evaluations.
    episodes_per_step : int
        Episodes of self-play of a training step, side by side.
    hot_moves : int
        First moves of an episode that are drawn by their share of the visits.
    updates_per_step : int
        Batches of a training step.
    batch_size : int
        Positions of a batch.
    capacity : int
        Positions that are kept; the newest.
    value : float
        Weight of the value's squared error beside the policy's cross-entropy.
    evaluation_episodes : int
        Episodes of an evaluation, or games of a match.
    gate : float
        A network takes over self-play when an evaluation puts it so far ahead of the one that plays: in mean return for
        one player, in mean return of the games between them for two.
    """

    game: str
    game_arguments: Arguments = field(default_factory=dict)
    search: SearchSettings = field(default=SearchSettings())
    episodes_per_step: int = field(default=32, metadata={"minimum": 1})
    hot_moves: int = field(default=8, metadata={"minimum": 0})
    updates_per_step: int = field(default=8, metadata={"minimum": 1})
    batch_size: int = field(default=128, metadata={"minimum": 1})
    capacity: int = field(default=50_000, metadata={"minimum": 1})
    value: float = field(default=1.0, metadata={"minimum": 0.0})
    evaluation_episodes: int = field(default=32, metadata={"minimum": 1})
    gate: float = 0.0
    optimizer: OptimizerSettings = field(default=OptimizerSettings(weight_decay=1e-4))


class AlphaZeroLearner(BaseLearner[AlphaZeroRecipe]):
    """Learns what its search finds; source: Silver et al., Science 362 (2018), with AlphaGo Zero's gate.

    For one player, an evaluation is the mean return of searched episodes without noise, the same ones every time. For
    two, it is the mean return against the network that plays; the metric counts how often that one was replaced.

    Parameters
    ----------
    network : nn.Module
        On its device.
    game : Game
    recipe : AlphaZeroRecipe
    """

    def __init__(self, network: Any, game: Game, recipe: AlphaZeroRecipe) -> None:
        super().__init__(network, recipe)
        self.game = game
        self.metric = "generation" if game.two_player else "return"
        self.settings = recipe.search.build(game.two_player)
        self.player = copy.deepcopy(network)
        self.generation = 0
        self.player_return = -np.inf
        self.replay = ReplayBuffer(recipe.capacity)

    def measured_baselines(self) -> dict[str, float]:
        """Let each baseline of a game of one player play from where the evaluation begins."""
        if self.game.two_player:
            return {}
        starts = self.game.initial_states(self.recipe.evaluation_episodes, self.rng(EVALUATION))
        return {name: float(returns(starts).mean()) for name, returns in baselines_of(self.game).items()}

    def step(self, rng: np.random.Generator, /) -> dict[str, float]:
        """Play and learn; returns means over the episodes and over the updates.

        Of the episodes ``return`` and its standard deviation ``return_std``, and ``length``. Of the updates ``loss``,
        ``gradient_norm``, ``policy_loss``, ``value_loss``, the network's ``entropy`` in nats, and ``kl``, the
        divergence of the searched policies from the network's.
        """
        self.player.eval()
        model = network_model(self.game, self.player, self.device)
        played = play(model, self.recipe.episodes_per_step, self.settings, self.recipe.hot_moves, rng)
        self.replay.add(played.examples)
        means = self.all_or_none(self._update(rng) for _ in range(self.recipe.updates_per_step))
        self.count += int(played.lengths.sum())
        return {**episode_means(played.returns, played.lengths), **means}

    def _update(self, rng: np.random.Generator) -> dict[str, float]:
        batch = self.replay.sample(self.recipe.batch_size, rng)
        states = batch.nodes[STATE].values
        inputs, policy, value = (
            torch.from_numpy(array).to(self.device)
            for array in (self.game.encode(states), batch.extras[POLICY].values, batch.extras[VALUE].values)
        )
        logits, values = self.network(inputs)
        k = logits.shape[1]
        legal = torch.from_numpy(first_actions(self.game.legal(states), k)).to(self.device)
        cross_entropy = policy_loss(logits, policy[:, :k].to(logits.dtype), legal)
        squared_error = (values - value.to(values.dtype)).square().mean()
        loss = cross_entropy + self.recipe.value * squared_error
        measured = self.optimizer.step(loss, {"examples": to_state(batch)})
        return measured | {
            "policy_loss": cross_entropy.item(),
            "value_loss": squared_error.item(),
            "entropy": mean_entropy(torch.softmax(logits.detach().masked_fill(~legal, -torch.inf), dim=1)),
            "kl": cross_entropy.item() - mean_entropy(policy),
        }

    def evaluate(self, epoch: int) -> dict[str, float]:
        """Play the network, and let it take over if it is ahead by the gate."""
        self.network.eval()
        self.player.eval()
        model = network_model(self.game, self.network, self.device)
        settings, rng = without_noise(self.settings), self.rng(EVALUATION)
        count = self.recipe.evaluation_episodes
        if self.game.two_player:
            player = network_model(self.game, self.player, self.device)
            lead = match(self.game, (model, player), count, settings, rng)
            self._gate(lead > self.recipe.gate, 0.0)
            return {"generation": float(self.generation), "lead": lead}
        found = play(model, count, settings, 0, rng)
        mean = float(found.returns.mean())
        self._gate(mean > self.player_return + self.recipe.gate, mean)
        return {**episode_means(found.returns, found.lengths), "generation": float(self.generation)}

    def _gate(self, ahead: bool, mean: float) -> None:
        if ahead:
            self.player.load_state_dict(self.network.state_dict())
            self.player_return = mean
            self.generation += 1

    def measurements(self) -> dict[str, float]:
        """Return what every learner does, and the size of the buffer."""
        return super().measurements() | {"replay": float(len(self.replay))}

    def state(self) -> dict[str, Any]:
        """Return both networks, the optimizer, the buffer and the gate."""
        return super().state() | {
            "player": self.player.state_dict(),
            "replay": self.replay.state(),
            "generation": self.generation,
            "player_return": self.player_return if self.generation else 0.0,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        super().load_state(state)
        self.player.load_state_dict(state["player"])
        self.replay.load_state(state["replay"])
        self.generation = int(state["generation"])
        self.player_return = float(state["player_return"]) if self.generation else -np.inf


def policy_loss(logits: Tensor, policy: Tensor, legal: Tensor) -> Tensor:
    """Return the mean cross-entropy of the searched policies and the network's over the legal actions, shape ().

    Parameters
    ----------
    logits, policy : float, shape (n, n_actions)
    legal : bool, shape (n, n_actions)
    """
    log_p = torch.log_softmax(logits.masked_fill(~legal, -torch.inf), dim=1)
    return -(policy * log_p.masked_fill(~legal, 0.0)).sum(dim=1).mean()


def mean_entropy(probabilities: Tensor) -> float:
    """Return the mean entropy of distributions in the rows, in nats; shape (n, n_actions)."""
    return -float(torch.special.xlogy(probabilities, probabilities).sum(dim=1).mean())


trainer = NamedTrainer(
    AlphaZeroRecipe, AlphaZeroLearner, "game", ("initial_states", "step", "legal", "encode")
)
"""The trainer of ``kind = "alphazero"``."""
