"""Learning from the order of objects: which loss compares a batch, by which ranks, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from coplug.algorithms.fronts.dominance import non_dominated
from coplug.contracts.dag import Conditional, Dag, FloatArray, IntArray, MultiObjective, Rewarded, judged
from coplug.errors import RecipeError
from coplug.training.gflownet.order import best_cross_entropy, pairwise_cross_entropy
from coplug.training.gflownet.ranking import Archive

RANKS = ("batch", "global")


@dataclass(frozen=True, kw_only=True)
class OrderSettings:
    """Whether and how the order of objects is learned, and not their reward.

    Attributes
    ----------
    weight : float
        Of the loss on the order, beside the balance between states; 0 where rewards are learned.
    ranks : str
        How several objectives order a batch: ``batch``, its non-dominated objects before all others, or ``global``,
        by fronts among all that were met. With one objective there is no difference.
    capacity : int
        Vectors of objectives that are remembered.
    """

    weight: float = field(default=0.0, metadata={"minimum": 0.0})
    ranks: str = "batch"
    capacity: int = field(default=1000, metadata={"minimum": 1})

    def __post_init__(self) -> None:
        if self.ranks not in RANKS:
            raise RecipeError(f"order.ranks is {self.ranks!r}, expected one of {', '.join(RANKS)}")


class Ordering:
    """The order of an environment's objects, as a loss.

    Parameters
    ----------
    settings : OrderSettings
    environment : Dag
        With objectives, or a reward whose order is meant.

    Raises
    ------
    RecipeError
        If its objects cannot be compared.
    """

    def __init__(self, settings: OrderSettings, environment: Dag) -> None:
        if isinstance(environment, Conditional):
            raise RecipeError(
                f"order.weight above 0 compares objects of one problem, and {type(environment).__name__} draws from "
                "many; make it of one problem"
            )
        self.settings = settings
        self.environment = environment
        self.n_objectives = environment.n_objectives if isinstance(environment, MultiObjective) else 1
        self.archive = Archive(self.n_objectives, settings.capacity)
        self._range = np.array([np.full(self.n_objectives, np.inf), np.full(self.n_objectives, -np.inf)])

    def values(self, objects: IntArray) -> FloatArray:
        """Return what objects are compared by, shape (n, n_objectives).

        Raises
        ------
        RecipeError
            If it is of another shape or not finite.
        """
        values = judged(self.environment, objects)
        name = type(self.environment).__name__
        if values.shape != (len(objects), self.n_objectives):
            raise RecipeError(
                f"{name} gave objectives of shape {values.shape} for {len(objects)} objects, expected "
                f"{(len(objects), self.n_objectives)}; let objectives agree with n_objectives"
            )
        if not np.isfinite(values).all():
            bad = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
            raise RecipeError(
                f"{name} gave objectives {values[bad].tolist()} for the object {objects[bad].tolist()}, expected "
                "finite numbers; mend its objectives. The last checkpoint is kept"
            )
        return values

    def loss(self, log_reward: Tensor, values: FloatArray) -> Tensor:
        """Return the loss of learned log-rewards, shape (n,), on the order of what the objects are compared by."""
        self._range = np.array(
            [np.minimum(self._range[0], values.min(axis=0)), np.maximum(self._range[1], values.max(axis=0))]
        )
        if self.n_objectives == 1:
            return pairwise_cross_entropy(log_reward, _like(values[:, 0], log_reward))
        ranks = self.archive.ranks(values)
        if self.settings.ranks == "global":
            return pairwise_cross_entropy(log_reward, _like(-ranks, log_reward))
        return best_cross_entropy(log_reward, _like(non_dominated(values), log_reward))

    def check_spread(self) -> None:
        """See that objects that were met differ in an objective.

        Raises
        ------
        RecipeError
            If all are alike.
        """
        if (self._range[0] == self._range[1]).all():
            raise RecipeError(
                f"all objects of {type(self.environment).__name__} that were met have the objectives "
                f"{self._range[0].tolist()}, so there is no order to learn; take other objectives or more exploration. "
                "The last checkpoint is kept"
            )

    def state(self) -> dict[str, Any]:
        """Return what was met, for a checkpoint."""
        return {"archive": self.archive.state(), "range": torch.from_numpy(self._range)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self.archive.load_state(state["archive"])
        self._range = state["range"].numpy()


def ordering_of(settings: OrderSettings, environment: Dag) -> Ordering | None:
    """Return the order to learn, or None where rewards are learned.

    Raises
    ------
    RecipeError
        If the environment has nothing of the kind.
    """
    name = type(environment).__name__
    if settings.weight > 0.0:
        return Ordering(settings, environment)
    if isinstance(environment, Rewarded):
        return None
    if isinstance(environment, MultiObjective):
        raise RecipeError(
            f"{name} has objectives and no reward; set order.weight above 0 to learn their order"
        )
    raise RecipeError(f"{name} has neither log_reward nor objectives, so there is nothing to learn")


def _like(array: Any, tensor: Tensor) -> Tensor:
    return torch.from_numpy(array).to(tensor.device)
