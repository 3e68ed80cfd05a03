"""The slower reader on PySCIPOpt's public calls, for a SCIP library that the kernels cannot use.

Values equal those of :mod:`coplug.scip.kernels`, which documents them; the tests hold the two together.
"""

from __future__ import annotations

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.node import COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.contracts.policy import CandidateKind
from coplug.errors import SolverError
from coplug.scip.kernels import AGE_OFFSET
from coplug.scip.reader import NO_ITERATION_LIMIT

_TYPES = ("BINARY", "INTEGER", "IMPLINT", "CONTINUOUS")
_BASIS = ("lower", "basic", "upper", "zero")


class PortableReader:
    """Implements :class:`coplug.scip.reader.StateReader` without libscip's symbols; tens of times slower."""

    name = "portable"

    def __init__(self, model: pyscipopt.Model) -> None:
        self._model = model
        self._structure = 0
        self._candidates: list[pyscipopt.Variable] = []

    def read(self) -> NodeState:
        """See :meth:`coplug.scip.reader.StateReader.read`; every call counts as a new structure."""
        model = self._model
        self._structure += 1
        columns = model.getLPColsData()
        objective_norm = float(np.sqrt(sum(column.getObjCoeff() ** 2 for column in columns)))
        age_scale = model.getNLPs() + AGE_OFFSET
        sides = [side for row in model.getLPRowsData() for side in self._sides(row)]
        lengths = [row.getNLPNonz() for row, _ in sides]
        return NodeState(
            np.array([self._column(c, objective_norm, age_scale) for c in columns]).reshape(
                -1, len(COLUMN_FEATURES)
            ),
            np.array([self._row(*s, objective_norm, age_scale) for s in sides]).reshape(-1, N_ROW_FEATURES),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.array([c.getLPPos() for row, _ in sides for c in row.getCols()[: row.getNLPNonz()]], np.int32),
            np.array(
                [sign * v / _norm(row) for row, sign in sides for v in row.getVals()[: row.getNLPNonz()]]
            ),
            self._structure,
        )

    def _sides(self, row: pyscipopt.scip.Row) -> list[tuple[pyscipopt.scip.Row, float]]:
        """Return the row once for each finite side, with the sign of its one-sided copy."""
        infinity = self._model.infinity()
        both = ((row.getLhs(), -1.0), (row.getRhs(), 1.0))
        return [(row, sign) for bound, sign in both if abs(bound) < infinity]

    def _column(self, column: pyscipopt.scip.Column, objective_norm: float, age_scale: float) -> list[float]:
        model = self._model
        scale = objective_norm or 1.0
        variable = column.getVar()
        kind = "IMPLINT" if variable.isImpliedIntegral() else variable.vtype()
        value, lb, ub = column.getPrimsol(), column.getLb(), column.getUb()
        has_lb, has_ub = abs(lb) < model.infinity(), abs(ub) < model.infinity()
        epsilon = model.epsilon()
        incumbent = model.getBestSol() if model.getNSols() > 0 else None
        return [
            column.getObjCoeff() / scale,
            *(float(kind == name) for name in _TYPES),
            float(has_lb),
            float(has_ub),
            model.getColRedCost(column) / scale,
            value,
            0.0 if kind == "CONTINUOUS" else model.feasFrac(value),
            float(has_lb and abs(value - lb) <= epsilon),
            float(has_ub and abs(value - ub) <= epsilon),
            column.getAge() / age_scale,
            np.nan if incumbent is None else model.getSolVal(incumbent, variable),
            np.nan if incumbent is None else variable.getAvgSol(),
            *(float(column.getBasisStatus() == name) for name in _BASIS),
        ]

    def _row(
        self, row: pyscipopt.scip.Row, sign: float, objective_norm: float, age_scale: float
    ) -> list[float]:
        norm = _norm(row)
        bound = row.getRhs() if sign > 0.0 else row.getLhs()
        product = sum(v * c.getObjCoeff() for v, c in zip(row.getVals(), row.getCols(), strict=True))
        norm_product = row.getNorm() * objective_norm
        cosine = product / norm_product if norm_product > self._model.epsilon() else 0.0
        activity = self._model.getRowLPActivity(row)
        return [
            sign * (bound - row.getConstant()) / norm,
            sign * cosine,
            float(abs(activity - bound) <= self._model.epsilon()),
            sign * row.getDualsol() / (norm * (objective_norm or 1.0)),
            row.getAge() / age_scale,
        ]

    def candidates(self, kind: CandidateKind) -> NDArray[np.int32]:
        """See :meth:`coplug.scip.reader.StateReader.candidates`."""
        listed = self._model.getPseudoBranchCands() if kind == "pseudo" else self._model.getLPBranchCands()
        self._candidates = listed[0]
        return self._columns()

    def keep(self, positions: NDArray[np.int64]) -> NDArray[np.int32]:
        """See :meth:`coplug.scip.reader.StateReader.keep`."""
        self._candidates = [self._candidates[k] for k in positions]
        return self._columns()

    def _columns(self) -> NDArray[np.int32]:
        return np.array([v.getCol().getLPPos() if v.isInLP() else -1 for v in self._candidates], np.int32)

    def column_variables(self) -> NDArray[np.int64]:
        """See :meth:`coplug.scip.reader.StateReader.column_variables`."""
        return self._positions([column.getVar() for column in self._model.getLPColsData()])

    def candidate_variables(self) -> NDArray[np.int64]:
        """See :meth:`coplug.scip.reader.StateReader.candidate_variables`."""
        return self._positions(self._candidates)

    def _positions(self, variables: list[pyscipopt.Variable]) -> NDArray[np.int64]:
        position = {v.getIndex(): k for k, v in enumerate(self._model.getVars(transformed=True))}
        return np.array([position[v.getIndex()] for v in variables], np.int64)

    def strong_branching(self, iteration_limit: int = NO_ITERATION_LIMIT) -> NDArray[np.float64]:
        """See :meth:`coplug.scip.reader.StateReader.strong_branching`."""
        model = self._model
        scores = np.full(len(self._candidates), -model.infinity())
        objective = model.getLPObjVal()
        model.startStrongbranch()
        try:
            for k, variable in enumerate(self._candidates):
                integral = bool(model.isFeasIntegral(variable.getLPSol()))
                down, up, *_, error = model.getVarStrongbranch(variable, iteration_limit, True, integral)
                if error:
                    break
                gains = [max(down, objective) - objective, max(up, objective) - objective]
                scores[k] = model.getBranchScoreMultiple(variable, gains + [0.0] * integral)
        finally:
            model.endStrongbranch()
        return scores

    def pseudocosts(self) -> NDArray[np.float64]:
        """See :meth:`coplug.scip.reader.StateReader.pseudocosts`."""
        score = self._model.getVarPseudocostScore
        return np.array([score(variable, variable.getLPSol()) for variable in self._candidates])

    def branch(self, position: int) -> None:
        """See :meth:`coplug.scip.reader.StateReader.branch`."""
        try:
            self._model.branchVar(self._candidates[position])
        except Exception as error:  # PySCIPOpt raises bare exceptions of several types
            raise SolverError("SCIP refused to branch on the chosen variable") from error


def _norm(row: pyscipopt.scip.Row) -> float:
    return float(row.getNorm()) or 1.0
