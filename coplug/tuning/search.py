"""The search for settings: a reference, races until the budget is spent, and a judgement on pairs never seen before."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from coplug.comparison.bootstrap import NOTHING, Interval
from coplug.durations import shown_duration
from coplug.errors import ParameterError, UsageError
from coplug.scip.settings import ParameterValue
from coplug.scip.stage import SETTLED
from coplug.tuning.field import BudgetSpentError, Field, Pair
from coplug.tuning.journal import settings_key
from coplug.tuning.judgement import judged
from coplug.tuning.objective import Objective, chosen_objective
from coplug.tuning.proposals import Proposals
from coplug.tuning.race import stays, time_cap, wins
from coplug.tuning.solves import Solve, status_lines
from coplug.tuning.space import Choice, make_space

REFERENCE_SHARE = 0.15
"""Of the budget, for SCIP as it comes at the beginning."""
REFERENCE_PAIRS = 12
LEAST_PAIRS = 3
JUDGEMENT_SHARE = 0.25
CONFIRMATIONS = 3
"""New pairs on which a winner meets the incumbent once more."""
JUDGEMENT_ROUNDS = 20
"""So often each instance is judged on at most, each time under another seed."""
CONFIRMATION_SEED, JUDGEMENT_SEED = 1000, 2000
"""First seeds of pairs that no race has seen."""
FAILED = 1.0
"""What the model is told of settings that SCIP refuses, or that lost at once."""


@dataclass(frozen=True)
class Found:
    """What a search ended with.

    Attributes
    ----------
    settings : dict
        SCIP parameters; empty where SCIP as it comes is best.
    ratio : Interval
        Of the objective's shifted geometric mean to that of SCIP as it comes, on pairs that no race has seen.
    candidate : dict
        The best of the races, which the judgement may have refused.
    objective : Objective
    n_pairs : int
        Of the judgement.
    n_races : int
    choice : mapping
        The options of the candidate, by group.
    reference : tuple of Solve
        SCIP as it comes.
    reason : str
        One line.
    """

    settings: dict[str, ParameterValue]
    ratio: Interval
    candidate: dict[str, ParameterValue]
    objective: Objective
    n_pairs: int
    n_races: int
    choice: Choice = field(default_factory=dict)
    reference: tuple[Solve, ...] = ()
    reason: str = ""


def pairs_of(paths: Sequence[str], seed: int, first_seed: int = 0) -> Iterator[Pair]:
    """Yield endless pairs: all instances in a random order, then again under the next seed."""
    for k in itertools.count(first_seed):
        order = np.random.default_rng([seed, k]).permutation(len(paths))
        yield from ((paths[i], k) for i in order.tolist())


class Search:
    """Looks for settings that are better than SCIP as it comes.

    Parameters
    ----------
    solved : Field
        What solves, within a budget.
    paths : sequence of str
        Instances.
    objective : Objective or ""
        Empty to choose by what is solved in time.
    seed : int
    say : callable
        Told in a line what was found out.
    first : sequence of Choice
        What is tried before anything else.
    judgement_share : float
        Of the budget, kept for the judgement at the end.
    """

    def __init__(
        self,
        solved: Field,
        paths: Sequence[str],
        objective: Objective | str,
        seed: int,
        say: Callable[[str], None],
        first: Sequence[Choice] = (),
        judgement_share: float = JUDGEMENT_SHARE,
    ) -> None:
        self._field = solved
        self._paths = list(paths)
        self._asked = objective
        self._seed = seed
        self._say = say
        self._first = first
        self._judgement_share = judgement_share
        self._pairs: list[Pair] = []
        self._reference: list[Solve] = []
        self._n_races = 0
        self._confirming = pairs_of(self._paths, seed, CONFIRMATION_SEED)

    def run(self) -> Found:
        """Search until the budget is spent.

        Raises
        ------
        UsageError
            If it does not suffice for a beginning, or Optuna is missing.
        """
        self._begin()
        budget_s = self._field.ledger.budget_s
        self._field.reserve_s = (
            0.5 * self._judgement_share * budget_s
        )  # all of it once there is what to judge
        space = make_space([solve.shares for solve in self._reference])
        proposals = Proposals(space, self._seed, self._first)
        best: Choice = {}
        behind = 0.0
        seen = {settings_key({})}
        try:
            while True:
                choice = proposals.next()
                settings = space.settings(choice)
                if settings_key(settings) in seen:
                    proposals.tell(0.0)
                    continue
                seen.add(settings_key(settings))
                self._say(f"race {self._n_races + 1}: {words(choice)}")
                differences = self._race(settings, space.settings(best))
                proposals.tell(behind + _estimate(differences))
                if len(differences) == len(self._pairs) and self._confirmed(
                    settings, space.settings(best), differences
                ):
                    best, behind = choice, behind + float(np.mean(differences))
                    self._field.reserve_s = self._judgement_share * budget_s
                    proposals.promote(choice)
                    self._say(f"better: {words(choice)}, about {math.exp(behind):.2f} of SCIP's {self._what}")
        except BudgetSpentError:
            pass
        return self._judged(space.settings(best), best)

    @property
    def _what(self) -> str:
        return self._field.objective.replace("-", " ")

    def _begin(self) -> None:
        """Solve pairs with SCIP as it comes, and settle what is made small."""
        budget_s = self._field.ledger.budget_s
        self._field.with_steps = self._asked in ("primal-integral", "dual-integral")
        try:
            for pair in itertools.islice(pairs_of(self._paths, self._seed), REFERENCE_PAIRS):
                enough = len(self._pairs) >= LEAST_PAIRS and not self._field.knows({}, pair)
                if enough and self._spent_on_reference() > REFERENCE_SHARE * budget_s:
                    break
                self._reference += self._field.solves({}, [pair])
                self._pairs.append(pair)
        except BudgetSpentError:
            pass
        if len(self._pairs) < LEAST_PAIRS:
            raise UsageError(
                f"a budget of {budget_s:.0f} s of CPU time ends before {LEAST_PAIRS} solves by SCIP as it comes do; "
                "give more, or smaller instances"
            )
        self._field.objective = self._asked or chosen_objective(self._reference)  # type: ignore[assignment]
        for line in status_lines(self._reference):
            self._say(line)
        settled = sum(solve.status in SETTLED for solve in self._reference)
        self._say(
            f"SCIP as it comes settles {settled} of {len(self._reference)} runs within "
            f"{shown_duration(self._field.limit_s)}; what is made small is the {self._what}"
        )

    def _spent_on_reference(self) -> float:
        return sum(solve.cpu_s for solve in self._reference) / self._field.workers.jobs

    def _race(self, settings: dict[str, ParameterValue], best: dict[str, ParameterValue]) -> list[float]:
        """Return the differences of log costs to the best, as far as the challenger came."""
        self._n_races += 1
        order = np.random.default_rng([self._seed, self._n_races]).permutation(len(self._pairs)).tolist()
        differences: list[float] = []
        jobs = self._field.workers.jobs
        for start in range(0, len(order), jobs):
            block = [self._pairs[i] for i in order[start : start + jobs]]
            theirs = self._field.solves(best, block)
            limits = [
                time_cap(differences, solve.time_s, self._field.limit_s)
                if self._by_time
                else self._field.limit_s
                for solve in theirs
            ]
            try:
                mine = self._field.solves(settings, block, limits)
            except ParameterError:
                return [FAILED]
            differences += list(np.subtract(self._field.scores(mine), self._field.scores(theirs)))
            lost = any(
                m.status not in SETTLED and t.status in SETTLED for m, t in zip(mine, theirs, strict=True)
            )
            if (lost and self._by_time) or not stays(differences):
                break
        return differences

    @property
    def _by_time(self) -> bool:
        return self._field.objective == "time"

    def _confirmed(
        self,
        settings: dict[str, ParameterValue],
        best: dict[str, ParameterValue],
        differences: Sequence[float],
    ) -> bool:
        """Tell whether a challenger that stayed to the end is better, on some new pairs, too."""
        if not wins(differences):
            return False
        fresh = list(itertools.islice(self._confirming, CONFIRMATIONS))
        return wins([*differences, *self._field.compare(settings, best, fresh)])

    def _judged(self, settings: dict[str, ParameterValue], choice: Choice) -> Found:
        """Return the best, or SCIP as it comes, as new pairs say."""
        if not settings:
            return self._found(
                {}, NOTHING, settings, 0, choice, "no settings won a race against SCIP as it comes"
            )
        self._field.reserve_s = 0.0
        pairs = pairs_of(self._paths, self._seed, JUDGEMENT_SEED)
        judgement = judged(
            self._field, settings, itertools.islice(pairs, JUDGEMENT_ROUNDS * len(self._paths))
        )
        ratio, n = judgement.ratio, judgement.n_runs
        reason = (
            f"{words(choice)}: {ratio.value:.2f} of SCIP's {self._what} on {n} new pairs of instance and seed, "
            f"95 % interval {ratio.low:.2f} to {ratio.high:.2f}"
        )
        if judgement.refused:
            reason += f": {judgement.refused}, SCIP as it comes is best"
        return self._found({} if judgement.refused else settings, ratio, settings, n, choice, reason)

    def _found(
        self,
        settings: dict[str, ParameterValue],
        ratio: Interval,
        candidate: dict[str, ParameterValue],
        n_pairs: int,
        choice: Choice,
        reason: str,
    ) -> Found:
        reference = tuple(self._reference)
        objective = self._field.objective
        return Found(settings, ratio, candidate, objective, n_pairs, self._n_races, choice, reference, reason)


def _estimate(differences: Sequence[float]) -> float:
    """Return the mean of some differences, closer to 0 the fewer they are."""
    n = len(differences)
    return float(np.sum(differences)) / (n + 1)


def words(choice: Choice) -> str:
    """Return a choice in words."""
    return ", ".join(f"{group} {option}" for group, option in choice.items()) or "SCIP as it comes"
