"""By what a family of instances is recognised: the ranges that its root LPs span in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from coplug.errors import InstanceError
from coplug.scip.first_lp import FirstLP
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.make_reader import make_reader
from coplug.scip.settings import Parameters, apply_parameters
from coplug.scip.solve import open_model
from coplug.scip.structure import SIZE_METRICS, structure_metrics

SHARE_SLACK = 0.05
"""By how much a share, in [0, 1], may lie outside what was seen, besides half the range that was seen."""

SIZE_FACTOR = 3.0
"""By which factor a metric that grows with an instance may."""

FACTOR = 1.5
"""By which factor any other metric may."""

NEGLIGIBLE = 1e-3
"""And in any case by so much, for the rounding of what is 0."""

Fingerprint = dict[str, tuple[float, float]]


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


def fingerprint(seen: Sequence[Mapping[str, float]]) -> Fingerprint:
    """Return the range of each metric over some instances of a family, widened for those that were not seen.

    Parameters
    ----------
    seen : sequence of mappings
        From :func:`root_metrics`, of small and large instances.

    Raises
    ------
    InstanceError
        If there are none.
    """
    if not seen:
        raise InstanceError("a fingerprint needs at least one instance whose LP SCIP solves")
    return {name: _widened(name, [metrics[name] for metrics in seen]) for name in seen[0]}


def _widened(name: str, values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if name.endswith("share"):
        slack = SHARE_SLACK + 0.5 * (high - low)
        return round(max(low - slack, 0.0), 4), round(min(high + slack, 1.0), 4)
    factor = SIZE_FACTOR if name in SIZE_METRICS else FACTOR
    return _rounded(max(low / factor - NEGLIGIBLE, 0.0)), _rounded(high * factor + NEGLIGIBLE)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
