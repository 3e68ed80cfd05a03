"""The problem ``knapsack``: 0/1 items, one or several objectives and constraints, from a file or in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.contracts.problem import Problem
from coplug.errors import UnknownPolicyError, UsageError
from coplug.problems.knapsack.options import KnapsackOptions
from coplug.report import OnProgress, Report, Stop

if TYPE_CHECKING:
    from coplug.problems.knapsack.instance import KnapsackInstance

KEYS = ("profits", "weights", "capacities")


class KnapsackProblem(Problem["KnapsackInstance", KnapsackOptions]):
    """Choose items so that every capacity holds and every objective is as large as can be.

    With several objectives, what is found is a set of choices that no other one dominates. In memory, an instance is a
    mapping with ``profits``, ``weights``, ``capacities`` as a JSON file has them, or arrays.
    """

    name = "knapsack"
    description = (
        "knapsacks with one or several objectives and constraints: dynamic programming, SCIP, local search"
    )
    sense = "max"
    suffixes = (".kp", ".json", ".txt")
    options_type = KnapsackOptions
    has_picture = True

    def read(self, path: Path, options: KnapsackOptions) -> KnapsackInstance:
        """Read a file of any suffix; see :func:`coplug.problems.knapsack.reading.read_knapsack`."""
        from coplug.problems.knapsack.reading import read_knapsack

        return read_knapsack(path, options.objectives, options.number)

    def takes(self, found: object) -> bool:
        """Tell whether it is a mapping with the keys of a JSON file."""
        return isinstance(found, Mapping) and all(key in found for key in KEYS)

    def take(self, found: Mapping[str, Any], options: KnapsackOptions) -> KnapsackInstance:
        """Take a mapping."""
        from coplug.problems.knapsack.reading import take_mapping

        if options.objectives or options.number is not None:
            raise UsageError("--objective and --number are for files; all objectives of a mapping are taken")
        return take_mapping(found)

    def policies(self) -> dict[str, str]:
        """Return the only one."""
        return {"none": "the methods of --method; no policy is asked anything"}

    def load_policy(self, name: str) -> None:
        """See that no policy is asked for."""
        if name not in ("none", "auto"):
            raise UnknownPolicyError(f"policy {name!r} is unknown for knapsacks; take none, and --method")

    def warm_up(self, instance: KnapsackInstance, options: KnapsackOptions) -> None:
        """Run every kernel once that the method needs."""
        from coplug.problems.knapsack.solve import warm_up

        warm_up(options)

    def solve(
        self, instance: KnapsackInstance, options: KnapsackOptions, progress: OnProgress | None, stop: Stop
    ) -> Report:
        """See :func:`coplug.problems.knapsack.solve.solve_knapsack`."""
        from coplug.problems.knapsack.reporting import report_of
        from coplug.problems.knapsack.solve import solve_knapsack

        return report_of(instance, options, solve_knapsack(instance.knapsack, options, progress, stop))

    def picture(self, instance: KnapsackInstance, report: Report, path: Path) -> None:
        """Draw the front, or of a single objective the items by weight and profit."""
        from coplug.problems.knapsack.picture import draw

        draw(instance, report, path)


problem = KnapsackProblem()
