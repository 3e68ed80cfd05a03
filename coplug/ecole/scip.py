"""Ecole's ``scip`` module: the model that environments, dynamics and data functions work on."""

from __future__ import annotations

import contextlib
import enum
import os
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyscipopt

from coplug.ecole.errors import ScipError
from coplug.errors import CoplugError, SolverError
from coplug.problems.milp import MilpInstance
from coplug.problems.milp_files import render
from coplug.scip import kernels
from coplug.scip.interrupt import solve_capturing_errors
from coplug.scip.library import load_library, scip_pointer
from coplug.scip.make_reader import make_reader
from coplug.scip.messages import captured_errors
from coplug.scip.problem import read_model
from coplug.scip.reader import StateReader
from coplug.scip.settings import ParameterValue, apply_parameters
from coplug.scip.stepping import SteppedSolve

__all__ = ["Model", "ScipError", "Stage"]


class Stage(enum.IntEnum):
    """Where SCIP stands in a solve, with SCIP's own numbers."""

    Init = 0
    Problem = 1
    Transforming = 2
    Transformed = 3
    InitPresolve = 4
    Presolving = 5
    ExitPresolve = 6
    Presolved = 7
    InitSolve = 8
    Solving = 9
    Solved = 10
    ExitSolve = 11
    FreeTrans = 12
    Free = 13


_BOUNDS_KNOWN = {
    Stage.Transformed,
    Stage.InitPresolve,
    Stage.Presolving,
    Stage.ExitPresolve,
    Stage.Presolved,
    Stage.InitSolve,
    Stage.Solving,
    Stage.Solved,
}


@contextlib.contextmanager
def _scip_errors(action: str) -> Iterator[None]:
    """Turn whatever fails inside into a ScipError that says what was being done and what SCIP printed."""
    try:
        with captured_errors() as printed:
            yield
    except CoplugError as error:
        raise ScipError(str(error)) from error
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        reason = printed.summary() if printed.getvalue() else str(error)
        raise ScipError(f"SCIP could not {action}: {reason}") from error


