"""The problem ``influence``: seeds of a diffusion in a graph, from a file or in memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coplug.contracts.problem import Problem
from coplug.problems.influence.options import InfluenceOptions
from coplug.report import OnProgress, Report, Stop

if TYPE_CHECKING:
    import networkx as nx

    from coplug.graphs.graph import Graph
    from coplug.problems.influence.instance import InfluenceInstance
    from coplug.problems.influence.policies import SeedPolicy


class Influence(Problem["InfluenceInstance", InfluenceOptions]):
    """Choose the seeds from which a diffusion reaches the most nodes of a graph.

    A graph in memory is a :class:`~coplug.graphs.graph.Graph`, or one of networkx, which is read like a file.
    """

    name = "influence"
    description = (
        "influence maximization: seeds from which a diffusion reaches the most nodes of a graph file"
    )
    sense = "max"
    suffixes = (".g6", ".s6", ".col", ".clq", ".graph", ".gr", ".mtx", ".edgelist", ".gml", ".graphml")
    options_type = InfluenceOptions
    has_picture = True

    def read(self, path: Path, options: InfluenceOptions) -> InfluenceInstance:
        """Read a graph file."""
        from coplug.graphs.formats.reading import read_graph
        from coplug.problems.influence.instance import make_instance, wanted

        return make_instance(str(path), read_graph(path, wanted(options)), options)

    def takes(self, found: object) -> bool:
        """Tell whether it is a graph of coplug or networkx."""
        import networkx as nx

        from coplug.graphs.graph import Graph

        return isinstance(found, Graph | nx.Graph)

    def take(self, found: Graph | nx.Graph, options: InfluenceOptions) -> InfluenceInstance:
        """Take a graph."""
        from coplug.graphs.formats.networkx_graph import raw_from_networkx
        from coplug.graphs.formats.simple import reduced_to, simple_graph
        from coplug.graphs.graph import Graph
        from coplug.problems.influence.instance import make_instance, wanted

        if isinstance(found, Graph):
            return make_instance("a graph", reduced_to(found, wanted(options)), options)
        read = simple_graph(raw_from_networkx(found), wanted(options))
        return make_instance("a graph of networkx", read, options)

    def policies(self) -> dict[str, str]:
        """See :func:`coplug.problems.influence.policies.available_policies`."""
        from coplug.problems.influence.policies import available_policies

        return available_policies()

    def load_policy(self, name: str) -> SeedPolicy | None:
        """See :func:`coplug.problems.influence.policies.load_policy`."""
        from coplug.problems.influence.policies import load_policy

        return load_policy(name)

    def warm_up(self, instance: InfluenceInstance, options: InfluenceOptions) -> None:
        """Solve a tiny instance, which compiles every kernel that the options need."""
        from coplug.problems.influence.warm_up import warm_up

        warm_up(instance, options)

    def solve(
        self, instance: InfluenceInstance, options: InfluenceOptions, progress: OnProgress | None, stop: Stop
    ) -> Report:
        """See :func:`coplug.problems.influence.solve.solve_influence`."""
        from coplug.problems.influence.solve import solve_influence

        return solve_influence(instance, options, progress, stop)

    def picture(self, instance: InfluenceInstance, report: Report, path: Path) -> None:
        """Draw the spread by number of seeds, and a small graph with its seeds."""
        from coplug.problems.influence.picture import draw_spread

        draw_spread(instance, report, path)


INFLUENCE = Influence()
