"""One linear program solved again and again with other costs or sides, by SCIP."""

from __future__ import annotations

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.scip.build import Milp, build_model
from coplug.scip.messages import free, solver_errors

Float = NDArray[np.float64]


class LinearSolver:
    """A model of SCIP that is kept; each solve changes what differs and starts anew, without presolving.

    SCIP itself takes no basis, so there is no warm start.

    Parameters
    ----------
    program : Milp
        Its integer variables are solved as such; close it with :meth:`close`.
    """

    def __init__(self, program: Milp) -> None:
        self._model = build_model(program)
        self._model.setPresolve(pyscipopt.SCIP_PARAMSETTING.OFF)
        self._model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
        places = {name: k for k, name in enumerate(program.variable_names)}
        self._variables = sorted(self._model.getVars(), key=lambda variable: places[variable.name])
        self._rows = self._model.getConss()
        self._sense = "maximize" if program.sense == "max" else "minimize"

    def set_costs(self, costs: Float) -> None:
        """Change the objective, float64, shape (n_columns,)."""
        with solver_errors("change the objective"):
            self._model.freeTransform()
            expression = pyscipopt.quicksum(
                float(cost) * variable for cost, variable in zip(costs, self._variables, strict=True) if cost
            )
            self._model.setObjective(expression, sense=self._sense)

    def set_sides(self, lhs: Float, rhs: Float) -> None:
        """Change the sides of the rows, float64, shape (n_rows,) each."""
        infinity = self._model.infinity()
        with solver_errors("change the sides of rows"):
            self._model.freeTransform()
            for row, low, high in zip(self._rows, lhs, rhs, strict=True):
                self._model.chgLhs(row, float(np.clip(low, -infinity, infinity)))
                self._model.chgRhs(row, float(np.clip(high, -infinity, infinity)))

    def solve(self) -> tuple[str, Float | None]:
        """Return SCIP's word for the status, and the values of an optimal solution; None without one."""
        with solver_errors("solve a linear program"):
            self._model.optimize()
            status = self._model.getStatus()
            if status != "optimal":
                return status, None
            best = self._model.getBestSol()
            return status, np.array([self._model.getSolVal(best, variable) for variable in self._variables])

    def close(self) -> None:
        """Free the model."""
        free(self._model)
