"""Features of instances from Hutter et al. 2011."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.ecole.observation.feature_enum import feature_enum
from coplug.ecole.scip import Model, Stage
from coplug.scip.hutter import FEATURES, hutter_features


@dataclass(eq=False)
class Hutter2011Obs:
    """Features of an instance as a whole.

    Source: Hutter et al., Sequential Model-Based Optimization for General Algorithm Configuration (LION 2011);
    conventions and corrections are those of :mod:`coplug.scip.hutter`.

    Attributes
    ----------
    features : float64, shape (33,)
        In the order of :class:`Features`.
    """

    Features: ClassVar[Any] = feature_enum(__name__, "Hutter2011Obs.Features", FEATURES)

    features: NDArray[np.float64]


class Hutter2011:
    """Extracts :class:`Hutter2011Obs` before SCIP starts to branch, else None."""

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> Hutter2011Obs | None:
        """Return the features of the problem as it stands, presolved or not.

        Raises
        ------
        SolverError
            If a constraint is not linear.
        """
        if model.stage >= Stage.Solving:
            return None
        return Hutter2011Obs(hutter_features(model.scip_address))
