"""The problem ``routing``: packets through a wireless network, from a file or in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.contracts.problem import Problem
from coplug.errors import UsageError
from coplug.report import OnProgress, Report, Stop

from .options import RoutingOptions

if TYPE_CHECKING:
    from .instance import RoutingInstance
    from .learned import LearnedRule


class Routing(Problem["RoutingInstance", RoutingOptions]):
    """Bring packets through a network on short routes by what nodes know of their surroundings.

    In memory, a network is a :class:`~.network.Network`, a graph of networkx whose nodes have positions, or a mapping
    as the JSON form.
    """

    name = "routing"
    description = "routing in a wireless network with positions, by local rules, learned and classical"
    sense = "min"
    suffixes = (".gml", ".graphml", ".csv")  # of .json, which is read too, knapsacks are the usual ones
    options_type = RoutingOptions
    has_picture = True

    def read(self, path: Path, options: RoutingOptions) -> RoutingInstance:
        """Read a network file."""
        from .instance import make_instance, wanted
        from .reading import read_network

        return make_instance(str(path), read_network(path, wanted(options)), options)

    def takes(self, found: object) -> bool:
        """Tell whether it is a network, or a graph of networkx or a mapping with positions."""
        import networkx as nx

        from .network import Network
        from .reading import has_positions

        if isinstance(found, nx.Graph):
            return has_positions(found)
        return isinstance(found, Network) or (isinstance(found, Mapping) and "positions" in found)

    def take(self, found: Any, options: RoutingOptions) -> RoutingInstance:
        """Take a network; options that are about files are for the other forms."""
        if options.links is not None:
            raise UsageError("links is for a CSV file of positions; a network in memory has its own")
        from .instance import make_instance, wanted
        from .network import Network
        from .reading import network_from_mapping, network_of

        if isinstance(found, Network):
            if (options.radius, options.weights, options.geometry) != (None, "distance", "auto"):
                raise UsageError(
                    "a Network has its links and geometry; leave out radius, weights and geometry"
                )
            return make_instance("a network", found, options)
        if isinstance(found, Mapping):
            return make_instance("a mapping", network_from_mapping(found, wanted(options)), options)
        return make_instance("a graph of networkx", network_of(found, wanted(options)), options)

    def policies(self) -> dict[str, str]:
        """Return ``none`` and the shipped rules."""
        from .learned import shipped_rules

        return {"none": "the best way without learning"} | dict.fromkeys(
            shipped_rules(), "shipped with coplug"
        )

    def load_policy(self, name: str) -> LearnedRule | None:
        """Return a learned rule, or None for ``none``.

        Raises
        ------
        UnknownPolicyError
            If there is none of that name.
        WeightsError
            If it cannot be read.
        """
        from .learned import BEST, load_rule

        return None if name == "none" else load_rule(BEST if name == "auto" else name)

    def warm_up(self, instance: RoutingInstance, options: RoutingOptions) -> None:
        """Route in a network of three nodes, which compiles every kernel that the options need."""
        from .warm_up import warm_up

        warm_up(options)

    def solve(
        self, instance: RoutingInstance, options: RoutingOptions, progress: OnProgress | None, stop: Stop
    ) -> Report:
        """See :func:`coplug.problems.routing.solve.solve_routing`."""
        from .solve import solve_routing

        return solve_routing(instance, options, progress, stop)

    def picture(self, instance: RoutingInstance, report: Report, path: Path) -> None:
        """Draw the network, with the route of one packet."""
        from .picture import draw_route

        draw_route(instance, report, path)


ROUTING = Routing()