class Model:
    """A SCIP instance; made by the static methods, never by the constructor alone.

    Two objects are equal if they stand for the same SCIP instance. SCIP is freed when the last of this object and
    the views from :meth:`as_pyscipopt` is gone; a solve that is paused in an environment ends then.

    Parameters
    ----------
    solver : pyscipopt.Model
        The instance to take over.
    """

    def __init__(self, solver: pyscipopt.Model) -> None:
        self._solver = solver
        self._source: pyscipopt.Model | None = None
        self._stepped: SteppedSolve | None = None
        self._reader: StateReader | None = None
        self._reader_run = -1
        solver.hideOutput()

    @classmethod
    def _owning(cls, solver: pyscipopt.Model) -> Model:
        model = cls(solver)
        weakref.finalize(model, _free, solver, os.getpid())
        return model

    @staticmethod
    def from_file(filepath: str | os.PathLike[str]) -> Model:
        """Read an instance file of any format that SCIP knows.

        Raises
        ------
        ScipError
            If the file is missing, empty, truncated or cannot be parsed.
        """
        with _scip_errors("read the problem"):
            return Model._owning(read_model(Path(filepath)))

    @staticmethod
    def from_instance(instance: MilpInstance) -> Model:
        """Build the model of an instance that one of coplug's generators drew."""
        with tempfile.TemporaryDirectory(prefix="coplug-") as folder:
            path = Path(folder) / "instance.lp"
            path.write_bytes(render(instance, "lp"))
            model = Model.from_file(path)
        model.name = instance.name
        return model

    @staticmethod
    def prob_basic(name: str = "Model") -> Model:
        """Make an empty model, to be filled through :meth:`as_pyscipopt`."""
        return Model._owning(pyscipopt.Model(name))

    @staticmethod
    def from_pyscipopt(model: pyscipopt.Model) -> Model:
        """Share the SCIP instance of a PySCIPOpt model and take its ownership.

        The PySCIPOpt model stays valid for as long as anyone holds it.

        Raises
        ------
        ScipError
            If the PySCIPOpt model does not own its SCIP instance.
        """
        if not model._freescip:
            raise ScipError("this PySCIPOpt model does not own its SCIP instance; pass the model that does")
        solver = pyscipopt.Model.from_ptr(model.to_ptr(give_ownership=True), take_ownership=True)
        shared = Model(solver)
        shared._source = model  # the Python plugins of the model live with it
        weakref.finalize(model, _free, solver, os.getpid())
        return shared

    def as_pyscipopt(self) -> pyscipopt.Model:
        """Return a PySCIPOpt model of the same SCIP instance; the instance lives as long as that view.

        Hold the view while you use its variables, constraints and solutions: they do not keep the instance alive.
        """
        view = pyscipopt.Model.from_ptr(self._solver.to_ptr(give_ownership=False), take_ownership=False)
        weakref.finalize(view, _hold, self).atexit = False
        return view

    def copy_orig(self) -> Model:
        """Return a copy of the original problem with all parameters, in stage Problem."""
        with _scip_errors("copy the problem"):
            return Model._owning(pyscipopt.Model(self.name, sourceModel=self._solver, origcopy=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.scip_address == other.scip_address

    def __hash__(self) -> int:
        return hash(self.scip_address)

    @property
    def scip_address(self) -> int:
        """Address of the SCIP struct, for kernels."""
        return scip_pointer(self._solver)

    @property
    def solver(self) -> pyscipopt.Model:
        """The owning PySCIPOpt model; do not keep it beyond this object."""
        return self._solver

    @property
    def reader(self) -> StateReader:
        """The reader of node states for SCIP's current run; a restart rebuilds rows and columns."""
        run = self._solver.getNRuns()
        if self._reader is None or run != self._reader_run:
            self._reader = make_reader(self._solver)
            self._reader_run = run
        return self._reader

    @property
    def name(self) -> str:
        """Name of the problem."""
        return str(self._solver.getProbName())

    @name.setter
    def name(self, value: str) -> None:
        self._solver.setProbName(value)

    @property
    def stage(self) -> Stage:
        """Where SCIP stands."""
        return Stage(self._solver.getStage())

    def set_messagehdlr_quiet(self, quiet: bool) -> None:
        """Switch SCIP's log off or on; it starts off."""
        self._solver.hideOutput(quiet)

    def get_param(self, name: str) -> ParameterValue:
        """Return a parameter's value as ``bool``, ``int``, ``float`` or ``str`` (characters too).

        Raises
        ------
        ScipError
            If SCIP has no such parameter.
        """
        try:
            value: ParameterValue = self._solver.getParam(name)
        except KeyError as error:
            raise ScipError(f"SCIP has no parameter {name!r}") from error
        return value

    def set_param(self, name: str, value: ParameterValue) -> None:
        """Set a parameter, converting between number types where nothing is lost.

        Raises
        ------
        ScipError
            If SCIP has no such parameter or refuses the value.
        """
        self.set_params({name: value})

    def get_params(self) -> dict[str, ParameterValue]:
        """Return all parameters."""
        return dict(self._solver.getParams())

    def set_params(self, name_values: Mapping[str, ParameterValue]) -> None:
        """Set several parameters; see :meth:`set_param`."""
        with _scip_errors("set the parameters"):
            apply_parameters(self._solver, name_values)

    def disable_presolve(self) -> None:
        """Switch presolving off."""
        self._solver.setPresolve(pyscipopt.SCIP_PARAMSETTING.OFF)

    def disable_cuts(self) -> None:
        """Switch cutting planes off."""
        self._solver.setSeparating(pyscipopt.SCIP_PARAMSETTING.OFF)

    def write_problem(self, filepath: str | os.PathLike[str]) -> None:
        """Write the original problem with generic names, in the format of the path's suffix."""
        with _scip_errors("write the problem"):
            self._solver.writeProblem(str(filepath), trans=False, genericnames=True, verbose=False)

    def transform_prob(self) -> None:
        """Create the transformed problem."""
        with _scip_errors("transform the problem"):
            if not (load_library().usable and kernels.transform(self.scip_address)):
                raise ScipError("SCIP could not transform the problem")

    def presolve(self) -> None:
        """Transform and presolve the problem."""
        with _scip_errors("presolve the problem"):
            self._solver.presolve()

    def solve(self) -> None:
        """Solve the problem."""
        with _scip_errors("solve the problem"):
            solve_capturing_errors(self._solver)

    @property
    def is_solved(self) -> bool:
        """Whether SCIP has ended its solve."""
        return self.stage == Stage.Solved

    @property
    def is_stopped(self) -> bool:
        """Whether SCIP is about to end its solve: a limit is reached, or it was interrupted."""
        if not load_library().usable:
            raise ScipError(f"the state of SCIP cannot be read here: {load_library().reason}")
        return bool(kernels.stopped(self.scip_address))

    @property
    def primal_bound(self) -> float:
        """Objective of the incumbent; SCIP's infinity before the problem is transformed."""
        known = self.stage in _BOUNDS_KNOWN
        return float(self._solver.getPrimalbound() if known else self._solver.infinity())

    @property
    def dual_bound(self) -> float:
        """Bound on the optimal objective; minus SCIP's infinity before the problem is transformed."""
        known = self.stage in _BOUNDS_KNOWN
        return float(self._solver.getDualbound() if known else -self._solver.infinity())

    def solve_iter_start_branch(self) -> None:
        """Solve up to the first branching decision, or to the end."""
        stepped = self._new_stepped()
        with _scip_errors("solve the problem"):
            stepped.pause_when_branching()
            stepped.start()

    def solve_iter_branch(self, result: int) -> None:
        """Go on to the next branching decision.

        Parameters
        ----------
        result : int
            What the branching rule tells SCIP: ``pyscipopt.SCIP_RESULT.BRANCHED`` after children were created,
            ``DIDNOTRUN`` to leave this node to SCIP's own rules.
        """
        self._resume(result)

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
        stepped = self._new_stepped()
        with _scip_errors("solve the problem"):
            frequency = depth_freq if trials_per_node != 0 else -1
            heuristic = stepped.pause_after_nodes(frequency, depth_start, depth_stop)
            stepped.start()
        return heuristic if trials_per_node != 0 else None

    def solve_iter_primalsearch(self, result: int) -> None:
        """Go on to the next call of the heuristic, with ``pyscipopt.SCIP_RESULT.FOUNDSOL`` or ``DIDNOTFIND``."""
        self._resume(result)

    def solve_iter_stop(self) -> None:
        """End a solve that is paused; does nothing otherwise."""
        if self._stepped is not None:
            self._stepped.stop()

    def solve_iter_is_done(self) -> bool:
        """Return whether no solve is paused."""
        return self._stepped is None or self._stepped.finished

    def _new_stepped(self) -> SteppedSolve:
        self.solve_iter_stop()
        self._stepped = SteppedSolve(self._solver)
        # Registered after the model's own finalizer, hence run before it: first the thread ends, then SCIP is freed.
        weakref.finalize(self, self._stepped.stop)
        return self._stepped

    def _resume(self, result: int) -> None:
        if self._stepped is None or self._stepped.finished:
            raise ScipError("no solve is paused; start one with solve_iter_start_branch or a reset")
        try:
            self._stepped.resume(result)
        except SolverError as error:
            raise ScipError(str(error)) from error


def _free(solver: pyscipopt.Model, process: int) -> None:
    """Free SCIP at once, unless this is a fork of the process that it belongs to."""
    if os.getpid() == process:
        solver.free()


def _hold(owner: object) -> None:
    """Do nothing: a finalizer with this callback keeps ``owner`` alive as long as its object."""
