"""One optimizer step, the same for every learner: schedule, gradient clipping, and a stop at what is not finite."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from coplug.errors import RecipeError

SCHEDULES = ("constant", "linear", "cosine")


class DivergenceError(RecipeError):
    """A loss or gradient that is not finite.

    Attributes
    ----------
    batch : mapping
        Tensors and plain values that the step was given.
    """

    def __init__(self, message: str, batch: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.batch = dict(batch)


@dataclass(frozen=True, kw_only=True)
class OptimizerSettings:
    """Adam's settings.

    Attributes
    ----------
    learning_rate : float
        At the start.
    schedule : str
        How it goes on over all planned steps: ``constant``, ``linear`` or ``cosine``, the last two to 0.
    factor : float
        What the learning rate is multiplied with on a plateau, where a learner looks for plateaus.
    gradient_clip : float
        Largest norm of the gradient; 0 for no limit.
    weight_decay : float
        Decoupled from the gradient, as in AdamW (Loshchilov and Hutter, ICLR 2019).
    """

    learning_rate: float = field(default=1e-3, metadata={"minimum": 0.0})
    schedule: str = "constant"
    factor: float = field(default=0.2, metadata={"minimum": 0.0})
    gradient_clip: float = field(default=0.0, metadata={"minimum": 0.0})
    weight_decay: float = field(default=0.0, metadata={"minimum": 0.0})

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise RecipeError(
                f"optimizer.schedule is {self.schedule!r}, expected one of {', '.join(SCHEDULES)}"
            )


class Optimizer:
    """Adam with a schedule, clipping, and a check before anything is changed.

    Parameters
    ----------
    parameters : iterable of parameters, or of groups with their own ``lr``
    settings : OptimizerSettings
    total_steps : int
        Training steps until the schedule ends; unused by a constant one. A training step may take several of the
        optimizer's; :meth:`advance` tells that one is over.

    Attributes
    ----------
    used_learning_rate : float
        The first group's at the last step; before any step, that of the first one.
    """

    def __init__(self, parameters: Iterable[Any], settings: OptimizerSettings, total_steps: int = 0) -> None:
        self.settings = settings
        self.adam = torch.optim.AdamW(
            parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.total_steps = total_steps
        self.steps = 0
        self.plateau_scale = 1.0
        self._bases = [float(group["lr"]) for group in self.adam.param_groups]
        self.used_learning_rate = self.learning_rate

    @property
    def learning_rate(self) -> float:
        """The first group's learning rate at the next step."""
        return self._bases[0] * self._scale()

    def step(self, loss: Tensor, batch: Mapping[str, Any]) -> dict[str, float]:
        """Descend along the gradient of ``loss``.

        Parameters
        ----------
        loss : Tensor, shape ()
        batch : mapping
            What the loss was computed from, for inspection if it is not finite.

        Returns
        -------
        dict
            ``loss`` and ``gradient_norm``, the latter before clipping.

        Raises
        ------
        DivergenceError
            If the loss or the gradient is not finite; no parameter has changed then.
        """
        self.adam.zero_grad()
        value = loss.item()
        if not math.isfinite(value):
            raise DivergenceError(f"the loss is {value}", batch)
        loss.backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
        norm = self._clip()
        if not math.isfinite(norm):
            self.adam.zero_grad()
            raise DivergenceError(f"the norm of the gradient is {norm}", batch)
        scale = self._scale()
        for group, base in zip(self.adam.param_groups, self._bases, strict=True):
            group["lr"] = base * scale
        self.used_learning_rate = self._bases[0] * scale
        self.adam.step()
        return {"loss": value, "gradient_norm": norm}

    def advance(self) -> None:
        """Go on along the schedule by one training step."""
        self.steps += 1

    def reduce(self) -> None:
        """Multiply the learning rate by ``settings.factor`` from now on."""
        self.plateau_scale *= self.settings.factor

    def state(self) -> dict[str, Any]:
        """Return all that further steps depend on."""
        return {
            "adam": self.adam.state_dict(),
            "steps": self.steps,
            "plateau_scale": self.plateau_scale,
            "used_learning_rate": self.used_learning_rate,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self.adam.load_state_dict(state["adam"])
        self.steps = int(state["steps"])
        self.plateau_scale = float(state["plateau_scale"])
        self.used_learning_rate = float(state["used_learning_rate"])

    def _clip(self) -> float:
        parameters = [p for group in self.adam.param_groups for p in group["params"]]
        limit = self.settings.gradient_clip or math.inf
        return float(nn.utils.clip_grad_norm_(parameters, limit))

    def _scale(self) -> float:
        return self.plateau_scale * schedule_factor(self.settings.schedule, self.steps, self.total_steps)


def schedule_factor(schedule: str, step: int, total_steps: int) -> float:
    """Return what a schedule multiplies the learning rate with at ``step`` of ``total_steps``, in [0, 1]."""
    if schedule == "constant" or total_steps <= 0:
        return 1.0
    done = min(step / total_steps, 1.0)
    return 1.0 - done if schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * done))
