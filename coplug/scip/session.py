"""A SCIP instance and its solve, step by step: what dynamics, observations and rewards work on."""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import NoReturn, Self

import pyscipopt

from coplug.errors import SolverError, UsageError
from coplug.scip import kernels
from coplug.scip.build import Milp, build_model
from coplug.scip.interrupt import solve_capturing_errors
from coplug.scip.library import load_library, scip_pointer
from coplug.scip.make_reader import make_reader
from coplug.scip.messages import free, solver_errors
from coplug.scip.problem import read_model
from coplug.scip.reader import StateReader
from coplug.scip.settings import Parameters, ParameterValue, apply_parameters, parameter
from coplug.scip.stage import BOUNDS_KNOWN, Stage
from coplug.scip.stepping import BranchingPause, HeuristicPause, SteppedSolve
from coplug.scip.view import view_of
from coplug.scip.warm_up import warm_up_scip


class Session:
    """A SCIP instance; made by the class methods, never by the constructor alone.

    Two objects are equal if they stand for the same SCIP instance. SCIP is freed when the last of this object and
    the views from :meth:`as_pyscipopt` is gone; a solve that is paused ends then. A session stays in its process: it
    can be neither pickled nor copied deeply.

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
    def _owning(cls, solver: pyscipopt.Model) -> Self:
        session = cls(solver)
        weakref.finalize(session, _free, solver, os.getpid())
        return session

    @classmethod
    def from_file(cls, filepath: str | os.PathLike[str]) -> Self:
        """Read an instance file of any format that SCIP knows.

        Raises
        ------
        InstanceError
            If the file is missing, empty, truncated or cannot be parsed.
        """
        return cls._owning(read_model(Path(filepath)))

    @classmethod
    def from_instance(cls, instance: Milp) -> Self:
        """Build the model of an instance in memory, see :func:`coplug.scip.build.build_model`."""
        return cls._owning(build_model(instance))

    @classmethod
    def empty(cls, name: str = "Model") -> Self:
        """Make a model without variables and constraints, to be filled through :meth:`as_pyscipopt`."""
        return cls._owning(pyscipopt.Model(name))

    @classmethod
    def from_pyscipopt(cls, model: pyscipopt.Model) -> Self:
        """Share the SCIP instance of a PySCIPOpt model and take its ownership.

        The PySCIPOpt model stays valid for as long as anyone holds it.

        Raises
        ------
        UsageError
            If the PySCIPOpt model does not own its SCIP instance.
        """
        if not model._freescip:
            raise UsageError("this PySCIPOpt model does not own its SCIP instance; pass the model that does")
        solver = pyscipopt.Model.from_ptr(model.to_ptr(give_ownership=True), take_ownership=True)
        shared = cls(solver)
        shared._source = model  # the Python plugins of the model live with it
        weakref.finalize(model, _free, solver, os.getpid())
        return shared

    def as_pyscipopt(self) -> pyscipopt.Model:
        """Return a PySCIPOpt model of the same SCIP instance; the instance lives as long as that view.

        Hold the view while you use its variables, constraints and solutions: they do not keep the instance alive.
        Where SCIP is not solving, the view has no current node, no open nodes, no LP and no candidates, see
        :class:`coplug.scip.view.ModelView`.
        """
        view = view_of(self._solver)
        weakref.finalize(view, _hold, self).atexit = False
        return view

    def copy_orig(self) -> Self:
        """Return a copy of the original problem with all parameters, in stage Problem."""
        with solver_errors("copy the problem"):
            return self._owning(pyscipopt.Model(self.name, sourceModel=self._solver, origcopy=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Session) and self.scip_address == other.scip_address

    def __hash__(self) -> int:
        return hash(self.scip_address)

    def __copy__(self) -> Self:
        # One SCIP instance has one owner, or its end would leave the other with an address of nothing.
        return self

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise UsageError(f"a {type(self).__name__} cannot be copied deeply; use copy_orig()")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise UsageError(
            f"a {type(self).__name__} cannot be pickled, SCIP stays in its process; send the instance's path, or "
            "write the problem to a file and read that"
        )

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

    def get_param(self, name: str) -> ParameterValue:
        """Return a parameter's value as ``bool``, ``int``, ``float`` or ``str`` (characters too).

        Raises
        ------
        ParameterError
            If SCIP has no such parameter.
        """
        return parameter(self._solver, name)

    def set_param(self, name: str, value: ParameterValue) -> None:
        """Set a parameter; see :meth:`set_params`."""
        self.set_params({name: value})

    def set_params(self, name_values: Parameters) -> None:
        """Set parameters, converting between number types where nothing is lost.

        Raises
        ------
        ParameterError
            If SCIP has no such parameter or refuses the value.
        """
        with solver_errors("set the parameters"):
            apply_parameters(self._solver, name_values)

    def transform(self) -> None:
        """Create the transformed problem, without presolving it.

        Raises
        ------
        SolverError
            If SCIP cannot, or libscip cannot be called directly.
        """
        with solver_errors("transform the problem"):
            if not (load_library().usable and kernels.transform(self.scip_address)):
                raise SolverError("SCIP could not transform the problem")

    def solve(self) -> None:
        """Solve the problem to the end.

        Raises
        ------
        SolverError
            If SCIP's solve ends with an error.
        """
        with solver_errors("solve the problem"):
            solve_capturing_errors(self._solver)

    @property
    def is_stopped(self) -> bool:
        """Whether SCIP is about to end its solve: a limit is reached, or it was interrupted."""
        if not load_library().usable:
            raise SolverError(f"the state of SCIP cannot be read here: {load_library().reason}")
        return bool(kernels.stopped(self.scip_address))

    @property
    def primal_bound(self) -> float:
        """Objective of the incumbent; SCIP's infinity before the problem is transformed."""
        known = self.stage in BOUNDS_KNOWN
        return float(self._solver.getPrimalbound() if known else self._solver.infinity())

    @property
    def dual_bound(self) -> float:
        """Bound on the optimal objective; minus SCIP's infinity before the problem is transformed."""
        known = self.stage in BOUNDS_KNOWN
        return float(self._solver.getDualbound() if known else -self._solver.infinity())

    def stepped(self) -> SteppedSolve:
        """Return a new solve, to be told where to pause and then started; one that is paused ends.

        What reads SCIP's state at a pause is compiled or loaded here, so that it does not count as SCIP's time.
        """
        warm_up_scip()
        self.stop()
        self._stepped = SteppedSolve(self._solver)
        # Registered after the session's own finalizer, hence run before it: first the thread ends, then SCIP is freed.
        weakref.finalize(self, self._stepped.stop)
        return self._stepped

    def resume(self, result: int) -> BranchingPause | HeuristicPause | None:
        """Go on from a pause to the next one.

        Parameters
        ----------
        result : int
            What the callback tells SCIP, a ``pyscipopt.SCIP_RESULT``: ``BRANCHED`` after children were created, say,
            or ``DIDNOTRUN`` to leave a node to SCIP's own rules.

        Returns
        -------
        BranchingPause, HeuristicPause or None
            Where the solve is paused now; None if it has ended.

        Raises
        ------
        SolverError
            If no solve is paused, or SCIP's solve ends with an error.
        """
        if self._stepped is None or self._stepped.finished:
            raise SolverError("no solve is paused; start one, or reset first")
        self._stepped.resume(result)
        return self._stepped.paused_in

    def stop(self) -> None:
        """End a solve that is paused; does nothing otherwise."""
        if self._stepped is not None:
            self._stepped.stop()

    @property
    def is_paused(self) -> bool:
        """Whether a solve waits for :meth:`resume`."""
        return self._stepped is not None and not self._stepped.finished


def _free(solver: pyscipopt.Model, process: int) -> None:
    """Free SCIP at once, unless this is a fork of the process that it belongs to."""
    if os.getpid() == process:
        free(solver)


def _hold(owner: object) -> None:
    """Do nothing: a finalizer with this callback keeps ``owner`` alive as long as its object."""
