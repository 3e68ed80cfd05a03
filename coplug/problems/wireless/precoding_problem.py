"""The problem ``precoding``: precoders of a base station for channels from a file or in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.contracts.problem import Problem
from coplug.problems.wireless.precoding_options import PrecodingOptions
from coplug.report import OnProgress, Report, Stop

if TYPE_CHECKING:
    from coplug.problems.wireless.precoding import Networks
    from coplug.problems.wireless.precoding_instance import PrecodingInstance

EXACT, ESTIMATED = "icgnn-precoding", "icgnn-precoding-robust"
"""The shipped networks, for channels that are known and for estimates."""


class Precoding(Problem["PrecodingInstance", PrecodingOptions]):
    """Precode batches of channels so that the sum of rates, with weights of users, is as large as can be.

    In memory, an instance is a mapping of arrays with the names that a file has.
    """

    name = "precoding"
    description = "precoding of a multi-user downlink: a homogeneous graph network, WMMSE, RZF and others"
    sense = "max"
    suffixes = (".npz", ".mat")
    options_type = PrecodingOptions
    has_picture = True
    has_arrays = True

    def read(self, path: Path, options: PrecodingOptions) -> PrecodingInstance:
        """Read a file of arrays."""
        from coplug.problems.wireless.arrays import read_arrays
        from coplug.problems.wireless.precoding_instance import make_precoding

        return make_precoding(str(path), read_arrays(path), options)

    def takes(self, found: object) -> bool:
        """Tell whether it is a mapping with channels ``H``."""
        return isinstance(found, Mapping) and "H" in found

    def take(self, found: Mapping[str, Any], options: PrecodingOptions) -> PrecodingInstance:
        """Take a mapping of arrays."""
        from coplug.problems.wireless.arrays import take_arrays
        from coplug.problems.wireless.precoding_instance import make_precoding

        return make_precoding("channels", take_arrays(found), options)

    def policies(self) -> dict[str, str]:
        """Return the shipped networks, and ``none``."""
        from coplug.problems.wireless.policies import listed

        return listed(self.name)

    def load_policy(self, name: str) -> Networks | None:
        """Return networks; ``auto`` has one for known channels and one for estimates, None is ``none``."""
        from coplug.problems.wireless.policies import network_of
        from coplug.problems.wireless.precoding import Networks

        if name == "none":
            return None
        if name == "auto":
            return Networks(EXACT, network_of(self.name, EXACT), network_of(self.name, ESTIMATED))
        net = network_of(self.name, name)
        return Networks(name, net, net)

    def warm_up(self, instance: PrecodingInstance, options: PrecodingOptions) -> None:
        """Precode the first channel, by which everything is compiled."""
        import numpy as np

        from coplug.problems.wireless.precoding import choice, precode_batch
        from coplug.problems.wireless.precoding_solve import part_of

        method, _ = choice(instance, options)
        precode_batch(part_of(instance, slice(0, 1)), method, options, np.random.default_rng(0))

    def solve(
        self, instance: PrecodingInstance, options: PrecodingOptions, progress: OnProgress | None, stop: Stop
    ) -> Report:
        """See :func:`coplug.problems.wireless.precoding_solve.solve_precoding`."""
        from coplug.problems.wireless.precoding_solve import solve_precoding

        return solve_precoding(instance, options, progress, stop)

    def picture(self, instance: PrecodingInstance, report: Report, path: Path) -> None:
        """Draw rates against the ratio of power to noise, and their distribution."""
        from coplug.problems.wireless.picture import draw_precoding

        draw_precoding(instance, report, path)


PRECODING = Precoding()
