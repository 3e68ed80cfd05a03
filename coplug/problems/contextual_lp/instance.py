"""An instance: a program, and the contexts in which decisions are asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.files import check_writable
from coplug.problems.contextual_lp.data import Observations, read_observations
from coplug.problems.contextual_lp.options import ContextualOptions
from coplug.problems.contextual_lp.predictors import load_predictor
from coplug.problems.contextual_lp.program import LinearProgram


@dataclass(frozen=True, eq=False)
class ContextualInstance:
    """What is solved.

    Attributes
    ----------
    program : LinearProgram
    costs : float64, shape (n, n_columns)
        Predicted, or the one row of the file.
    data : Observations or None
        The contexts, with what else their file holds; None where the costs of the file count.
    predictor : str
        The name of what predicted, ``none`` for the costs of the file.
    notes : tuple of str
    """

    program: LinearProgram
    costs: NDArray[np.float64]
    data: Observations | None
    predictor: str
    notes: tuple[str, ...]


def make_instance(program: LinearProgram, options: ContextualOptions) -> ContextualInstance:
    """Return an instance, with costs predicted.

    Raises
    ------
    CoplugError
        If predictor, contexts and program do not fit together, or a file cannot be written later.
    """
    if options.decisions is not None:
        check_writable(options.decisions, "--decisions")
    if options.predictor is None or options.context is None:
        return ContextualInstance(program, program.objective[None], None, "none", program.notes)
    loaded = load_predictor(options.predictor)
    data = read_observations(options.context, program)
    costs = loaded.costs_for(program, data.contexts, data.context_names, str(options.context))
    notes = program.notes
    if loaded.context_names != data.context_names:
        notes += (
            f"contexts are called {', '.join(data.context_names[:5])}, "
            f"the predictor's {', '.join(loaded.context_names[:5])}: taken in their order",
        )
    return ContextualInstance(program, costs, data, loaded.name, notes)
