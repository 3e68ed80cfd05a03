"""Weighted MMSE in the Gram domain, compiled, for batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.downlink.station import (
    Real,
    evaluate,
    new_station,
    normalise,
    weighted_rate,
    wmmse_step,
    write_duals,
)
from coplug.jit import fast_kernel


@fast_kernel
def wmmse(
    gram: NDArray[np.complexfloating],
    noise: Real,
    weights: Real,
    start: Real,
    n_steps: int,
    tolerance: float,
    out: NDArray[np.complexfloating],
    steps: NDArray[np.int64],
) -> None:
    """Take steps of weighted MMSE from a precoder that two numbers a user make.

    Source: Q. Shi, M. Razaviyayn, Z.-Q. Luo, C. He, An iteratively weighted MMSE approach to distributed sum-utility
    maximization for a MIMO interfering broadcast channel, IEEE Transactions on Signal Processing 59 (2011), 4331-4340;
    the limit of the power is kept by scaling, see S. Christensen et al., IEEE Transactions on Wireless Communications 7
    (2008), 4792-4799.

    Parameters
    ----------
    gram : complex, shape (b, n_users, n_users)
        Scaled so that entries are about 1.
    noise : float, shape (b,)
        Variance over power, scaled alike.
    weights : float, shape (b, n_users)
        Of mean 1.
    start : float, shape (b, 2, n_users)
        ``s`` and ``g``; ones are RZF.
    n_steps : int
        At most; 0 evaluates the start.
    tolerance : float
        A channel is done once a step changes the weighted rate by less than this share; 0: after all steps.
    out : complex, shape (b, n_users, n_users)
        Written: ``X``; the precoder of power 1 is ``H^H X``.
    steps : int64, shape (b,)
        Written: steps that were taken.
    """
    at = new_station(noise, gram.shape[1])
    for c in range(len(gram)):
        at.s[:] = start[c, 0]
        at.g[:] = start[c, 1]
        normalise(at.s)
        _, power = evaluate(gram[c], noise[c], at)
        steps[c] = 0
        last = weighted_rate(at, weights[c]) if tolerance > 0 else 0.0
        while steps[c] < n_steps:
            wmmse_step(at, weights[c])
            _, power = evaluate(gram[c], noise[c], at)
            steps[c] += 1
            rate = weighted_rate(at, weights[c]) if tolerance > 0 else 0.0
            if tolerance > 0 and abs(rate - last) <= tolerance * rate:
                break
            last = rate
        write_duals(at, power, out[c])
