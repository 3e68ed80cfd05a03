"""SCIP's parameters that go by another name now, so that messages can say which."""

from __future__ import annotations

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
