"""Features of instances from Hutter et al. 2011."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.scip.hutter import hutter_features
from coplug.scip.session import Session
from coplug.scip.stage import Stage


class Hutter2011:
    """Extracts the features of an instance as a whole before SCIP starts to branch, else None.

    Source: Hutter et al., Sequential Model-Based Optimization for General Algorithm Configuration (LION 2011);
    conventions and corrections are those of :mod:`coplug.scip.hutter`.
    """

    def before_reset(self, model: Session) -> None:
        """Do nothing."""

    def extract(self, model: Session, done: bool = False) -> NDArray[np.float64] | None:
        """Return the features of the problem as it stands, presolved or not.

        Returns
        -------
        float64, shape (33,), or None
            In the order of :data:`coplug.scip.hutter.FEATURES`.

        Raises
        ------
        SolverError
            If a constraint is not linear.
        """
        if model.stage >= Stage.Solving:
            return None
        return hutter_features(model.scip_address)
