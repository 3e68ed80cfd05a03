"""A model's evaluation as compiled code reads it, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.tree import Float64, Int32
from coplug.contracts.model import Evaluation
from coplug.errors import PolicyError


@dataclass(frozen=True)
class Leaves:
    """An evaluation of n states.

    Attributes
    ----------
    logits : float64, shape (n, n_columns)
        Minus infinity where illegal.
    high : float64, shape (n,)
        Largest logit of each row; 0 at a dead end.
    total : float64, shape (n,)
        Sum of ``exp(logit - high)`` of each row; 0 at a dead end.
    values : float64, shape (n,)
        Expected return from each state.
    actions : int32, shape (n, n_columns) or (1, n_columns)
        The action of each column, in each row or the same in all.
    """

    logits: Float64
    high: Float64
    total: Float64
    values: Float64
    actions: Int32

    @property
    def log_priors(self) -> Float64:
        """Log-softmax of each row, shape (n, n_columns); no row may be a dead end."""
        return self.logits - (self.high + np.log(self.total))[:, None]


def read(evaluation: Evaluation, n: int) -> Leaves:
    """Check a model's evaluation of n states.

    Raises
    ------
    PolicyError
        If shapes do not fit, or values or legal logits are not numbers.
    """
    logits, legal, actions = evaluation.logits, evaluation.legal, evaluation.actions
    if logits.ndim != 2 or len(logits) != n:
        raise PolicyError(
            f"the model gave logits of shape {logits.shape} for {n} states; give one row a state"
        )
    for name, array in (("legal", legal), ("actions", actions)):
        if array is not None and array.shape != logits.shape:
            raise PolicyError(
                f"the model gave {name} of shape {array.shape} and logits of {logits.shape}; give equal shapes"
            )
    masked = np.array(logits, dtype=np.float64, order="C")
    if legal is not None:
        masked[~legal] = -np.inf
    if actions is None:
        actions = np.arange(logits.shape[1])[None]
    return leaves(
        masked, finite(evaluation.values, n, "values"), np.ascontiguousarray(actions, dtype=np.int32)
    )


def leaves(logits: Float64, values: Float64, actions: Int32) -> Leaves:
    """Return the leaves of these logits, minus infinity where illegal."""
    high = logits.max(axis=1)
    if not (high < np.inf).all():
        raise PolicyError("the model gave logits that are not numbers; check its weights and its features")
    high[high == -np.inf] = 0.0
    total = np.exp(logits - high[:, None]).sum(axis=1)
    return Leaves(logits, high, total, values, actions)


def finite(values: NDArray[Any], n: int, name: str) -> Float64:
    """Return ``values`` as float64 of shape (n,), or raise :class:`PolicyError` if they are not finite numbers."""
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (n,):
        raise PolicyError(f"the model gave {name} of shape {values.shape} for {n} states; give one a state")
    if not np.isfinite(values).all():
        raise PolicyError(f"the model gave {name} that are not finite; check its weights and its features")
    return values
