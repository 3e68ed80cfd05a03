"""What a solve of power allocation can be asked."""

from __future__ import annotations

from dataclasses import dataclass

from coplug.contracts.problem import Options
from coplug.options import option

LEAST, SUM = "least", "sum"
"""Goals: the least rate of a network, or the weighted sum of rates."""

METHODS = ("auto", "icgnn", "bisection", "wmmse", "fractional", "full")
"""Ways to allocate power; :mod:`coplug.problems.wireless.power_methods` has them."""


@dataclass(frozen=True, kw_only=True)
class PowerOptions(Options):
    """What a solve of power allocation can be asked.

    Attributes
    ----------
    policy : object
        auto: the shipped networks; a name from `coplug list policies`, or a directory of weights; none: classical
        methods alone.
    goal : str
        least: the least rate; sum: the sum of rates, with the users' weights.
    method : str
        auto: bisection for the least rate; for the sum icgnn, or wmmse where users have weights. icgnn: the network;
        bisection: for the least rate, with a bound; wmmse: for the sum; fractional: amplitudes follow a power of the
        gains; full: amplitudes follow the gains.
    exponent : float
        Of fractional: a link's share of power is its gain to this, -2..2; 1 is full.
    tolerance : float
        Of bisection, between what is found and the bound, and of wmmse, the least share that a step has to gain.
    steps : int
        Of wmmse, at most.
    variable : str or None
        Name of the fading in a file of several arrays; beta if not given.
    axes : str
        Of the fading in the file, apart by commas: batch, aps, users in any order.
    """

    goal: str = option(LEAST, choices=(LEAST, SUM))
    method: str = option("auto", choices=METHODS)
    exponent: float = option(0.5, metavar="E", minimum=-2, maximum=2)
    tolerance: float = option(1e-3, metavar="T", minimum=1e-9, maximum=0.5)
    steps: int = option(1000, metavar="N", minimum=1)
    variable: str | None = option(None, metavar="NAME")
    axes: str = option("batch,aps,users", metavar="AXES")
