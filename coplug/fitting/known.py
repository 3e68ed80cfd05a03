"""What a fingerprint takes of instances that it is not for: MIPLIB 3, and coplug's own families.

Their metrics were measured by ``scripts/structures.py`` and are kept in ``known_structures.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from coplug.scip.ranges import mismatches

KNOWN_FILE = "known_structures.json"

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Taken:
    """What is taken.

    Attributes
    ----------
    miplib : tuple of str
        Names of instances.
    n_miplib : int
        Of all that were measured.
    families : tuple of str
        Of coplug, some instance of which is taken; the family that was fitted may be among them.
    n_families : int
    """

    miplib: tuple[str, ...]
    n_miplib: int
    families: tuple[str, ...]
    n_families: int

    def sentence(self) -> str:
        """Return it in words."""
        of_miplib = f"{len(self.miplib)} of {self.n_miplib} instances of MIPLIB 3"
        if self.miplib:
            of_miplib += f" ({', '.join(self.miplib)})"
        of_families = ", ".join(self.families) or "none"
        return f"It would take {of_miplib}, and of coplug's {self.n_families} families: {of_families}."


@cache
def known_structures() -> dict[str, dict[str, Metrics]]:
    """Return metrics by name: of the instances of ``miplib``, and of those of ``families``, called FAMILY-SIZE-NNNN."""
    found: dict[str, dict[str, Metrics]] = json.loads(
        files("coplug.fitting").joinpath(KNOWN_FILE).read_text()
    )
    return found


def taken_by(fingerprint: Mapping[str, tuple[float, float]]) -> Taken:
    """Return what a fingerprint of problems as they are given takes."""
    known = known_structures()
    miplib = [name for name, metrics in known["miplib"].items() if not mismatches(fingerprint, metrics)]
    family_of = {name: name.partition("-")[0] for name in known["families"]}
    taken = [family_of[name] for name, m in known["families"].items() if not mismatches(fingerprint, m)]
    return Taken(
        tuple(miplib), len(known["miplib"]), tuple(dict.fromkeys(taken)), len(set(family_of.values()))
    )
