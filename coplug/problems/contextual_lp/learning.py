"""Learning a predictor of costs from observations; what is left open is chosen by held-out decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.problems.contextual_lp.batches import solve_all
from coplug.problems.contextual_lp.data import Observations
from coplug.problems.contextual_lp.decisions import observe
from coplug.problems.contextual_lp.features import Features, Monomials, fitted_radial, fitted_scale
from coplug.problems.contextual_lp.margin import fit, margin_program
from coplug.problems.contextual_lp.predictors import CostPredictor, LinearInFeatures
from coplug.problems.contextual_lp.program import LinearProgram
from coplug.problems.contextual_lp.regression import fit_forest, fit_ridge
from coplug.problems.contextual_lp.settings import STRENGTHS, Settings
from coplug.problems.contextual_lp.stepwise import fit_stepwise

Float = NDArray[np.float64]

BAGS = 8
"""That are tried where their number is left open."""

FOLDS = 5
ENOUGH_HELD_OUT = 200
"""Samples; as many folds are held out as bring this many, at most all."""

PART = 5
"""A fold is one in so many of the samples."""


class Candidate(NamedTuple):
    """What is tried: features, a strength of the regularisation, and over how many resampled data sets is averaged."""

    features: Features
    strength: float
    bags: int = 1


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned.

    Attributes
    ----------
    predictor : CostPredictor
    chosen : Candidate or None
        None of a forest.
    held_out : mapping of str to float
        Mean distance of held-out decisions for each candidate, see :func:`distance`; empty where nothing was chosen.
    notes : tuple of str
        What a reader should know of the data.
    """

    predictor: CostPredictor
    chosen: Candidate | None
    held_out: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def learn(
    program: LinearProgram,
    data: Observations,
    settings: Settings | None = None,
    *,
    predicted: NDArray[np.int64] | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Learned:
    """Learn a predictor.

    Parameters
    ----------
    program : LinearProgram
    data : Observations
        Costs alone will do: decisions are solved for then.
    settings : Settings, optional
    predicted : int64, shape (n_predicted,), optional
        Variables whose costs are predicted, ascending, for mom and cilp; the others have those of the program. All if
        not given.
    tell : callable
        Hears what is tried.

    Raises
    ------
    UsageError
        If the data lacks what the method needs.
    InstanceError
        If a decision is not feasible, or a program has no optimum; it names the sample.
    """
    asked = settings or Settings()
    if asked.predictor == "network":
        raise UsageError("predictor network is trained by `coplug train contextual-lp`, with torch")
    if predicted is not None and asked.method not in ("mom", "cilp"):
        raise UsageError(f"method {asked.method} predicts all costs; mom and cilp can predict some")
    if asked.method == "forest":
        return Learned(fit_forest(data.contexts, data.known_costs("method forest"), asked.seed), None)
    data = with_decisions(program, data, asked)
    candidates = _candidates(data, asked)
    scores: dict[str, float] = {}
    if len(candidates) > 1 or not asked.bags:
        scores = _scores(program, data, asked, candidates, predicted, tell)
    chosen = min(candidates, key=lambda one: scores.get(_word(one), 0.0))
    bagged = chosen._replace(bags=asked.bags or BAGS)
    if not asked.bags:
        scores |= _scores(program, data, asked, [bagged], predicted, tell)
    if asked.bags or scores[_word(bagged)] < scores[_word(chosen)]:
        chosen = bagged
    notes = observe(program, data.chosen("learning")).notes
    return Learned(_fit(program, data, asked, chosen, predicted), chosen, scores, notes)


def with_decisions(program: LinearProgram, data: Observations, settings: Settings) -> Observations:
    """Return the data with the decisions that its costs make optimal, where it has none."""
    if data.decisions is not None:
        return data
    costs = data.known_costs(f"method {settings.method} without decisions")
    decisions = solve_all(program, costs, settings.solver).checked("costs")
    return Observations(data.contexts, decisions, costs, data.context_names)


def distance(decisions: Float, observed: Float) -> float:
    """Return how far decisions are from those observed: the sum of differences over that of values, from the least.

    Where all that are observed are the same, over that of values from 0.
    """
    size = float(np.abs(observed - observed.min(axis=0)).sum()) or float(np.abs(observed).sum()) or 1.0
    return float(np.abs(decisions - observed).sum()) / size


def _word(candidate: Candidate) -> str:
    features = candidate.features
    kind = f"degree {features.degree}" if isinstance(features, Monomials) else "radial"
    return f"{kind}, strength {candidate.strength:g}" + (
        f", {candidate.bags} bags" if candidate.bags > 1 else ""
    )


def _candidates(data: Observations, settings: Settings) -> Sequence[Candidate]:
    if settings.predictor == "radial":
        rng = np.random.default_rng(settings.seed)
        maps: list[Features] = [fitted_radial(data.contexts, settings.landmarks, settings.gamma, rng)]
    else:
        degrees = {"linear": [1], "polynomial": [settings.degree], "auto": [1, 2]}[settings.predictor]
        maps = [Monomials(fitted_scale(data.contexts), degree) for degree in degrees]
    is_chosen = not settings.strength and settings.method in ("mom", "cilp", "ridge")
    strengths = STRENGTHS if is_chosen else (settings.strength,)
    return [Candidate(features, strength) for features in maps for strength in strengths]


def _scores(
    program: LinearProgram,
    data: Observations,
    settings: Settings,
    candidates: Sequence[Candidate],
    predicted: NDArray[np.int64] | None,
    tell: Callable[[str], None],
) -> dict[str, float]:
    """Return the mean distance of held-out decisions for each candidate."""
    n = len(data)
    if n < PART:
        raise UsageError(f"{n} samples are too few to hold some out; set strength")
    order = np.random.default_rng(settings.seed).permutation(n)
    folds = np.array_split(order, PART)
    folds = folds[: max(1, min(FOLDS, -(-ENOUGH_HELD_OUT * PART // n)))]
    scores = {}
    for candidate in candidates:
        found = []
        for held_out in folds:
            rest = data.part(np.setdiff1d(order, held_out))
            predictor = _fit(program, rest, settings, candidate, predicted)
            test = data.part(held_out)
            solved = solve_all(program, predictor.costs(test.contexts), settings.solver)
            found.append(distance(solved.checked("predicted costs"), test.chosen("held-out decisions")))
        scores[_word(candidate)] = float(np.mean(found))
        tell(f"{_word(candidate)}: held-out decisions differ by {100 * scores[_word(candidate)]:.1f} %")
    return scores


def _fit(
    program: LinearProgram,
    data: Observations,
    settings: Settings,
    candidate: Candidate,
    predicted: NDArray[np.int64] | None,
) -> LinearInFeatures:
    features, decisions = candidate.features.of(data.contexts), data.chosen(f"method {settings.method}")
    known, all_of_them = np.zeros(program.n_columns), np.arange(program.n_columns)
    if settings.method in ("least-squares", "ridge"):
        strength = candidate.strength if settings.method == "ridge" else 0.0
        theta = fit_ridge(features, data.known_costs(f"method {settings.method}"), strength)
    elif settings.method in ("mom", "cilp"):
        if predicted is not None:
            known = program.objective.copy()
            known[predicted] = 0.0
        problem = margin_program(
            program,
            observe(program, decisions),
            features,
            loss="mom" if settings.method == "mom" else "cilp",
            strength=candidate.strength,
            margin=settings.margin,
            known=known,
            predicted=predicted,
        )
        theta = fit(problem, program.sign, candidate.bags, np.random.default_rng(settings.seed))
    else:
        costs = data.known_costs("method spo+") if settings.method == "spo+" else None
        theta = fit_stepwise(program, features, decisions, costs, settings)
    return LinearInFeatures(candidate.features, theta, known, all_of_them if predicted is None else predicted)
