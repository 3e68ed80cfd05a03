"""Maximum independent sets by SCIP: one inequality a clique of an edge cover, started from a known set."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.scip.interrupt import optimize_interruptibly

HALF = 0.5


@dataclass(frozen=True)
class ExactSet:
    """What SCIP found.

    Attributes
    ----------
    chosen : bool, shape (n_nodes,)
        The largest set found, at least as large as the start.
    bound : int
        No independent set is larger.
    status : str
        PySCIPOpt's name of SCIP's status; ``optimal`` with a proof.
    signal : int or None
        The signal that stopped SCIP.
    """

    chosen: NDArray[np.bool_]
    bound: int
    status: str
    signal: int | None


def solve_cliques(
    n_nodes: int,
    cliques: Sequence[NDArray[np.int32]],
    start: NDArray[np.bool_],
    *,
    time_limit_s: float,
    seed: int = 0,
    memory_limit_mb: float | None = None,
    stop: Callable[[], bool] = bool,
) -> ExactSet:
    """Choose as many nodes as possible, at most one of each clique.

    Parameters
    ----------
    n_nodes : int
        At least 1.
    cliques : sequence of int32 arrays
        Every edge is in one of them.
    start : bool, shape (n_nodes,)
        An independent set.
    time_limit_s : float
        From the call on; may be infinite.
    seed : int
        SCIP's ``randomization/randomseedshift``, below 2**31.
    memory_limit_mb : float or None
        Of SCIP.
    stop : callable
        Asked about ten times a second whether to end.
    """
    begin_s = time.monotonic()
    model = pyscipopt.Model()
    try:
        model.hideOutput()
        variables = [model.addVar(name=f"x{node}", vtype="B", obj=1.0) for node in range(n_nodes)]
        model.setMaximize()
        for clique in cliques:
            model.addCons(pyscipopt.quicksum(variables[node] for node in clique.tolist()) <= 1)
        _add_start(model, variables, start)
        model.setParam("limits/time", min(max(0.0, begin_s + time_limit_s - time.monotonic()), 1e20))
        model.setParam("randomization/randomseedshift", seed)
        if memory_limit_mb is not None:
            model.setParam("limits/memory", memory_limit_mb)
        signal = optimize_interruptibly(model, stop)
        chosen = start
        if model.getNSols() and model.getPrimalbound() > np.count_nonzero(start) + HALF:
            best = model.getBestSol()
            chosen = np.array([model.getSolVal(best, variable) > HALF for variable in variables])
        bound = min(int(model.getDualbound() + 1e-6), n_nodes) if model.getDualbound() < n_nodes else n_nodes
        return ExactSet(chosen, bound, model.getStatus(), signal)
    finally:
        model.free()


def _add_start(
    model: pyscipopt.Model, variables: Sequence[pyscipopt.Variable], start: NDArray[np.bool_]
) -> None:
    solution = model.createSol()
    for variable, value in zip(variables, start.tolist(), strict=True):
        model.setSolVal(solution, variable, float(value))
    model.addSol(solution)
