"""SCIP's parameters that go by another name in another version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

T = TypeVar("T")

RENAMED = {
    # SCIP 8 made the choice of cuts a plugin.
    "separating/minortho": "cutselection/hybrid/minortho",
    "separating/minorthoroot": "cutselection/hybrid/minorthoroot",
    "separating/efficacyfac": "cutselection/hybrid/efficacyweight",
    "separating/dircutoffdistfac": "cutselection/hybrid/dircutoffdistweight",
    "separating/objparalfac": "cutselection/hybrid/objparalweight",
    "separating/intsupportfac": "cutselection/hybrid/intsupportweight",
    # It made strong Chvátal-Gomory cuts in the separator of Gomory cuts,
    "separating/strongcg/maxrounds": "separating/gomory/maxrounds",
    "separating/strongcg/maxroundsroot": "separating/gomory/maxroundsroot",
    "separating/strongcg/maxsepacuts": "separating/gomory/maxsepacuts",
    "separating/strongcg/maxsepacutsroot": "separating/gomory/maxsepacutsroot",
    "separating/strongcg/dynamiccuts": "separating/gomory/dynamiccuts",
    # and put symmetry handling into one propagator.
    "propagating/orbitalfixing/freq": "propagating/symmetry/freq",
    "constraints/orbitope/sepafreq": "constraints/orbitope_full/sepafreq",
    "constraints/orbitope/propfreq": "constraints/orbitope_full/propfreq",
    # The presolver of PaPILO, which the SCIP of PySCIPOpt's wheels is built without; the general seed is left.
    "presolving/milp/randomseed": "randomization/randomseedshift",
    # SCIP 7 told two kinds of dual reductions apart.
    "misc/allowdualreds": "misc/allowstrongdualreds",
    "misc/allowobjprop": "misc/allowweakdualreds",
    # SCIP 4 put what is random in one place.
    "misc/permutationseed": "randomization/permutationseed",
    "misc/permutevars": "randomization/permutevars",
}
"""The successor of each parameter that SCIP 10 no longer has; for some it does more than its predecessor did."""

IN_SCIP_11 = {
    # Each way to handle symmetries is a plugin of its own there, as of its unreleased sources of 2026.
    "propagating/symmetry/sstleaderrule": "symmetries/sst/leaderrule",
    "propagating/symmetry/ssttiebreakrule": "symmetries/sst/orbitrule",
    "propagating/symmetry/sstleadervartype": "symmetries/sst/leadervartype",
    "propagating/symmetry/sstmixedcomponents": "symmetries/sst/mixedcomponents",
    "propagating/symmetry/addconflictcuts": "symmetries/sst/addconflictcuts",
    "propagating/symmetry/detectdoublelex": "symmetries/rowcol/detectdoublelex",
    "propagating/symmetry/handlesignedorbitopes": "symmetries/rowcol/handlesignedorbitopes",
    "propagating/symmetry/usedynamicprop": "symmetries/rowcol/usedynamicprop",
}
"""The name in SCIP 11 of parameters of SCIP 10 that mean the same there."""

_IN_SCIP_10 = {after: before for before, after in IN_SCIP_11.items()}


def resolved(parameters: Mapping[str, T], known: Collection[str]) -> tuple[dict[str, T], tuple[str, ...]]:
    """Return parameters by the names that the running SCIP has for them, and the names that it has none for.

    Parameters
    ----------
    parameters : mapping
        Values by names of SCIP 10 or 11.
    known : collection of str
        Names that the running SCIP knows.
    """
    found: dict[str, T] = {}
    unknown: list[str] = []
    for name, value in parameters.items():
        here = successor(name, known)
        if here is None:
            unknown.append(name)
        else:
            found[here] = value
    return found, tuple(unknown)


def successor(name: str, known: Collection[str]) -> str | None:
    """Return the running SCIP's name for a parameter that means the same in SCIP 10 and 11, None if it has none."""
    names = (name, IN_SCIP_11.get(name), _IN_SCIP_10.get(name))
    return next((one for one in names if one in known), None)
