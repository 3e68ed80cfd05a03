"""Independent sets of most nodes or weight by SCIP: one inequality a clique of an edge cover, from a known set."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.scip.interrupt import optimize_interruptibly

HALF = 0.5

ABSOLUTE_ERROR = 1e-6
RELATIVE_ERROR = 1e-10
"""What SCIP's bound is trusted to be wrong by at most; whole numbers of up to 2**33 are told apart."""


@dataclass(frozen=True)
class ExactSet:
    """What SCIP found.

    Attributes
    ----------
    chosen : bool, shape (n_nodes,)
        The best set found, at least as good as the start.
    bound : int
        No independent set is better.
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
    weights: NDArray[np.float64] | None = None,
    seed: int = 0,
    memory_limit_mb: float | None = None,
    stop: Callable[[], bool] = bool,
) -> ExactSet:
    """Choose as many nodes, or as much weight, as possible, at most one of each clique.

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
    weights : float64, shape (n_nodes,), or None
        Of the nodes, positive whole numbers; 1 each if not given.
    seed : int
        SCIP's ``randomization/randomseedshift``, below 2**31.
    memory_limit_mb : float or None
        Of SCIP.
    stop : callable
        Asked about ten times a second whether to end.
    """
    begin_s = time.monotonic()
    values = np.ones(n_nodes) if weights is None else weights
    model = pyscipopt.Model()
    try:
        model.hideOutput()
        variables = [
            model.addVar(name=f"x{node}", vtype="B", obj=value) for node, value in enumerate(values.tolist())
        ]
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
        if model.getNSols() and model.getPrimalbound() > values[start].sum() + HALF:
            best = model.getBestSol()
            chosen = np.array([model.getSolVal(best, variable) > HALF for variable in variables])
        return ExactSet(chosen, _whole_bound(model.getDualbound(), values.sum()), model.getStatus(), signal)
    finally:
        model.free()


def _whole_bound(bound: float, total: float) -> int:
    """Return the whole number that no set passes, given SCIP's bound, which may be infinite."""
    return int(min(bound + max(ABSOLUTE_ERROR, RELATIVE_ERROR * bound), total))


def _add_start(
    model: pyscipopt.Model, variables: Sequence[pyscipopt.Variable], start: NDArray[np.bool_]
) -> None:
    solution = model.createSol()
    for variable, value in zip(variables, start.tolist(), strict=True):
        model.setSolVal(solution, variable, float(value))
    model.addSol(solution)
