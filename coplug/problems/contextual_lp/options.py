"""What a solve of a contextual linear program can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coplug.contracts.problem import Options
from coplug.errors import UsageError
from coplug.options import option


@dataclass(frozen=True, kw_only=True)
class ContextualOptions(Options):
    """What a solve of a contextual linear program can be asked.

    Attributes
    ----------
    policy : object
        none, or auto, which is the same: costs are predicted by --predictor.
    predictor : Path or None
        Directory of a predictor of costs, as `coplug train contextual-lp` writes it; without one, the costs in the file
        count.
    context : Path or None
        A .csv, .npz or .parquet file with contexts, a row each; with costs (cost:NAME) the regret is reported, with
        decisions how many are met.
    decisions : Path or None
        Write the decisions, a row each, with the predicted costs.
    solver : str
        auto is HiGHS with warm starts if highspy is installed, else scipy's HiGHS.
    jobs : int
        Processes that solve.

    Raises
    ------
    UsageError
        If an option is out of range.
    """

    predictor: Path | None = option(None, metavar="DIR")
    context: Path | None = option(None, metavar="FILE.csv")
    decisions: Path | None = option(None, metavar="OUT.csv", is_output=True)
    solver: str = option("auto", choices=("auto", "highs", "scipy", "scip"))
    jobs: int = option(1, metavar="N", minimum=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.predictor is None) != (self.context is None):
            raise UsageError(
                "--predictor DIR and --context FILE go together: one predicts costs, the other says what for"
            )
        if self.decisions is not None and self.decisions.suffix != ".csv":
            raise UsageError(f"--decisions {self.decisions}: expected a name that ends in .csv")
