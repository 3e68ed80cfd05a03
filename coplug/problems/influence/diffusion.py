"""What spreads and how: independent cascade, linear threshold, susceptible-infected-susceptible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IC, LT, SIS = 0, 1, 2
"""Models, for kernels."""

KINDS = {"ic": IC, "lt": LT, "sis": SIS}


@dataclass(frozen=True)
class Diffusion:
    """How something spreads.

    - ``ic``, independent cascade: a node that becomes active has one chance to activate each node that its arcs lead
      to, with the probability of the arc.
    - ``lt``, linear threshold: a node becomes active once the weights of arcs from active nodes reach its threshold,
      which is uniform in [0, 1), or the same for all.
    - ``sis``: in each round, an infected node infects each node that its arcs lead to with probability ``beta``, and
      recovers with probability ``recovery`` unless it is infected again; those infected after the last round count.

    Sources: D. Kempe, J. Kleinberg and E. Tardos, Maximizing the spread of influence through a social network, KDD
    2003 (ic, lt, live arcs); D. Chakrabarti, Y. Wang, C. Wang, J. Leskovec and C. Faloutsos, Epidemic thresholds in
    real networks, ACM TISSEC 10 (2008) (sis).

    Attributes
    ----------
    model : str
        ``ic``, ``lt`` or ``sis``.
    probability : str
        ``weighted-cascade``, ``column``, or a number as text; for ic and lt.
    threshold : float or None
        Of every node, for lt; None: random ones.
    beta, recovery : float
        For sis, in [0, 1].
    rounds : int
        For sis.
    """

    model: str = "ic"
    probability: str = "weighted-cascade"
    threshold: float | None = None
    beta: float = 0.001
    recovery: float = 0.001
    rounds: int = 100

    @property
    def kind(self) -> int:
        """The model as kernels know it."""
        return KINDS[self.model]

    @property
    def is_submodular(self) -> bool:
        """Whether the spread is a submodular function of the seeds, and live arcs stand for it."""
        return self.threshold is None

    @property
    def document(self) -> dict[str, Any]:
        """What a report says of it."""
        if self.model == "sis":
            return {"model": "sis", "beta": self.beta, "recovery": self.recovery, "rounds": self.rounds}
        said: dict[str, Any] = {"model": self.model, "probability": self.probability}
        if self.model == "lt":
            said["threshold"] = "random" if self.threshold is None else self.threshold
        return said

    @property
    def text(self) -> str:
        """The same in one line."""
        return ", ".join(
            str(value) if key in ("model", "probability") else f"{key} {value}"
            for key, value in self.document.items()
        )
