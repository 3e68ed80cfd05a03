"""What a solve by SCIP can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coplug.contracts.problem import Options
from coplug.errors import UsageError
from coplug.options import option
from coplug.parallel import BACKENDS, LOCAL, Workers

MOST_RUNS = 256
"""Of a race: beyond the portfolio's settings runs differ by their seeds alone."""


@dataclass(frozen=True, kw_only=True)
class SolveOptions(Options):
    """What a solve by SCIP can be asked; ``None`` leaves SCIP's default.

    Attributes
    ----------
    policy : BranchingPolicy, PolicySelector or None
        auto, none, a name from `coplug list policies`, a directory, or package:object.
    time_limit_s : float or None
        Seconds, on SCIP's clock.
    seed : int
        Shift of SCIP's random seeds.
    race : int or None
        Processes that solve it under settings that complement each other, until the first has a proof.
    backend : str
        Where the processes of a race run: here, or on a cluster; with the extras ray and dask.
    address : str
        Of the cluster, which must have the same files; Ray: or auto.
    gap : float or None
        Stop at this relative gap, such as 0.01.
    node_limit : int or None
        Branch-and-bound nodes.
    memory_limit_mb : float or None
        Memory of SCIP in MB.
    parameters : mapping of str to bool, int, float or str
        A SCIP parameter, as a value or as text; may be repeated.
    settings_file : Path or None
        SCIP settings file.
    start : Path or None
        Start; may leave variables out.
    log : Path or None
        Where SCIP writes its log.
    statistics : Path or None
        Where to write SCIP's statistics, as text or as .json.
    tree : Path or None
        Where to draw the search tree, .png, .pdf or .svg; with the extra plot.
    early_solutions : bool
        Look for a first solution from before the first LP on, by feasibility jump.
    local_mip : bool
        Look for solutions by Local-MIP in a process beside; with the extra localmip.
    keep_settings : bool
        Leave SCIP's parameters alone even if the policy brings some.
    strict : bool
        Stop if the policy fails; no fall-back to SCIP.

    Raises
    ------
    UsageError
        If a value is out of range, or options do not fit together.
    """

    race: int | None = option(None, metavar="N", minimum=1, maximum=MOST_RUNS)
    backend: str = option(LOCAL, choices=BACKENDS)
    address: str = option("", metavar="HOST:PORT")
    gap: float | None = option(None, metavar="G", minimum=0)
    node_limit: int | None = option(None, metavar="N", minimum=0)
    memory_limit_mb: float | None = option(None, flags=("--mem-limit",), metavar="MB", minimum=0)
    parameters: Mapping[str, bool | int | float | str] = option(
        dict, flags=("-p", "--parameter"), metavar="NAME=VALUE", example="limits/time=60"
    )
    settings_file: Path | None = option(None, flags=("--set",), metavar="FILE.set")
    start: Path | None = option(None, metavar="FILE.sol")
    log: Path | None = option(None, metavar="FILE", is_output=True)
    statistics: Path | None = option(None, metavar="FILE", is_output=True)
    tree: Path | None = option(None, metavar="OUT.png|.pdf|.svg", is_output=True)
    early_solutions: bool = False
    local_mip: bool = False
    keep_settings: bool = False
    strict: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.race is None and (self.backend != LOCAL or self.address):
            raise UsageError("--backend and --address are for a race; add --race N")
        self.workers()

    def workers(self) -> Workers:
        """Return where the processes of a race run.

        Raises
        ------
        UsageError
            If backend and address do not fit together.
        """
        return Workers(self.race or 1, self.backend, self.address)

    def limits(self) -> dict[str, bool | int | float | str]:
        """Return the limits and the seed as SCIP parameters."""
        chosen = {
            "limits/time": self.time_limit_s,
            "limits/gap": self.gap,
            "limits/nodes": self.node_limit,
            "limits/memory": self.memory_limit_mb,
            "randomization/randomseedshift": self.seed,
        }
        return {name: value for name, value in chosen.items() if value is not None}
