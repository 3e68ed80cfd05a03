"""What a method can say for sure, or with a probability, about seeds that it chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Certificate:
    """A statement about the spread of seeds, relative to that of the best ones.

    Attributes
    ----------
    method : str
        That made it.
    ratio : float
        The seeds spread at least so many times as far as the best ones,
    probability : float
        with this probability.
    lower, upper : float or None
        Bounds on the spread of the seeds and of the best ones, whose quotient is the ratio; None where the method knows
        the ratio alone, from how many sets it drew.
    sets : int
        Reverse reachable sets that were drawn.
    """

    method: str
    ratio: float
    probability: float
    lower: float | None
    upper: float | None
    sets: int

    @property
    def document(self) -> dict[str, Any]:
        """What a report says of it."""
        return {
            "method": self.method,
            "ratio": self.ratio,
            "probability": self.probability,
            "lower": self.lower,
            "upper": self.upper,
            "sets": self.sets,
        }


@dataclass(frozen=True, eq=False)
class Choice:
    """Seeds, and what is known about them.

    Attributes
    ----------
    seeds : int32, shape (n_seeds,)
        In the order chosen, without those given.
    certificate : Certificate or None
    limit : str
        What ended the method early: ``timelimit``, ``memlimit``, ``userinterrupt``; empty if nothing did.
    """

    seeds: NDArray[np.int32]
    certificate: Certificate | None = None
    limit: str = ""
