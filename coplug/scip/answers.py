"""What policies and selectors answer, checked: it may be anything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.policy import Selection
from coplug.errors import PolicyError, shown


def checked_scores(given: object, n_candidates: int) -> NDArray[np.floating[Any]]:
    """Return scores as an array of numbers of its own, shape (n_candidates,), whose largest is finite.

    Raises
    ------
    PolicyError
        If it is something else.
    """
    scores = np.array(given, subok=False)
    if scores.shape != (n_candidates,):
        raise PolicyError(f"{n_candidates} candidates need as many scores, not shape {scores.shape}")
    if scores.dtype.kind not in "biuf":
        raise PolicyError(f"the scores are of type {scores.dtype}; expected real numbers")
    scores = scores.astype(np.float64) if scores.dtype.kind != "f" else scores
    if not np.isfinite(scores[np.argmax(scores)]):  # argmax returns a NaN where there is one
        raise PolicyError("the scores are not finite")
    return scores


def checked_selection(given: object) -> Selection:
    """Return what a selector decided.

    Raises
    ------
    PolicyError
        If it is something else.
    """
    if not isinstance(given, Selection):
        raise PolicyError(f"it selected {shown(given)}; expected a Selection")
    if not isinstance(given.reason, str) or not given.reason.isprintable():
        raise PolicyError(f"its reason is {shown(given.reason)}; expected a text of one line")
    return given
