"""Evolution strategies: a network is varied at random, and moves to where its variations did better.

It knows no problem: how good a network is at something drawn comes from an :class:`EvolutionTask`. It serves where what
counts is the end of a long chain of hard choices, which has no gradient. Source of the scheme: T. Salimans, J. Ho, X.
Chen, S. Sidor and I. Sutskever, Evolution strategies as a scalable alternative to reinforcement learning,
arXiv:1703.03864: mirrored samples, ranks for values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from coplug.run_metrics import SAMPLES
from coplug.training.named_trainer import NamedRecipe, NamedTrainer
from coplug.training.recipe import Arguments
from coplug.training.task import N_contra, Task, TaskLearner


@dataclass(frozen=True, kw_only=True)
class EvolutionRecipe(NamedRecipe):
    """A :class:`NamedRecipe` whose steps vary the network.

    Attributes
    ----------
    task : str
        ``package.module:object`` of a callable that makes the :class:`EvolutionTask`.
    task_arguments : table
        Its keyword arguments.
    directions : int
        Random directions of a step; the network is tried on both sides of each.
    sigma : float
        Standard deviation of a variation, of each weight.
    """

    task: str
    task_arguments: Arguments = field(default_factory=dict)
    directions: int = field(default=16, metadata={"minimum": 2})
    sigma: float = field(default=0.05, metadata={"minimum": 0.0})


class EvolutionTask(Task[N_contra], Protocol[N_contra]):
    """What a network shall be good at."""

    def fitness(self, network: N_contra, rng: np.random.Generator) -> float:
        """Return how good it is at what is drawn, more being better; the same generator draws the same."""


class EvolutionLearner(TaskLearner[EvolutionRecipe]):
    """A :class:`coplug.training.loop.Learner` that follows the better variations.

    Parameters
    ----------
    network : nn.Module
        On its device.
    task : EvolutionTask
    recipe : EvolutionRecipe
    """

    task: EvolutionTask[Any]
    counted = SAMPLES

    def step(self, rng: np.random.Generator, /) -> dict[str, float]:
        """Try variations, all at the same draws, and do a step; returns means and spread of their fitness."""
        learned = [one for one in self.network.parameters() if one.requires_grad]
        centre = parameters_to_vector(learned).detach()
        noise = torch.from_numpy(rng.standard_normal((self.recipe.directions, len(centre)))).to(centre)
        seed = int(rng.integers(2**63))
        found = np.empty((2, len(noise)))
        for k, direction in enumerate(noise):
            for side, sign in enumerate((1.0, -1.0)):
                vector_to_parameters(centre + sign * self.recipe.sigma * direction, learned)
                found[side, k] = self.task.fitness(self.network, np.random.default_rng(seed))
        vector_to_parameters(centre, learned)
        shares = torch.from_numpy(_differences(found)).to(centre)
        ascent = shares @ noise / (len(noise) * self.recipe.sigma)
        loss = -(parameters_to_vector(learned) @ ascent)
        measured = self.optimizer.step(loss - loss.detach(), {"fitness": torch.from_numpy(found)})
        self.count += found.size
        return {
            "fitness": float(found.mean()),
            "fitness_std": float(found.std()),
            "gradient_norm": measured["gradient_norm"],
        }


def _differences(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each direction how far its sides are apart in the ranking of all, -1 to 1."""
    place = found.ravel().argsort().argsort().reshape(found.shape) / max(1, found.size - 1)
    differences: NDArray[np.float64] = place[0] - place[1]
    return differences


trainer = NamedTrainer(
    EvolutionRecipe,
    EvolutionLearner,
    "task",
    ("fitness", "evaluate", "export"),
    network_methods=("parameters",),
)
"""The trainer of ``kind = "evolution"``."""
