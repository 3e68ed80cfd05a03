"""Functions whose data an environment returns as the observation (Ecole's ``observation`` module)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import COLUMN_FEATURES, ROW_FEATURES
from coplug.ecole.data import NoneFunction as Nothing
from coplug.ecole.feature_enum import feature_enum
from coplug.ecole.renamed import warn_renamed
from coplug.ecole.scip import Model
from coplug.scip import hutter, khalil, observations
from coplug.scip.observations import FocusNode, FocusNodeObs, Pseudocosts
from coplug.scip.observations import SparseMatrix as coo_matrix  # noqa: N813 # Ecole's name
from coplug.scip.observations.milp_bipartite import CONSTRAINT_FEATURES, VARIABLE_FEATURES

__all__ = [
    "FocusNode",
    "FocusNodeObs",
    "Hutter2011",
    "Hutter2011Obs",
    "Khalil2016",
    "Khalil2016Obs",
    "MilpBipartite",
    "MilpBipartiteObs",
    "NodeBipartite",
    "NodeBipartiteObs",
    "Nothing",
    "Pseudocosts",
    "StrongBranchingScores",
    "coo_matrix",
]


@dataclass(eq=False)
class NodeBipartiteObs(observations.NodeBipartiteObs):
    """The LP relaxation at the current node, see :class:`coplug.scip.observations.NodeBipartiteObs`.

    Columns of ``variable_features`` and ``row_features`` are those of :class:`VariableFeatures` and
    :class:`RowFeatures`; action sets index the rows of ``variable_features``.
    """

    VariableFeatures: ClassVar[Any] = feature_enum(
        __name__, "NodeBipartiteObs.VariableFeatures", COLUMN_FEATURES
    )
    RowFeatures: ClassVar[Any] = feature_enum(__name__, "NodeBipartiteObs.RowFeatures", ROW_FEATURES)

    @property
    def column_features(self) -> NDArray[np.float64]:
        """Ecole 0.7's name of ``variable_features``."""
        warn_renamed("column_features", "variable_features")
        return self.variable_features


class NodeBipartite:
    """Extracts :class:`NodeBipartiteObs` while SCIP is solving, else None.

    Parameters
    ----------
    cache : bool
        Accepted and without effect: the compiled reading notices by itself which parts of the LP are unchanged, also
        when cutting planes come and go.
    """

    def __init__(self, cache: bool = False) -> None:
        self._function = observations.NodeBipartite()

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> NodeBipartiteObs | None:
        """Return an observation that owns its arrays."""
        seen = self._function.extract(model, done)
        if seen is None:
            return None
        return NodeBipartiteObs(seen.variable_features, seen.row_features, seen.edge_features)


@dataclass(eq=False)
class MilpBipartiteObs(observations.MilpBipartiteObs):
    """The problem as it stands, see :class:`coplug.scip.observations.MilpBipartiteObs`.

    Columns of ``variable_features`` and ``constraint_features`` are those of :class:`VariableFeatures` and
    :class:`ConstraintFeatures`.
    """

    VariableFeatures: ClassVar[Any] = feature_enum(
        __name__, "MilpBipartiteObs.VariableFeatures", VARIABLE_FEATURES
    )
    ConstraintFeatures: ClassVar[Any] = feature_enum(
        __name__, "MilpBipartiteObs.ConstraintFeatures", CONSTRAINT_FEATURES
    )


class MilpBipartite:
    """Extracts :class:`MilpBipartiteObs` before SCIP starts to branch, else None.

    Parameters
    ----------
    normalize : bool
        Divide the objective by its Euclidean norm, and each constraint, bias and coefficients, by that of its
        coefficients.
    """

    def __init__(self, normalize: bool = False) -> None:
        self._function = observations.MilpBipartite(normalize)

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> MilpBipartiteObs | None:
        """Return the problem as it stands.

        Raises
        ------
        SolverError
            If a constraint is not linear.
        """
        seen = self._function.extract(model, done)
        if seen is None:
            return None
        return MilpBipartiteObs(seen.variable_features, seen.constraint_features, seen.edge_features)


@dataclass(eq=False)
class Khalil2016Obs:
    """Features of the branching candidates at the current node, see :class:`coplug.scip.observations.Khalil2016`.

    Attributes
    ----------
    features : float64, shape (n_variables, 72)
        In the order of the problem's variables, so that action sets index it; NaN where a variable is no candidate.
        Columns as in :class:`Features`: 18 that describe the root's LP, then 54 of the current node.
    """

    Features: ClassVar[Any] = feature_enum(__name__, "Khalil2016Obs.Features", khalil.FEATURES)
    n_static_features: ClassVar[int] = khalil.N_STATIC_FEATURES
    n_dynamic_features: ClassVar[int] = khalil.N_DYNAMIC_FEATURES

    features: NDArray[np.float64]


class Khalil2016:
    """Extracts :class:`Khalil2016Obs` while SCIP is solving, else None.

    Parameters
    ----------
    pseudo_candidates : bool
        Observe all integer variables that are not fixed, instead of those fractional in the LP solution.
    """

    def __init__(self, pseudo_candidates: bool = False) -> None:
        self._function = observations.Khalil2016("pseudo" if pseudo_candidates else "lp")

    def before_reset(self, model: Model) -> None:
        """Forget the static features of the last episode."""
        self._function.before_reset(model)

    def extract(self, model: Model, done: bool = False) -> Khalil2016Obs | None:
        """Return the features at the current node, whose LP must be solved.

        Raises
        ------
        SolverError
            If SCIP has no branching candidates to list, because the node's LP is not solved.
        """
        features = self._function.extract(model, done)
        return None if features is None else Khalil2016Obs(features)


@dataclass(eq=False)
class Hutter2011Obs:
    """Features of an instance as a whole, see :class:`coplug.scip.observations.Hutter2011`.

    Attributes
    ----------
    features : float64, shape (33,)
        In the order of :class:`Features`.
    """

    Features: ClassVar[Any] = feature_enum(__name__, "Hutter2011Obs.Features", hutter.FEATURES)

    features: NDArray[np.float64]


class Hutter2011:
    """Extracts :class:`Hutter2011Obs` before SCIP starts to branch, else None."""

    def __init__(self) -> None:
        self._function = observations.Hutter2011()

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> Hutter2011Obs | None:
        """Return the features of the problem as it stands, presolved or not.

        Raises
        ------
        SolverError
            If a constraint is not linear.
        """
        features = self._function.extract(model, done)
        return None if features is None else Hutter2011Obs(features)


class StrongBranchingScores(observations.StrongBranchingScores):
    """Strong-branching score of every branching candidate; higher is better.

    See :class:`coplug.scip.observations.StrongBranchingScores`.

    Parameters
    ----------
    pseudo_candidates : bool
        Score all integer variables that are not fixed, instead of those fractional in the LP solution.
    """

    def __init__(self, pseudo_candidates: bool = False) -> None:
        super().__init__("pseudo" if pseudo_candidates else "lp")
