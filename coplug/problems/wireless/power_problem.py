"""The problem ``power``: powers of access points for users of a cell-free network, from a file or in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.contracts.problem import Problem
from coplug.problems.wireless.power_options import LEAST, SUM, PowerOptions
from coplug.report import OnProgress, Report, Stop

if TYPE_CHECKING:
    from coplug.problems.wireless.power_instance import PowerInstance
    from coplug.problems.wireless.power_solve import Networks

SHIPPED = {LEAST: "icgnn-power-least", SUM: "icgnn-power-sum"}
"""The shipped networks, by goal."""


class Power(Problem["PowerInstance", PowerOptions]):
    """Allocate power in batches of cell-free networks, for the least rate or the sum of rates.

    In memory, an instance is a mapping of arrays with the names that a file has.
    """

    name = "power"
    description = "power allocation in cell-free networks: bisection, WMMSE, a homogeneous graph network"
    sense = "max"
    suffixes = (".npz", ".mat")
    options_type = PowerOptions
    has_picture = True
    has_arrays = True

    def read(self, path: Path, options: PowerOptions) -> PowerInstance:
        """Read a file of arrays."""
        from coplug.problems.wireless.arrays import read_arrays
        from coplug.problems.wireless.power_instance import make_power

        return make_power(str(path), read_arrays(path), options)

    def takes(self, found: object) -> bool:
        """Tell whether it is a mapping with large-scale fading ``beta``."""
        return isinstance(found, Mapping) and "beta" in found

    def take(self, found: Mapping[str, Any], options: PowerOptions) -> PowerInstance:
        """Take a mapping of arrays."""
        from coplug.problems.wireless.arrays import take_arrays
        from coplug.problems.wireless.power_instance import make_power

        return make_power("networks", take_arrays(found), options)

    def policies(self) -> dict[str, str]:
        """Return the shipped networks, and ``none``."""
        from coplug.problems.wireless.policies import listed

        return listed(self.name)

    def load_policy(self, name: str) -> Networks | None:
        """Return networks by the goal that each is for; None is ``none``."""
        from coplug.problems.wireless.policies import network_of

        if name == "none":
            return None
        if name == "auto":
            return {goal: network_of(self.name, shipped) for goal, shipped in SHIPPED.items()}
        net = network_of(self.name, name)
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
