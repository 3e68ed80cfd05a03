"""Which SCIP parameters may come with a policy: those that change how SCIP searches, not what it is asked for.

A policy's folder may be a stranger's. None of these writes a file, prints, ends the solve early or changes what
"optimal" means, which are the user's to decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from coplug.errors import ParameterError, shown
from coplug.scip.settings import ParameterValue

ALLOWED = (
    *(
        "branching/*",
        "compression/*",
        "conflict/*",
        "cutselection/*",
        "estimation/restarts/*",
        "heuristics/*",
    ),
    *("history/*", "nodeselection/*", "presolving/*", "propagating/*", "separating/*", "symmetries/*"),
    *("lp/fastmip", "lp/initalgorithm", "lp/presolving", "lp/pricing", "lp/resolvealgorithm", "lp/scaling"),
    "misc/usesymmetry",
    *(f"constraints/*/{last}" for last in ("sepafreq", "propfreq", "delaysepa", "delayprop", "proptiming")),
    *(f"constraints/*/{last}" for last in ("maxprerounds", "presoltiming", "maxrounds", "maxroundsroot")),
    *(f"constraints/*/{last}" for last in ("maxsepacuts", "maxsepacutsroot")),
)
"""Patterns of names; a star stands for anything."""

REFUSED = (
    *("*filename", "*verblevel", "*/disp*", "*/show*", "*/output", "*/debug*"),
    *("propagating/*tol*", "propagating/*/conditionlimit"),
)
"""What these patterns would let through: files, output, and tolerances of bounds that count as proven."""


def check_allowed(parameters: Mapping[Any, Any]) -> dict[str, ParameterValue]:
    """Return the SCIP parameters that come with a policy.

    Parameters
    ----------
    parameters : mapping
        Whether SCIP has them and takes their values shows when they are set.

    Raises
    ------
    ParameterError
        If one is not a policy's to set, or its value is no parameter's.
    """
    for name, value in parameters.items():
        if not isinstance(name, str) or not is_allowed(name):
            raise ParameterError(f"sets {shown(name)}, which is not a policy's to set; {_CHOICES}")
        if type(value) not in (bool, int, float, str) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            raise ParameterError(
                f"sets {name} to {shown(value)}; expected a finite number, true or false, or text"
            )
    return dict(parameters)


def is_allowed(name: str) -> bool:
    """Tell whether a policy may set the parameter."""
    return _matches(name, ALLOWED) and not _matches(name, REFUSED)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


_CHOICES = "it may set those of " + ", ".join(
    dict.fromkeys(pattern.partition("/")[0] + "/" for pattern in ALLOWED)
)
