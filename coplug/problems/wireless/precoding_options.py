"""What a solve of precoding can be asked."""

from __future__ import annotations

from dataclasses import dataclass

from coplug.contracts.problem import Options
from coplug.options import option

METHODS = ("auto", "icgnn", "wmmse", "fp", "rzf", "zf", "mrt", "cg")
"""Ways to precode; :mod:`coplug.problems.wireless.precoding` has them."""


@dataclass(frozen=True, kw_only=True)
class PrecodingOptions(Options):
    """What a solve of precoding can be asked.

    Attributes
    ----------
    policy : object
        auto: the shipped network; a name from `coplug list policies`, or a directory of weights; none: classical
        methods alone.
    method : str
        auto: icgnn where its limits allow it, else wmmse; see `reason` in the report. icgnn: the network; wmmse:
        weighted MMSE from RZF; fp: fractional programming without an inverse; rzf, also called MMSE; zf; mrt; cg:
        conjugate gradients for RZF, cut short.
    snr_db : float or None
        Power over noise in dB, instead of what the file has.
    error_db : float or None
        Variance of the error of the channels' entries over their mean power, in dB; what is given then is an estimate.
    steps : int or None
        Of wmmse (100) and fp (100), at most, or of cg (4).
    stages : int or None
        Of icgnn: it ends after so many; all that the network has if not given.
    starts : int
        Of wmmse: RZF, and others that are random.
    tolerance : float
        Wmmse ends a channel once a step changes its rate by less than this share.
    variable : str or None
        Name of the channels in a file of several arrays; H if not given.
    axes : str
        Of the channels in the file, apart by commas: batch, users, antennas in any order.
    """

    method: str = option("auto", choices=METHODS)
    snr_db: float | None = option(None, metavar="DB", minimum=-100, maximum=200)
    error_db: float | None = option(None, metavar="DB", minimum=-200, maximum=100)
    steps: int | None = option(None, metavar="N", minimum=1)
    stages: int | None = option(None, metavar="N", minimum=1)
    starts: int = option(1, metavar="N", minimum=1)
    tolerance: float = option(1e-4, metavar="T", minimum=0)
    variable: str | None = option(None, metavar="NAME")
    axes: str = option("batch,users,antennas", metavar="AXES")
