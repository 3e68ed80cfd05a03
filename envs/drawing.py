"""Legal actions drawn at random, for many environments in one compiled call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.random_kernels import uniform_integer

_TRIES = 4


@kernel
def draw_legal(masks: NDArray[np.int8], random: NDArray[np.uint64], actions: NDArray[np.int64]) -> None:
    """Draw an action for each row of masks, uniform among those of mask not 0; 0 where there is none.

    Parameters
    ----------
    masks : int8, shape (n, n_actions)
    random : uint64, shape (1,)
    actions : int64, shape (n,)
        Where they are written.
    """
    last = masks.shape[1] - 1
    for i in range(len(masks)):
        chosen = 0
        for _ in range(_TRIES):  # most masks are mostly 1
            chosen = uniform_integer(random, 0, last)
            if masks[i, chosen]:
                break
        if not masks[i, chosen]:
            chosen = _draw_counted(masks[i], random)
        actions[i] = chosen


@kernel
def _draw_counted(mask: NDArray[np.int8], random: NDArray[np.uint64]) -> int:
    n_legal = 0
    for action in range(len(mask)):
        n_legal += mask[action] != 0
    if n_legal == 0:
        return 0
    rest = uniform_integer(random, 0, n_legal - 1)
    for action in range(len(mask)):
        if mask[action]:
            if rest == 0:
                return action
            rest -= 1
    return 0
