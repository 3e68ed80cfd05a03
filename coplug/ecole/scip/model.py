"""Ecole's model of a SCIP instance."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Self

import pyscipopt

from coplug.ecole.errors import scip_errors
from coplug.ecole.scip.callback import Call, Constructor, call_of
from coplug.scip.build import Milp
from coplug.scip.messages import solver_errors
from coplug.scip.renamed_parameters import RENAMED
from coplug.scip.session import Session
from coplug.scip.settings import ParameterValue
from coplug.scip.stage import Stage


class Model(Session):
    """A SCIP instance, see :class:`coplug.scip.session.Session`; made by the class methods, never by the constructor.

    Whatever goes wrong is a :class:`~coplug.ecole.errors.ScipError`.
    """

    @classmethod
    @scip_errors()
    def from_file(cls, filepath: str | os.PathLike[str]) -> Self:
        """Read an instance file of any format that SCIP knows.

        Raises
        ------
        ScipError
            If the file is missing, empty, truncated or cannot be parsed.
        """
        return super().from_file(filepath)

    @classmethod
    @scip_errors()
    def from_instance(cls, instance: Milp) -> Self:
        """Build the model of an instance that one of coplug's generators drew."""
        return super().from_instance(instance)

    @classmethod
    def prob_basic(cls, name: str = "Model") -> Self:
        """Make an empty model, to be filled through :meth:`as_pyscipopt`."""
        return cls.empty(name)

    @classmethod
    @scip_errors()
    def from_pyscipopt(cls, model: pyscipopt.Model) -> Self:
        """Share the SCIP instance of a PySCIPOpt model and take its ownership.

        The PySCIPOpt model stays valid for as long as anyone holds it.

        Raises
        ------
        ScipError
            If the PySCIPOpt model does not own its SCIP instance.
        """
        return super().from_pyscipopt(model)

    @scip_errors()
    def copy_orig(self) -> Self:
        """Return a copy of the original problem with all parameters, in stage Problem."""
        return super().copy_orig()

    def set_messagehdlr_quiet(self, quiet: bool) -> None:
        """Switch SCIP's log off or on; it starts off."""
        self.solver.hideOutput(quiet)

    @scip_errors()
    def get_param(self, name: str) -> ParameterValue:
        """Return a parameter's value as ``bool``, ``int``, ``float`` or ``str`` (characters too).

        Raises
        ------
        ScipError
            If SCIP has no such parameter.
        """
        return super().get_param(name)

    @scip_errors()
    def set_param(self, name: str, value: ParameterValue) -> None:
        """Set a parameter, converting between number types where nothing is lost.

        Raises
        ------
        ScipError
            If SCIP has no such parameter or refuses the value.
        """
        super().set_params({name: value})

    def get_params(self) -> dict[str, ParameterValue]:
        """Return all parameters."""
        return dict(self.solver.getParams())

    def set_params(self, name_values: Mapping[str, ParameterValue]) -> None:
        """Set several parameters; see :meth:`set_param`.

        One that SCIP had in Ecole's time and has no longer is ignored with a warning, which names its successor.
        """
        ignored = [name for name in name_values if name in RENAMED]
        for name in ignored:
            warnings.warn(
                f"SCIP has no parameter {name!r} any more: it is ignored; its successor is {RENAMED[name]}",
                stacklevel=2,
            )
        with scip_errors():
            super().set_params({name: value for name, value in name_values.items() if name not in ignored})

    def disable_presolve(self) -> None:
        """Switch presolving off."""
        self.solver.setPresolve(pyscipopt.SCIP_PARAMSETTING.OFF)

    def disable_cuts(self) -> None:
        """Switch cutting planes off."""
        self.solver.setSeparating(pyscipopt.SCIP_PARAMSETTING.OFF)

    @scip_errors()
    def write_problem(self, filepath: str | os.PathLike[str]) -> None:
        """Write the original problem with generic names, in the format of the path's suffix."""
        with solver_errors("write the problem"):
            self.solver.writeProblem(str(filepath), trans=False, genericnames=True, verbose=False)

    @scip_errors()
    def transform_prob(self) -> None:
        """Create the transformed problem."""
        self.transform()

    @scip_errors()
    def presolve(self) -> None:
        """Transform and presolve the problem."""
        with solver_errors("presolve the problem"):
            self.solver.presolve()

    @scip_errors()
    def solve(self) -> None:
        """Solve the problem."""
        super().solve()

    @property
    def is_solved(self) -> bool:
        """Whether SCIP has ended its solve."""
        return self.stage == Stage.Solved

    @scip_errors()
    def solve_iter(self, *arg_packs: Constructor) -> Call | None:
        """Solve up to the first call of one of these callbacks, or to the end.

        Returns
        -------
        Call or None
            Where the solve is paused; None if it has ended.
        """
        solve = self.stepped()
        for constructor in arg_packs:
            constructor.include(solve)
        solve.start()
        return call_of(solve.paused_in)

    @scip_errors()
    def solve_iter_continue(self, result: int) -> Call | None:
        """Go on to the next call of one of the callbacks, with a :class:`~coplug.ecole.scip.callback.Result`."""
        return call_of(self.resume(result))

    @scip_errors()
    def solve_iter_start_branch(self) -> None:
        """Solve up to the first branching decision, or to the end."""
        solve = self.stepped()
        solve.pause_when_branching()
        solve.start()

    def solve_iter_branch(self, result: int) -> None:
        """Go on to the next branching decision.

        Parameters
        ----------
        result : int
            What the branching rule tells SCIP: ``Result.Branched`` after children were created, ``Result.DidNotRun``
            to leave this node to SCIP's own rules.
        """
        self.solve_iter_continue(result)

    @scip_errors()
    def solve_iter_start_primalsearch(
        self, trials_per_node: int, depth_freq: int, depth_start: int, depth_stop: int
    ) -> pyscipopt.Heur | None:
        """Solve up to the first call of a primal heuristic, or to the end.

        Returns
        -------
        pyscipopt.Heur or None
            The heuristic, for solutions to name as their source; None if ``trials_per_node`` is 0, which solves the
            problem without a pause.
        """
        solve = self.stepped()
        heuristic = solve.pause_after_nodes(depth_freq if trials_per_node else -1, depth_start, depth_stop)
        solve.start()
        return heuristic if trials_per_node else None

    def solve_iter_primalsearch(self, result: int) -> None:
        """Go on to the next call of the heuristic, with ``Result.FoundSol`` or ``Result.DidNotFind``."""
        self.solve_iter_continue(result)

    def solve_iter_stop(self) -> None:
        """End a solve that is paused; does nothing otherwise."""
        self.stop()

    def solve_iter_is_done(self) -> bool:
        """Return whether no solve is paused."""
        return not self.is_paused
