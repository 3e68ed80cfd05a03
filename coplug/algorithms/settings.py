"""Settings of the tree searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coplug.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class TreeSettings:
    """What every tree search needs to know.

    Attributes
    ----------
    n_simulations : int
        Visits of the root's actions, at least 1.
    discount : float
        Of rewards, a step; in (0, 1].
    two_player : bool
        Whether two players alternate, one's gain being the other's loss.
    normalize : bool
        Map Q to [0, 1] by the least and largest Q in the tree (MuZero, eq. 5), so that returns may have any
        range. Without, Q should lie in [-1, 1].
    width : int or None
        Keep only so many legal actions of a node, those of highest prior; None keeps all. At least 1.
    leaves : int
        Leaves of one tree evaluated at once, at least 1. More than 1 spreads the selection by virtual loss.

    Raises
    ------
    UsageError
        If a setting is out of range.
    """

    n_simulations: int = 64
    discount: float = 1.0
    two_player: bool = False
    normalize: bool = True
    width: int | None = None
    leaves: int = 1

    def __post_init__(self) -> None:
        _at_least(1, n_simulations=self.n_simulations, leaves=self.leaves, width=self.width or 1)
        if self.width == 0:
            raise UsageError("width is 0; take at least 1, or None to keep all actions")
        if not 0 < self.discount <= 1:
            raise UsageError(f"discount {self.discount} is out of range; take it in (0, 1]")


@dataclass(frozen=True, kw_only=True)
class Puct(TreeSettings):
    """Selection by PUCT, as in AlphaZero (Silver et al., Science 362 (2018), and its pseudocode).

    Attributes
    ----------
    c_base : float
        Of the exploration rate ``log((1 + visits + c_base) / c_base) + c_init``; positive. The larger it is, the later
        the rate grows with the visits.
    c_init : float
        The exploration rate of the first visits.
    unvisited : "zero" or "parent"
        Value of an action not visited yet: 0 after normalisation, that is the least Q, as published; or the value
        of its state.
    dirichlet_fraction : float
        Share of noise in the root's priors, in [0, 1]. AlphaZero trains with 0.25.
    dirichlet_alpha : float
        Concentration of the noise, positive. AlphaZero takes about 10 / (number of legal actions).
    """

    c_base: float = 19652.0
    c_init: float = 1.25
    unvisited: Literal["zero", "parent"] = "zero"
    dirichlet_fraction: float = 0.0
    dirichlet_alpha: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.c_base > 0:
            raise UsageError(f"c_base {self.c_base} is out of range; take it > 0")
        if self.unvisited not in ("zero", "parent"):
            raise UsageError(f"unvisited {self.unvisited!r} is unknown; take 'zero' or 'parent'")
        if not 0 <= self.dirichlet_fraction <= 1:
            raise UsageError(
                f"dirichlet_fraction {self.dirichlet_fraction} is out of range; take it in [0, 1]"
            )
        if not self.dirichlet_alpha > 0:
            raise UsageError(f"dirichlet_alpha {self.dirichlet_alpha} is out of range; take it > 0")


@dataclass(frozen=True, kw_only=True)
class Gumbel(TreeSettings):
    """Full Gumbel MuZero (Danihelka et al., Policy improvement by planning with Gumbel, ICLR 2022).

    Made to improve on a trained network with few simulations. It has no exploration bonus, so it need not come to
    the best action as PUCT does when values say nothing, however many the simulations.

    Attributes
    ----------
    n_considered : int
        Actions of the root that are tried, at least 1; fewer if fewer are legal or kept, or if there are fewer
        simulations.
    c_visit : float
        Of ``sigma(q) = (c_visit + largest visit count) * c_scale * q``, which weighs values against logits; at least 0.
    c_scale : float
        The scale of the same; at least 0.
    gumbel_scale : float
        Of the noise; 0 makes the search deterministic.
    """

    n_considered: int = 16
    c_visit: float = 50.0
    c_scale: float = 0.1
    gumbel_scale: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _at_least(1, n_considered=self.n_considered)
        _at_least(0, c_visit=self.c_visit, c_scale=self.c_scale, gumbel_scale=self.gumbel_scale)


def _at_least(bound: int, **values: float) -> None:
    for name, value in values.items():
        if not value >= bound:
            raise UsageError(f"{name} {value} is out of range; take it >= {bound}")
