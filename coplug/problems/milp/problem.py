"""The problem ``milp``: a model, from a file or PySCIPOpt's, solved by SCIP with a branching policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.contracts.problem import Problem
from coplug.report import OnProgress, Report, Stop
from coplug.scip.options import SolveOptions
from coplug.scip.suffixes import MODEL_SUFFIXES

if TYPE_CHECKING:
    from coplug.contracts.policy import BranchingPolicy, PolicySelector
    from coplug.scip.solve import ModelInstance


class Milp(Problem["ModelInstance", SolveOptions]):
    """Mixed-integer linear programs, and whatever else SCIP can read.

    A ``pyscipopt.Model`` is solved in place: the branching rule is included, limits and parameters are set and stay so,
    and afterwards it can be asked for its solution as after ``optimize()``. It is not freed.
    """

    name = "milp"
    description = "mixed-integer linear programs from a file, solved by SCIP"
    sense = None
    suffixes = MODEL_SUFFIXES
    options_type = SolveOptions
    has_picture = True

    def read(self, path: Path, options: SolveOptions) -> ModelInstance:
        """See :func:`coplug.scip.solve.read_instance`."""
        from coplug.scip.solve import read_instance

        return read_instance(path, options)

    def takes(self, found: object) -> bool:
        """Tell whether it is a model of PySCIPOpt."""
        from coplug.scip.solve import is_model

        return is_model(found)

    def take(self, found: Any, options: SolveOptions) -> ModelInstance:
        """See :func:`coplug.scip.solve.take_model`."""
        from coplug.scip.solve import take_model

        return take_model(found, options)

    def policies(self) -> dict[str, str]:
        """See :func:`coplug.problems.milp.policies.available_policies`."""
        from coplug.problems.milp.policies import available_policies

        return available_policies()

    def load_policy(self, name: str) -> BranchingPolicy | PolicySelector | None:
        """See :func:`coplug.problems.milp.policies.load_policy`."""
        from coplug.problems.milp.policies import load_policy

        return load_policy(name)

    def warm_up(self, instance: ModelInstance, options: SolveOptions) -> None:
        """See :func:`coplug.problems.milp.warm_up.warm_up`."""
        from coplug.problems.milp.warm_up import warm_up

        warm_up(options.policy)

    def solve(
        self, instance: ModelInstance, options: SolveOptions, progress: OnProgress | None, stop: Stop
    ) -> Report:
        """See :func:`coplug.scip.solve.solve`."""
        from coplug.scip.solve import solve

        return solve(instance, options, progress, stop)

    def watch(self, instance: ModelInstance) -> None:
        """Have the bounds recorded."""
        instance.history = []

    def picture(self, instance: ModelInstance, report: Report, path: Path) -> None:
        """Draw the bounds over time."""
        from coplug.scip.bounds_picture import draw_bounds

        draw_bounds(instance.history or [], report, path)


problem = Milp()
