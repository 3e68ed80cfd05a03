"""Compiling what a solve needs before its clock starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .instance import make_instance
from .network import linked_within
from .options import RoutingOptions
from .rules import COMPASS
from .solve import solve_routing
from .tables import repaired, tables_of


def warm_up(options: RoutingOptions) -> None:
    """Route in a tiny network by the same way."""
    network = linked_within(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), 1.0)
    tiny = replace(
        options, tables=None, repair=None, pairs=None, origin=None, dest=None, failed=0.0, moved=0.0
    )
    solve_routing(make_instance("a tiny network", network, tiny), tiny)
    if options.tables is not None or options.repair is not None:
        for rule in (None, COMPASS):
            repaired(tables_of(network, rule), network)
    alone = replace(tiny, origin="0", dest="2")
    solve_routing(make_instance("a tiny network", network, alone), alone)
