"""The problems ``mis``, ``vertex-cover`` and ``clique`` of a graph, from a file or in memory."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.contracts.problem import Problem
from coplug.problems.mis.options import GraphOptions
from coplug.report import OnProgress, Report, Sense, Stop, relative_gap

if TYPE_CHECKING:
    import networkx as nx

    from coplug.graphs.formats.simple import GraphFile, Wanted
    from coplug.graphs.graph import Graph
    from coplug.problems.mis.policies import SetPolicy
    from coplug.problems.mis.solve import GraphResult


@dataclass(frozen=True)
class GraphInstance:
    """A graph and where it comes from.

    Attributes
    ----------
    label : str
        Its path as given, or a few words.
    graph : Graph
        To be solved.
    notes : tuple of str
        What its reader left out.
    """

    label: str
    graph: Graph
    notes: tuple[str, ...] = ()


class SetProblem(Problem[GraphInstance, GraphOptions]):
    """A problem whose solution is a set of nodes; all three are solved by way of independent sets.

    A graph in memory is a :class:`~coplug.graphs.graph.Graph`, or one of networkx, which is read like a file.
    """

    suffixes = (".g6", ".s6", ".col", ".clq", ".graph", ".gr", ".mtx", ".edgelist", ".gml", ".graphml")
    options_type = GraphOptions
    has_picture = True

    def __init__(self, name: str, sense: Sense, description: str) -> None:
        self.name = name
        self.sense = sense
        self.description = description

    def read(self, path: Path, options: GraphOptions) -> GraphInstance:
        """Read a graph file."""
        from coplug.graphs.formats.reading import read_graph

        return self._instance(str(path), read_graph(path, _wanted(options)))

    def takes(self, found: object) -> bool:
        """Tell whether it is a graph of coplug or networkx."""
        import networkx as nx

        from coplug.graphs.graph import Graph

        return isinstance(found, Graph | nx.Graph)

    def take(self, found: Graph | nx.Graph, options: GraphOptions) -> GraphInstance:
        """Take a graph."""
        from coplug.graphs.formats.networkx_graph import raw_from_networkx
        from coplug.graphs.formats.simple import reduced_to, simple_graph
        from coplug.graphs.graph import Graph

        if isinstance(found, Graph):
            return self._instance("a graph", reduced_to(found, _wanted(options)))
        read = simple_graph(raw_from_networkx(found), _wanted(options))
        return self._instance("a graph of networkx", read)

    def policies(self) -> dict[str, str]:
        """See :func:`coplug.problems.mis.policies.available_policies`."""
        from coplug.problems.mis.policies import available_policies

        return available_policies()

    def load_policy(self, name: str) -> str | SetPolicy:
        """See :func:`coplug.problems.mis.policies.load_policy`."""
        from coplug.problems.mis.policies import load_policy

        return load_policy(name)

    def warm_up(self, instance: GraphInstance, options: GraphOptions) -> None:
        """Run every kernel once that the graph needs, and what the policy wants run."""
        from coplug.problems.mis.anytime import warm_up
        from coplug.problems.mis.weighing import weigh

        warm_up(
            weighted=weigh(instance.graph).graph.node_weights is not None,
            sampling=options.samples is not None,
        )
        if not options.method:
            with suppress(Exception, SystemExit):  # a policy that fails here fails again where it counts
                getattr(options.policy, "warm_up", lambda: None)()

    def solve(
        self, instance: GraphInstance, options: GraphOptions, progress: OnProgress | None, stop: Stop
    ) -> Report:
        """See :func:`coplug.problems.mis.solve.solve_graph`."""
        from coplug.problems.mis.solve import solve_graph

        return self._report(
            instance, options, solve_graph(self.name, instance.graph, options, progress, stop)
        )

    def picture(self, instance: GraphInstance, report: Report, path: Path) -> None:
        """Draw the graph, neighbours near each other, with the set in red."""
        from coplug.figures import save_figure
        from coplug.graphs.drawing import CHOSEN, NODE, draw_edges, draw_nodes, prepare
        from coplug.graphs.layout import springs

        graph, chosen = instance.graph, {str(name) for name in report.solution or ()}

        def draw(axes: Any) -> None:
            place = springs(graph)
            prepare(axes, f"{report.instance}: {self.name} of {report.objective}")
            draw_edges(axes, place, graph.edges())
            draw_nodes(axes, place, [CHOSEN if str(name) in chosen else NODE for name in graph.names])

        save_figure(path, draw)

    def _instance(self, label: str, read: GraphFile) -> GraphInstance:
        """Add a note about nodes that no set is the better for."""
        weights = read.graph.node_weights
        n_useless = 0 if weights is None else int((weights <= 0).sum())
        place = "in the cover" if self.name == "vertex-cover" else "left out of the set"
        nodes = (
            "1 node of weight 0 or less is"
            if n_useless == 1
            else f"{n_useless} nodes of weight 0 or less are"
        )
        notes = (f"{nodes} {place}",) if n_useless else ()
        return GraphInstance(label, read.graph, read.notes + notes)

    def _report(self, instance: GraphInstance, options: GraphOptions, result: GraphResult) -> Report:
        graph = instance.graph
        return Report(
            problem=self.name,
            instance=instance.label,
            status=result.status,
            sense=result.sense,
            objective=result.objective,
            bound=result.bound,
            gap=relative_gap(result.objective, result.bound),
            time_s=result.time_s,
            seed=options.seed,
            policy=result.policy,
            solution=[graph.names[node] for node in result.chosen.nonzero()[0].tolist()],
            extra={
                "n_nodes": graph.n_nodes,
                "n_edges": graph.n_edges,
                "kernel_nodes": result.kernel_nodes,
                "kernel_edges": result.kernel_edges,
                "steps": result.steps,
                "notes": list(instance.notes),
                **_several(graph, result),
            },
            details={
                "kernel": f"{result.kernel_nodes} nodes, {result.kernel_edges} edges after reductions",
                "search": f"{result.steps} steps",
                **_several_in_words(result),
            },
            remarks=(f"failed, the local search went on: {result.failure}",) if result.failure else (),
            notes=instance.notes,
        )


def _several(graph: Graph, result: GraphResult) -> dict[str, Any]:
    """Return the keys of the document that are about several sets; none where one was asked for."""
    from coplug.algorithms.fronts.indicators import mean_pairwise_distance

    if result.sets is None:
        return {}
    return {
        "sets": [[graph.names[node] for node in chosen.nonzero()[0].tolist()] for chosen in result.sets],
        "mean_size": float(result.sets.sum(axis=1).mean()),
        "mean_distance": mean_pairwise_distance(result.sets),
    }


def _several_in_words(result: GraphResult) -> dict[str, str]:
    from coplug.algorithms.fronts.indicators import mean_pairwise_distance

    if result.sets is None:
        return {}
    n, size = len(result.sets), result.sets.sum(axis=1).mean()
    text = (
        f"{n}, mean size {size:.2f}, two differ in {mean_pairwise_distance(result.sets):.2f} nodes on average"
    )
    return {"sets": text}


def _wanted(options: GraphOptions) -> Wanted:
    from coplug.graphs.formats.simple import Wanted

    return Wanted(node_weights=not options.unweighted)


MIS = SetProblem(
    "mis",
    "max",
    "maximum independent set of a graph file, by weight if nodes have weights: reductions, local search, SCIP",
)
VERTEX_COVER = SetProblem(
    "vertex-cover",
    "min",
    "minimum vertex cover of a graph file, by weight if nodes have weights: the complement of an independent set",
)
CLIQUE = SetProblem(
    "clique",
    "max",
    "maximum clique of a graph file, by weight if nodes have weights: an independent set of the complement graph",
)
