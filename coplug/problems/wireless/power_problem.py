"""The problem ``power``: powers of access points for users of a cell-free network, from a file or in memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coplug.problems.wireless.array_problem import ArrayProblem
from coplug.problems.wireless.power_options import LEAST, SUM, PowerOptions
from coplug.report import OnProgress, Report, Stop

if TYPE_CHECKING:
    from coplug.inference.icgnn_power import Allocator
    from coplug.problems.wireless.arrays import Arrays
    from coplug.problems.wireless.power_instance import PowerInstance
    from coplug.problems.wireless.power_solve import Networks

SHIPPED = {LEAST: "icgnn-power-least", SUM: "icgnn-power-sum"}
"""The shipped networks, by goal."""


class Power(ArrayProblem["PowerInstance", PowerOptions]):
    """Allocate power in batches of cell-free networks, for the least rate or the sum of rates."""

    name = "power"
    description = "power allocation in cell-free networks: bisection, WMMSE, a homogeneous graph network"
    sense = "max"
    options_type = PowerOptions
    array = "beta"
    label = "networks"

    def of_arrays(self, label: str, arrays: Arrays, options: PowerOptions) -> PowerInstance:
        """See :func:`coplug.problems.wireless.power_instance.make_power`."""
        from coplug.problems.wireless.power_instance import make_power

        return make_power(label, arrays, options)

    def shipped(self) -> Networks:
        """Return the networks by the goal that each is for."""
        from coplug.problems.wireless.policies import network_of

        return {goal: network_of(self.name, shipped) for goal, shipped in SHIPPED.items()}

    def networks(self, name: str, net: Allocator) -> Networks:
        """Return a network by its goal."""
        return {LEAST if net.least_rate else SUM: net}

    def warm_up(self, instance: PowerInstance, options: PowerOptions) -> None:
        """Allocate power in the first network, by which everything is compiled."""
        from coplug.problems.wireless.power_solve import allocate, choice, part_of

        method, _ = choice(instance, options)
        allocate(part_of(instance, slice(0, 1)), method, options)

    def solve(
        self, instance: PowerInstance, options: PowerOptions, progress: OnProgress | None, stop: Stop
    ) -> Report:
        """See :func:`coplug.problems.wireless.power_solve.solve_power`."""
        from coplug.problems.wireless.power_solve import solve_power

        return solve_power(instance, options, progress, stop)

    def picture(self, instance: PowerInstance, report: Report, path: Path) -> None:
        """Draw distributions of rates."""
        from coplug.problems.wireless.picture import draw_power

        draw_power(instance, report, path)


POWER = Power()
