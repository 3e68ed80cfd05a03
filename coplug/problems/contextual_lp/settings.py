"""What learning can be asked."""

from __future__ import annotations

from dataclasses import dataclass

from coplug.errors import UsageError
from coplug.problems.contextual_lp.solvers import solver_name

FROM_DECISIONS = ("mom", "cilp", "fenchel-young", "contrastive")
"""Methods that need no costs."""

FROM_COSTS = ("least-squares", "ridge", "forest", "spo+")
METHODS = (*FROM_DECISIONS, *FROM_COSTS)
PREDICTORS = ("linear", "polynomial", "radial", "auto", "network")

STRENGTHS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
"""Of the regularisation, that held-out decisions choose from."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How costs are learned.

    Attributes
    ----------
    method : str
        One of :data:`METHODS`.
    predictor : str
        ``linear``; ``polynomial``; ``radial``, a kernel; ``auto``: linear or quadratic, what predicts held-out
        decisions better; ``network``, which needs torch.
    degree : int
        Of ``polynomial``, 1 to 3.
    landmarks : int
        Of ``radial``, at most; every sample if there are no more.
    gamma : float
        Width of the kernel; 0: the median distance.
    strength : float
        Of the regularisation; 0: what predicts held-out decisions best.
    margin : float
        That reduced costs are asked for; what it is makes no difference where all costs are predicted.
    bags : int
        Predictors of resampled data that are averaged; 1 for none, 0: one or eight, what predicts held-out decisions
        better. It helps where decisions are noisy.
    epochs, batch : int
        Of methods that learn step by step.
    rate : float
        Of Adam.
    noise : float
        Standard deviation of the perturbations of ``fenchel-young``.
    draws : int
        Perturbations a sample.
    solver : str
        Of programs, for methods that solve any, and for held-out decisions.
    seed : int
    """

    method: str = "mom"
    predictor: str = "linear"
    degree: int = 2
    landmarks: int = 50
    gamma: float = 0.0
    strength: float = 0.0
    margin: float = 1.0
    bags: int = 1
    epochs: int = 20
    batch: int = 32
    rate: float = 0.01
    noise: float = 1.0
    draws: int = 1
    solver: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for key, choices in (("method", METHODS), ("predictor", PREDICTORS)):
            value = getattr(self, key)
            if value not in choices:
                raise UsageError(f"{key} {value!r} is unknown; choose from {', '.join(choices)}")
        solver_name(self.solver)
        ranges = {
            "degree": (1, 3),
            "landmarks": (1, 2**16),
            "bags": (0, 1000),
            "epochs": (1, 10**6),
            "draws": (1, 1000),
        }
        for key, (low, high) in ranges.items():
            if not low <= getattr(self, key) <= high:
                raise UsageError(f"{key} {getattr(self, key)} is out of range; take {low} to {high}")
        if self.margin <= 0 or self.rate <= 0 or self.batch < 1:
            raise UsageError("margin, rate and batch are above 0")
        if self.strength < 0 or self.gamma < 0 or self.noise < 0:
            raise UsageError("strength, gamma and noise are at least 0")
        if self.predictor == "network" and self.method not in ("mom", "cilp"):
            raise UsageError(f"predictor network is for mom and cilp, not for {self.method}")
        if self.predictor == "auto" and self.method in ("forest", "spo+", "fenchel-young", "contrastive"):
            raise UsageError(
                f"predictor auto is for mom, cilp, least-squares and ridge; {self.method} takes another"
            )
