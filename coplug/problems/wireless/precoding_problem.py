"""The problem ``precoding``: precoders of a base station for channels from a file or in memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coplug.problems.wireless.array_problem import ArrayProblem
from coplug.problems.wireless.precoding_options import PrecodingOptions
from coplug.report import OnProgress, Report, Stop

if TYPE_CHECKING:
    from coplug.inference.icgnn_precoding import Precoder
    from coplug.problems.wireless.arrays import Arrays
    from coplug.problems.wireless.precoding import Networks
    from coplug.problems.wireless.precoding_instance import PrecodingInstance

EXACT, ESTIMATED = "icgnn-precoding", "icgnn-precoding-robust"
"""The shipped networks, for channels that are known and for estimates."""


class Precoding(ArrayProblem["PrecodingInstance", PrecodingOptions]):
    """Precode batches of channels so that the sum of rates, with weights of users, is as large as can be."""

    name = "precoding"
    description = "precoding of a multi-user downlink: a homogeneous graph network, WMMSE, RZF and others"
    sense = "max"
    options_type = PrecodingOptions
    array = "H"
    label = "channels"

    def of_arrays(self, label: str, arrays: Arrays, options: PrecodingOptions) -> PrecodingInstance:
        """See :func:`coplug.problems.wireless.precoding_instance.make_precoding`."""
        from coplug.problems.wireless.precoding_instance import make_precoding

        return make_precoding(label, arrays, options)

    def shipped(self) -> Networks:
        """Return one network for channels that are known and one for estimates."""
        from coplug.problems.wireless.policies import network_of
        from coplug.problems.wireless.precoding import Networks

        return Networks(EXACT, network_of(self.name, EXACT), network_of(self.name, ESTIMATED))

    def networks(self, name: str, net: Precoder) -> Networks:
        """Return a network for both."""
        from coplug.problems.wireless.precoding import Networks

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
