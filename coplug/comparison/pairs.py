"""The runs of a comparison side by side: a row a pair of instance and seed, a column a policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.comparison.bootstrap import Interval, mean_interval, ratio_interval
from coplug.comparison.means import complete_pairs
from coplug.measurement import TIME_SHIFT_S, Run
from coplug.report import Sense


@dataclass(frozen=True)
class Pairs:
    """What every policy did on the pairs that all have run.

    Attributes
    ----------
    policies : tuple of str
        The first is what the others are measured against.
    instances : tuple of str
        Of each pair.
    times : float64, shape (n_pairs, n_policies)
        In seconds.
    solved : bool, shape (n_pairs, n_policies)
        Whether the run ended with a proof: of an optimum, or that there is none.
    objectives : float64, shape (n_pairs, n_policies)
        NaN without a solution.
    """

    policies: tuple[str, ...]
    instances: tuple[str, ...]
    times: NDArray[np.float64]
    solved: NDArray[np.bool_]
    objectives: NDArray[np.float64]

    @classmethod
    def of(cls, runs: Sequence[Run], policies: Sequence[str]) -> Pairs:
        """Return the pairs of some runs."""
        rows = complete_pairs(runs, policies)
        shape = (len(rows), len(policies))

        def table(value: Callable[[Run], float]) -> NDArray[np.float64]:
            return np.array([[value(row[p]) for p in policies] for row in rows], np.float64).reshape(shape)

        return cls(
            policies=tuple(policies),
            instances=tuple(row[policies[0]].instance for row in rows),
            times=table(lambda run: run.time_s),
            solved=table(lambda run: run.settled) > 0.0,
            objectives=table(lambda run: run.objective),
        )

    def __len__(self) -> int:
        return len(self.instances)

    def time_ratios(self) -> list[Interval]:
        """Return each policy's shifted mean time over that of the first, with its interval."""
        reference = self.times[:, 0]
        return [ratio_interval(times, reference, self.instances, TIME_SHIFT_S) for times in self.times.T]

    def shortfalls(self, sense: Sense) -> NDArray[np.float64]:
        """Return how far each objective is from the best of its pair, relative to that; infinite for no solution."""
        signed = -self.objectives if sense == "max" else self.objectives
        signed = np.where(np.isnan(signed), np.inf, signed)
        best = signed.min(axis=1, keepdims=True, initial=np.inf)
        size = np.where(np.isfinite(best) & (best != 0.0), np.abs(best), 1.0)
        with np.errstate(invalid="ignore"):
            short: NDArray[np.float64] = np.where(signed == best, 0.0, (signed - best) / size)
        return short

    def mean_shortfalls(self, sense: Sense) -> list[Interval]:
        """Return the mean of :meth:`shortfalls` of each policy over the pairs where all have a solution."""
        short = self.shortfalls(sense)
        kept = np.flatnonzero(np.asarray(np.isfinite(short).all(axis=1)))
        names = [self.instances[k] for k in kept.tolist()]
        return [mean_interval(column, names) for column in short[kept].T]

    def time_factors(self) -> NDArray[np.float64]:
        """Return each time over the best of its pair that solved; infinite where it did not solve.

        Source: E. D. Dolan and J. J. Moré, Benchmarking optimization software with performance profiles, Mathematical
        Programming 91 (2002), 201-213.
        """
        times = np.where(self.solved, np.maximum(self.times, 1e-2), np.inf)
        best = times.min(axis=1, keepdims=True, initial=np.inf)
        with np.errstate(invalid="ignore"):
            factors: NDArray[np.float64] = np.where(np.isfinite(times), times / best, np.inf)
        return factors
