"""PyEPO with coplug's solvers: linear programs as its ``optModel``, beside :class:`~.losses.MarginLoss` on its data.

PyEPO imports ortools if that is installed. Before version 1.16, highspy cannot be loaded into one process with it:
each brings a HiGHS of its own under one name. A line says so then.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import SolverError, UsageError
from coplug.extras import install_command
from coplug.problems.contextual_lp.program import LinearProgram
from coplug.problems.contextual_lp.solvers import SOLVERS, solver_name

try:
    from pyepo import EPO
    from pyepo.model.opt import optModel
except ImportError as error:
    raise UsageError(f"PyEPO's models need pyepo: {install_command('pyepo')}") from error


class LinearModel(optModel):  # type: ignore[misc] # pyepo may be absent where types are checked
    """A linear program as PyEPO's ``optModel``: for ``optDataset``, its losses and ``pyepo.metric.regret``.

    Parameters
    ----------
    program : LinearProgram
        Such as :func:`coplug.problems.contextual_lp.program.read_program` reads; integer variables are relaxed.
    solver : str
        ``highs``, which goes on from the basis before, ``scip`` or ``scipy``.

    Raises
    ------
    UsageError
        If the solver is unknown or cannot be loaded.
    """

    def __init__(self, program: LinearProgram, solver: str = "highs") -> None:
        self.program, self.solver = program, solver_name(solver)
        self._costs = program.objective
        super().__init__()

    def _getModel(self) -> tuple[Any, range]:  # noqa: N802 # PyEPO's name
        self.modelSense = EPO.MINIMIZE if self.program.sense == "min" else EPO.MAXIMIZE
        return SOLVERS[self.solver](self.program), range(self.program.n_columns)

    def setObj(self, c: Any) -> None:  # noqa: N802 # PyEPO's name
        """Take other costs: a tensor, an array or a list."""
        values = c.detach().cpu().numpy() if hasattr(c, "detach") else c
        self._costs = np.asarray(values, np.float64)
        self._model.set_costs(self._costs)

    def solve(self) -> tuple[NDArray[np.float64], float]:
        """Return the optimal decision and its objective.

        Raises
        ------
        SolverError
            If there is none.
        """
        status, decision = self._model.solve()
        if decision is None:
            raise SolverError(f"the program is {status}; expected one with an optimum")
        return decision, float(self._costs @ decision)

    def copy(self) -> LinearModel:
        """Return a model of its own."""
        return LinearModel(self.program, self.solver)
