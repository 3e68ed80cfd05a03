"""The instances of environments that are given none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyscipopt

from coplug.families import Family
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.problems.milp.families.independent_set import IndependentSet
from coplug.problems.milp.families.setcover import SetCover
from coplug.scip.session import Session
from coplug.scip.settings import ParameterValue
from coplug.scip.sources import FamilySource, Instance, Source, as_source

from .sizes import Sizes

N_ITEMS, N_BIDS = 30, 100

_MOST_BIDDERS = N_BIDS // 3  # only those with three bids and more have a row

SETTINGS: dict[str, ParameterValue] = {
    "presolving/maxrounds": 0,
    "presolving/maxrestarts": 0,
    "separating/maxrounds": 0,
    "separating/maxroundsroot": 0,
    "propagating/maxrounds": 0,
    "propagating/maxroundsroot": 0,
    "misc/usesymmetry": 0,
}
"""Set together with all primal heuristics off: all variables are open at the root's first decision."""

BEST_FIRST: dict[str, ParameterValue] = {
    "nodeselection/bfs/stdpriority": 10**6,
    "nodeselection/bfs/minplungedepth": 0,
    "nodeselection/bfs/maxplungedepth": 0,
    "branching/mostinf/priority": 10**6,
}
"""A search that goes for the dual bound alone, and fast: it finds hardly a solution by itself."""


@dataclass(frozen=True)
class DefaultInstances:
    """A family whose instances SCIP does not shrink, and what no instance of it exceeds without cutting planes.

    Attributes
    ----------
    family : Family
    settings : mapping
        SCIP parameters, set together with all primal heuristics off.
    sizes : mapping of str to int
        ``max_variables``, ``max_rows`` and ``max_edges``.
    """

    family: Family[Any]
    settings: Mapping[str, ParameterValue]
    sizes: Mapping[str, int]

    def source(self) -> Source:
        """Return the source of such instances."""
        return FamilySource(self.family, self._prepare)

    def _prepare(self, model: Session) -> None:
        model.set_params(self.settings)
        model.solver.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)


SMALL_AUCTIONS = DefaultInstances(
    CombinatorialAuction(n_items=N_ITEMS, n_bids=N_BIDS),
    SETTINGS,
    {
        "max_variables": N_BIDS,
        "max_rows": N_ITEMS + _MOST_BIDDERS,
        "max_edges": N_BIDS * N_ITEMS + N_BIDS,
    },
)
"""Of ``Branching``, and of ``PrimalSearch`` up to version 1."""

SET_COVERS = DefaultInstances(
    SetCover(n_rows=200, n_columns=200, density=0.1, max_coefficient=10),
    SETTINGS | BEST_FIRST,
    {"max_variables": 200, "max_rows": 200, "max_edges": 4000},
)
"""Of ``PrimalSearch``: nearly any proposal with enough ones is a solution, few are good ones."""

CONFIGURED = (
    FamilySource(CombinatorialAuction(n_items=40, n_bids=150)),
    FamilySource(IndependentSet(n_nodes=150)),
)
"""Of ``Configuring``, by version; the second is where settings explain most of what a solve takes."""


def decisions_from(
    instance: Instance | None,
    max_variables: int | None,
    max_rows: int | None,
    max_edges: int | None,
    default: DefaultInstances = SMALL_AUCTIONS,
) -> tuple[Source, Sizes]:
    """Return the source that an argument stands for, None for the default, and the sizes of arrays."""
    if instance is not None:
        source = as_source(instance)
        return source, Sizes(max_variables, max_rows, max_edges, source.first)
    source = default.source()
    given = {"max_variables": max_variables, "max_rows": max_rows, "max_edges": max_edges}
    chosen = {**default.sizes, **{name: size for name, size in given.items() if size is not None}}
    return source, Sizes(**chosen, first=source.first)
