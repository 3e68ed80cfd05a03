"""A packet on its way, as text and as a picture; the picture needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.drawing import CHOSEN, EDGE, draw_edges, draw_nodes, prepare
from coplug.problems.routing.packet import Packet
from coplug.problems.routing.picture import drawn_places

from ..figure import rgb_array

SIZE = 6.0


def packet_text(packet: Packet) -> str:
    """Return two lines: how long the route is, and which nodes are on it."""
    names = " ".join(str(packet.network.names[node]) for node in packet.route)
    return f"{_title(packet)}\nroute: {names}"


def draw_packet(packet: Packet) -> NDArray[np.uint8]:
    """Return a picture of the network with the route in red, uint8, shape (600, 600, 3).

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        place = drawn_places(packet.network)
        prepare(axes, _title(packet))
        draw_edges(axes, place, packet.network.edges, width=0.4)
        draw_nodes(axes, place, EDGE)
        axes.plot(*place[packet.route].T, "-", color=CHOSEN, linewidth=1.6, zorder=3)
        axes.plot(
            *place[[packet.node, packet.dest]].T, "o", color=CHOSEN, linestyle="", markersize=7, zorder=4
        )

    return rgb_array(SIZE, SIZE, draw)


def _title(packet: Packet) -> str:
    ends = f"{packet.network.names[packet.route[0]]} to {packet.network.names[packet.dest]}"
    return (
        f"{ends}: {len(packet.route) - 1} hops, {packet.length / packet.shortest:.2f} of the shortest route"
    )
