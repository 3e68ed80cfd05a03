"""Features of branching candidates from Khalil et al. 2016."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.ecole.observation.feature_enum import feature_enum
from coplug.ecole.scip import Model, Stage
from coplug.scip.khalil import FEATURES, N_DYNAMIC_FEATURES, N_STATIC_FEATURES, KhalilReader
from coplug.scip.reader import CandidateKind


@dataclass(eq=False)
class Khalil2016Obs:
    """Features of the branching candidates at the current node.

    Source: Khalil et al., Learning to Branch in Mixed Integer Programming (AAAI 2016), table 1; conventions and
    corrections are those of :mod:`coplug.scip.khalil`.

    Attributes
    ----------
    features : float64, shape (n_variables, 72)
        In the order of the problem's variables, so that action sets index it; NaN where a variable is no candidate.
        Columns as in :class:`Features`: 18 that describe the root's LP, then 54 of the current node.
    """

    Features: ClassVar[Any] = feature_enum(__name__, "Khalil2016Obs.Features", FEATURES)
    n_static_features: ClassVar[int] = N_STATIC_FEATURES
    n_dynamic_features: ClassVar[int] = N_DYNAMIC_FEATURES

    features: NDArray[np.float64]


class Khalil2016:
    """Extracts :class:`Khalil2016Obs` while SCIP is solving, else None.

    Parameters
    ----------
    pseudo_candidates : bool
        Observe all integer variables that are not fixed, instead of those fractional in the LP solution.
    """

    def __init__(self, pseudo_candidates: bool = False) -> None:
        self._kind: CandidateKind = "pseudo" if pseudo_candidates else "lp"
        self._reader = KhalilReader()

    def before_reset(self, model: Model) -> None:
        """Forget the static features of the last episode."""
        self._reader = KhalilReader()

    def extract(self, model: Model, done: bool = False) -> Khalil2016Obs | None:
        """Return the features at the current node, whose LP must be solved.

        Raises
        ------
        SolverError
            If SCIP has no branching candidates to list, because the node's LP is not solved.
        """
        if model.stage != Stage.Solving:
            return None
        return Khalil2016Obs(self._reader.read(model.scip_address, self._kind))
