"""The problem ``contextual-lp``: linear programs whose costs are predicted from contexts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coplug.contracts.problem import Problem
from coplug.errors import UnknownPolicyError
from coplug.problems.contextual_lp.options import ContextualOptions
from coplug.report import OnProgress, Report, Stop

if TYPE_CHECKING:
    from coplug.problems.contextual_lp.instance import ContextualInstance


class ContextualLp(Problem["ContextualInstance", ContextualOptions]):
    """Take the decisions that a linear program has for costs predicted from contexts.

    In memory, a :class:`~coplug.problems.contextual_lp.program.LinearProgram` is taken. Files are named with
    ``--problem contextual-lp``: without it, ``.lp`` and ``.mps`` are of the problem ``milp``.
    """

    name = "contextual-lp"
    description = "linear programs from .lp or .mps files, at costs that are predicted from contexts"
    sense = None
    suffixes = ()
    options_type = ContextualOptions
    has_picture = True

    def read(self, path: Path, options: ContextualOptions) -> ContextualInstance:
        """Read a model, and the contexts and predictor that the options name."""
        from coplug.problems.contextual_lp.instance import make_instance
        from coplug.problems.contextual_lp.program import read_program

        return make_instance(read_program(path), options)

    def takes(self, found: object) -> bool:
        """Tell whether it is a linear program of coplug."""
        from coplug.problems.contextual_lp.program import LinearProgram

        return isinstance(found, LinearProgram)

    def take(self, found: object, options: ContextualOptions) -> ContextualInstance:
        """Take a linear program."""
        from coplug.problems.contextual_lp.instance import make_instance
        from coplug.problems.contextual_lp.program import LinearProgram

        assert isinstance(found, LinearProgram)
        return make_instance(found, options)

    def policies(self) -> dict[str, str]:
        """Return the only one."""
        return {"none": "costs are predicted by --predictor"}

    def load_policy(self, name: str) -> None:
        """See that no policy is asked for."""
        if name not in ("none", "auto"):
            raise UnknownPolicyError(
                f"policy {name!r} is unknown for contextual-lp; take none, and --predictor DIR"
            )

    def warm_up(self, instance: ContextualInstance, options: ContextualOptions) -> None:
        """Do nothing: nothing is compiled."""
        return

    def solve(
        self,
        instance: ContextualInstance,
        options: ContextualOptions,
        progress: OnProgress | None,
        stop: Stop,
    ) -> Report:
        """See :func:`coplug.problems.contextual_lp.solve.solve_contextual`."""
        from coplug.problems.contextual_lp.solve import solve_contextual

        return solve_contextual(instance, options, progress, stop)

    def picture(self, instance: ContextualInstance, report: Report, path: Path) -> None:
        """Draw regrets where costs are known, else the decisions and their predicted objectives."""
        from coplug.problems.contextual_lp.picture import draw

        draw(instance, report, path)


CONTEXTUAL_LP = ContextualLp()
