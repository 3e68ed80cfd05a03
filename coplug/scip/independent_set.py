"""Independent sets of most nodes or weight by SCIP: one inequality a clique of an edge cover, from a known set."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.scip.binary_choice import (
    HALF,
    add_choices,
    add_start,
    best_choice,
    optimize_until,
    whole_bound,
)


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
        variables = add_choices(model, values)
        for clique in cliques:
            model.addCons(pyscipopt.quicksum(variables[node] for node in clique.tolist()) <= 1)
        add_start(model, variables, start)
        signal = optimize_until(model, begin_s + time_limit_s, seed, memory_limit_mb, stop)
        chosen = start
        if model.getNSols() and model.getPrimalbound() > values[start].sum() + HALF:
            chosen = best_choice(model, variables)
        return ExactSet(chosen, whole_bound(model.getDualbound(), values.sum()), model.getStatus(), signal)
    finally:
        model.free()
