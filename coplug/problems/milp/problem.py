"""The problem ``milp``: a model, from a file or PySCIPOpt's, solved by SCIP with a branching policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.contracts.problem import Problem
from coplug.errors import UsageError
from coplug.report import OnProgress, Report, Stop
from coplug.scip.options import SolveOptions
from coplug.scip.suffixes import MODEL_SUFFIXES

if TYPE_CHECKING:
    from coplug.contracts.policy import BranchingPolicy, PolicySelector
    from coplug.scip.race.race import RaceInstance
    from coplug.scip.solve import ModelInstance


class Milp(Problem["ModelInstance | RaceInstance", SolveOptions]):
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

    def read(self, path: Path, options: SolveOptions) -> ModelInstance | RaceInstance:
        """See :func:`coplug.scip.solve.read_instance`, and for a race :func:`coplug.scip.race.race.read_race`."""
        if options.race is not None:
            from coplug.scip.race.race import read_race

            return read_race(path, options)
        from coplug.scip.solve import read_instance

        return read_instance(path, options)

    def takes(self, found: object) -> bool:
        """Tell whether it is a model of PySCIPOpt."""
        from coplug.scip.solve import is_model

        return is_model(found)

    def take(self, found: Any, options: SolveOptions) -> ModelInstance:
        """See :func:`coplug.scip.solve.take_model`; a model stays in its process, so it cannot race."""
        if options.race is not None:
            raise UsageError(
                "race is for files: a pyscipopt.Model stays in its process; write it with writeProblem, give the file"
            )
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

    def warm_up(self, instance: ModelInstance | RaceInstance, options: SolveOptions) -> None:
        """See :func:`coplug.problems.milp.warm_up.warm_up`; for early solutions, their kernels too."""
        from coplug.problems.milp.warm_up import warm_up

        warm_up(options.policy)
        if options.early_solutions:
            from coplug.scip.warm_up import warm_up_early_solutions

            warm_up_early_solutions()

    def solve(
        self,
        instance: ModelInstance | RaceInstance,
        options: SolveOptions,
        progress: OnProgress | None,
        stop: Stop,
    ) -> Report:
        """See :func:`coplug.scip.solve.solve`, and for a race :func:`coplug.scip.race.race.race`."""
        from coplug.scip.solve import ModelInstance, solve

        if not isinstance(instance, ModelInstance):
            from coplug.scip.race.race import race

            return race(instance, options, progress, stop)

        return solve(instance, options, progress, stop)

    def watch(self, instance: ModelInstance | RaceInstance) -> None:
        """Have the bounds recorded."""
        instance.watch()

    def picture(self, instance: ModelInstance | RaceInstance, report: Report, path: Path) -> None:
        """Draw the bounds over time, of every run of a race."""
        instance.picture(report, path)


problem = Milp()
