"""Choosing SCIP's parameters."""

from __future__ import annotations

from coplug.scip.session import Session
from coplug.scip.settings import Parameters


class ConfiguringDynamics:
    """Choose SCIP's parameters, once, before the solve: a contextual bandit."""

    def reset(self, model: Session) -> tuple[bool, None]:
        """Do nothing; the episode is never done here."""
        return False, None

    def step(self, model: Session, action: Parameters) -> tuple[bool, None]:
        """Set the parameters in ``action`` and solve to the end.

        Raises
        ------
        ParameterError
            If SCIP has no such parameter or refuses a value.
        SolverError
            If SCIP's solve ends with an error.
        """
        model.set_params(action)
        model.solve()
        return True, None
