"""Learning from costs alone: least squares, ridge, and a random forest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.extras import install_command

Float = NDArray[np.float64]


def fit_ridge(features: Float, costs: Float, strength: float = 0.0) -> Float:
    """Return theta that minimises ``|costs - F theta'|^2 / n + strength |theta|^2``; the first feature is free.

    Without strength it is least squares, of minimal norm where the samples are too few.

    Parameters
    ----------
    features : float64, shape (n, d)
        The first is constant.
    costs : float64, shape (n, k)
    strength : float

    Returns
    -------
    float64, shape (k, d)
    """
    if strength == 0:
        return np.asarray(np.linalg.lstsq(features, costs, rcond=None)[0].T, np.float64)
    penalty = np.full(features.shape[1], len(features) * strength)
    penalty[0] = 1e-9
    solved: Float = scipy.linalg.solve(
        features.T @ features + np.diag(penalty), features.T @ costs, assume_a="pos"
    ).T
    return solved


@dataclass(frozen=True, eq=False)
class Forest:
    """A random forest of scikit-learn with its defaults: a comparator, which is not kept."""

    model: Any

    def costs(self, contexts: Float) -> Float:
        """See :class:`~.predictors.CostPredictor`."""
        return np.asarray(self.model.predict(contexts), np.float64)


def fit_forest(contexts: Float, costs: Float, seed: int) -> Forest:
    """Fit a random forest.

    Raises
    ------
    UsageError
        If scikit-learn is missing.
    """
    try:
        from sklearn.ensemble import RandomForestRegressor
    except ImportError as error:
        raise UsageError(f"method forest needs scikit-learn: {install_command('lp')}") from error
    return Forest(RandomForestRegressor(random_state=seed).fit(contexts, costs))
