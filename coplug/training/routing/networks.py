"""Networks to learn from, and to be judged by."""

from __future__ import annotations

import numpy as np

from coplug.errors import RecipeError
from coplug.families import instance_seed
from coplug.problems.routing.families import WirelessHyperbolic, WirelessSquare
from coplug.problems.routing.network import Network


def drawn_networks(n_nodes: int, densities: str, count: int, seed: int) -> list[Network]:
    """Return some networks of each density.

    Parameters
    ----------
    n_nodes : int
    densities : str
        Apart by blanks; a number with ``h`` before is of the hyperbolic family.
    count : int
        Networks of each.
    seed : int

    Raises
    ------
    RecipeError
        If a density is no number.
    """
    found = []
    for k, word in enumerate(densities.split()):
        try:
            density = float(word.removeprefix("h"))
        except ValueError:
            raise RecipeError(f"density {word!r} is no number; write such as 2 or h2") from None
        family = (WirelessHyperbolic if word.startswith("h") else WirelessSquare)(n_nodes, density)
        for i in range(count):
            rng = np.random.RandomState(instance_seed(seed + k, i))
            found.append(family.generate(rng))
    return found
