"""Features of branching candidates from Khalil et al. 2016."""

from __future__ import annotations

import functools
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.policy import CandidateKind
from coplug.scip.khalil import KhalilReader
from coplug.scip.library import load_library
from coplug.scip.session import Session
from coplug.scip.stage import Stage
from coplug.scip.warm_up import smallest_model


class Khalil2016:
    """Extracts the features of the branching candidates while SCIP is solving, else None.

    Source: Khalil et al., Learning to Branch in Mixed Integer Programming (AAAI 2016), table 1; conventions and
    corrections are those of :mod:`coplug.scip.khalil`.

    Parameters
    ----------
    candidates : CandidateKind
        Of which candidates.
    """

    def __init__(self, candidates: CandidateKind = "lp") -> None:
        self._kind = candidates
        self._reader = KhalilReader()

    def before_reset(self, model: Session) -> None:
        """Forget the static features of the last episode; compile or load kernels before SCIP's clock starts."""
        _warm_up()
        self._reader = KhalilReader()

    def extract(self, model: Session, done: bool = False) -> NDArray[np.float64] | None:
        """Return the features at the current node, whose LP must be solved.

        Returns
        -------
        float64, shape (n_variables, 72), or None
            In the order of the problem's variables; NaN where a variable is no candidate. Columns as in
            :data:`coplug.scip.khalil.FEATURES`: 18 that describe the root's LP, then 54 of the current node.

        Raises
        ------
        SolverError
            If SCIP has no branching candidates to list, because the node's LP is not solved.
        """
        if model.stage != Stage.Solving:
            return None
        return self._reader.read(model.scip_address, self._kind)


@functools.cache
def _warm_up() -> None:
    """Run the kernels once at a node."""
    if not load_library().usable:
        return
    session = Session.from_pyscipopt(smallest_model())
    solve = session.stepped()
    solve.pause_when_branching()
    solve.start()
    for kind in get_args(CandidateKind):
        KhalilReader().read(session.scip_address, kind)
    session.stop()
