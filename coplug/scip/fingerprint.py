"""Looking at the first LP of an instance, by which its family is recognised."""

from __future__ import annotations

from pathlib import Path

from coplug.scip.first_lp import FirstLP
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.make_reader import make_reader
from coplug.scip.settings import Parameters, apply_parameters
from coplug.scip.solve import open_model
from coplug.scip.structure import structure_metrics


def root_metrics(path: Path, parameters: Parameters | None = None) -> dict[str, float] | None:
    """Return :func:`~.structure.structure_metrics` of the first LP, None where presolving leaves none.

    Parameters
    ----------
    path : Path
    parameters : mapping, optional
        SCIP parameters, its defaults where left out.

    Raises
    ------
    InstanceError
        If the file cannot be read.
    """
    found: list[dict[str, float]] = []
    with open_model(path) as model:
        apply_parameters(model, parameters or {})

        def look() -> None:
            found.append(structure_metrics(make_reader(model).read()))
            model.interruptSolve()

        model.includeEventhdlr(FirstLP(look), "coplug-look", "looks at the first LP")
        if optimize_interruptibly(model) is not None:
            raise KeyboardInterrupt
    return found[0] if found else None
