"""The problem ``extremal``: as many edges as possible without cycles of forbidden lengths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.contracts.problem import Problem
from coplug.problems.extremal.options import ExtremalOptions
from coplug.report import OnProgress, Report, Stop

if TYPE_CHECKING:
    from coplug.problems.extremal.guide import Guide
    from coplug.problems.extremal.runs import ExtremalInstance


class Extremal(Problem["ExtremalInstance", ExtremalOptions]):
    """Search for a graph with many edges and no cycle of a forbidden length, by default girth 5.

    Writes DIR/N.g6, its certificate DIR/N.json, and DIR/archive.g6, the best graph of each size met on the way.
    """

    name = "extremal"
    description = (
        "graph with as many edges as possible and no cycle of a forbidden length, by default girth 5"
    )
    sense = "max"
    suffixes = (".g6",)
    options_type = ExtremalOptions
    needs_instance = False
    has_picture = True

    def read(self, path: Path, options: ExtremalOptions) -> ExtremalInstance:
        """Read graphs to start from; without ``--nodes``, the largest is to be bettered."""
        from coplug.problems.extremal.runs import make_instance

        return make_instance(options, path)

    def make(self, options: ExtremalOptions) -> ExtremalInstance:
        """See :func:`coplug.problems.extremal.runs.make_instance`."""
        from coplug.problems.extremal.runs import make_instance

        return make_instance(options)

    def policies(self) -> dict[str, str]:
        """See :func:`coplug.problems.extremal.guide.available_guides`."""
        from coplug.problems.extremal.guide import available_guides

        return available_guides()

    def load_policy(self, name: str) -> Guide | None:
        """Return a guide by its name, None for ``auto``: what the method takes."""
        from coplug.problems.extremal.guide import AUTO_GUIDE, load_guide

        return None if name == AUTO_GUIDE else load_guide(name)

    def warm_up(self, instance: ExtremalInstance, options: ExtremalOptions) -> None:
        """See :func:`coplug.problems.extremal.runs.warm_up`."""
        from coplug.problems.extremal.runs import warm_up

        warm_up(options)

    def solve(
        self,
        instance: ExtremalInstance,
        options: ExtremalOptions,
        progress: OnProgress | None,
        stop: Stop,
    ) -> Report:
        """See :func:`coplug.problems.extremal.runs.run`."""
        from coplug.problems.extremal.runs import run

        return run(instance, options, progress, stop)

    def picture(self, instance: ExtremalInstance, report: Report, path: Path) -> None:
        """Draw the graph that was found on a circle."""
        from coplug.figures import save_figure
        from coplug.graphs.drawing import draw_edges, draw_nodes, number_circle, prepare
        from coplug.graphs.formats.graph6 import from_graph6
        from coplug.graphs.layout import circle

        graph = from_graph6(report.extra["graph6"])

        def draw(axes: Any) -> None:
            place = circle(graph.n_nodes)
            prepare(axes, f"{report.instance}: {report.objective} edges")
            draw_edges(axes, place, graph.edges())
            draw_nodes(axes, place)
            number_circle(axes, place)

        save_figure(path, draw)


problem = Extremal()
