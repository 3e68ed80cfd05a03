"""The instances of an environment that is given none."""

from __future__ import annotations

import pyscipopt

from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.scip.session import Session
from coplug.scip.sources import FamilySource, Instance, Source, as_source

from .sizes import Sizes

N_ITEMS, N_BIDS = 30, 100

_MOST_BIDDERS = N_BIDS // 3  # only those with three bids and more have a row

SIZES = {
    "max_variables": N_BIDS,
    "max_rows": N_ITEMS + _MOST_BIDDERS,
    "max_edges": N_BIDS * N_ITEMS + N_BIDS,
}
"""What no such auction exceeds, if there are no cutting planes."""

SETTINGS = {
    "presolving/maxrounds": 0,
    "presolving/maxrestarts": 0,
    "separating/maxrounds": 0,
    "separating/maxroundsroot": 0,
    "propagating/maxrounds": 0,
    "propagating/maxroundsroot": 0,
    "misc/usesymmetry": 0,
}
"""Set together with all primal heuristics off."""


def small_auctions() -> Source:
    """Return auctions whose variables are all still open at the root's first decision, whatever the seed."""
    return FamilySource(CombinatorialAuction(n_items=N_ITEMS, n_bids=N_BIDS), _keep_root_open)


def decisions_from(
    instance: Instance | None, max_variables: int | None, max_rows: int | None, max_edges: int | None
) -> tuple[Source, Sizes]:
    """Return the source that an argument stands for, None for the default, and the sizes of arrays."""
    if instance is not None:
        source = as_source(instance)
        return source, Sizes(max_variables, max_rows, max_edges, source.first)
    source = small_auctions()
    given = {"max_variables": max_variables, "max_rows": max_rows, "max_edges": max_edges}
    chosen = SIZES | {name: size for name, size in given.items() if size is not None}
    return source, Sizes(**chosen, first=source.first)


def _keep_root_open(model: Session) -> None:
    model.set_params(SETTINGS)
    model.solver.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
