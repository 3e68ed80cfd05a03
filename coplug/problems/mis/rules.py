"""The reductions of a construction, by name."""

from __future__ import annotations

from coplug.errors import UsageError
from coplug.problems.mis.reduction_graph import DEGREE_TWO, DOMINATION
from coplug.problems.mis.reduction_kernels import ALL_RULES

REDUCTIONS: dict[str, int | None] = {
    "none": None,
    "degree-1": 0,
    "degree-2": DEGREE_TWO,
    "domination": DEGREE_TWO | DOMINATION,
    "all": ALL_RULES,
}
"""Each has the rules of those before it: nodes of degree 0 and 1, of degree 2, dominated, unconfined."""


def rules_of(name: str) -> int | None:
    """Return the rules that a name stands for, None for no reductions.

    Raises
    ------
    UsageError
        If the name is unknown.
    """
    if name not in REDUCTIONS:
        raise UsageError(f"reductions {name!r} are unknown; choose one of: {', '.join(REDUCTIONS)}")
    return REDUCTIONS[name]
