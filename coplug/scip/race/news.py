"""What the runs of a race and their manager tell each other; all of it can be pickled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import CoplugError
from coplug.report import Report
from coplug.scip.progress import Snapshot


@dataclass(frozen=True)
class Standing:
    """Where a run stands.

    Attributes
    ----------
    snapshots : list of Snapshot
        Those since the last time, in the order of time; their seconds are the run's own.
    """

    snapshots: list[Snapshot]


@dataclass(frozen=True)
class Incumbent:
    """A solution that was found, or is offered.

    Attributes
    ----------
    objective : float
        In the sense of the instance.
    values : ndarray of float64, shape (variables,)
        In the order of the instance's own variables, which is the same in all runs.
    """

    objective: float
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes
    ----------
    report : Report
    fault : str
        Which outputs could not be written; empty where all could.
    """

    report: Report
    fault: str = ""


@dataclass(frozen=True)
class Failed:
    """Why a run could not go on.

    Attributes
    ----------
    error : CoplugError
    was_solving : bool
        Whether it had begun to solve; else it is the user's files or options that cannot be used.
    """

    error: CoplugError
    was_solving: bool


@dataclass(frozen=True)
class End:
    """Tells a run to end."""


FromRun = Standing | Incumbent | Ended | Failed
ToRun = Incumbent | End
