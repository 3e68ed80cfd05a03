"""The convex quadratic program of margin losses on reduced costs, by an interior-point method of its own.

With features ``f_t`` of context ``t``, predicted costs ``c_t = k + theta f_t`` and duals ``y_t``, reduced costs are
``r_t = c_t - A' y_t``. A decision is optimal for ``c_t`` exactly if duals exist with which ``r`` is at least 0 where
the variable is at its lower bound, at most 0 at its upper bound, and 0 between them. The program asks for that with a
margin::

    minimise  strength/2 |theta|^2 + 1/n sum_t loss(r_t)      over theta and all y_t

- ``mom``: ``loss = sum_j max(0, margin - s_j r_j)`` over variables at a bound, of sign ``s_j``, where ``r = 0`` on
  those between their bounds (Sun, Liu and Li, ICML 2023). Where the optimal basis is unique, it determines ``y_t``, and
  this is their loss. Where it is not, the duals that are left free take the place of a choice among bases.
- ``cilp``: half the squares of the same violations, and of ``r`` between the bounds. This is half the squared distance
  of ``c_t`` from the costs for which the decision is optimal with the margin, the loss of Mishra, Raj and Vaswani
  (ICML 2024), which needs no assumption about bases.

No cost is seen and no linear program is solved. The steps are those of Mehrotra; each eliminates the duals of each
sample (:mod:`.elimination`) and factorises one dense matrix of theta's order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from coplug.errors import SolverError
from coplug.problems.contextual_lp.elimination import DAMPING, Elimination

Float = NDArray[np.float64]
Loss = Literal["mom", "cilp"]

AT_LOWER, AT_UPPER, BETWEEN, FREE = 1, -1, 0, 2
"""Where a variable of a decision is: at a bound, between both, or fixed, so that its reduced cost may be anything."""

TOLERANCE, NEARLY = 1e-7, 1e-4
"""Of the mean complementarity: what ends the steps, and what is enough where rounding stops them."""

MOST_STEPS = 60
BACK_FROM_THE_EDGE = 0.995
TOO_SHORT = 0.1
"""Of a step whose target is an optimum."""

STIFFNESS = 1e3
"""Of the rows that shall be 0 under ``mom``, as a weight in each step; multipliers make them exact."""

SOFTNESS = 1e-4
"""What a step adds to the inverse of a weight under ``mom``: none is above 1e4, so that products keep digits."""


@dataclass(frozen=True, eq=False)
class MarginProgram:
    """What is to be minimised.

    Attributes
    ----------
    features : float64, shape (n, d)
    signs : int8, shape (n, m)
        Of each sample and variable, slack variables among them: :data:`AT_LOWER` and the like. A variable is
        :data:`FREE` in all samples or in none.
    matrix : float64, shape (rows, m)
        Equality rows, those of the slack variables among them; they are independent.
    known : float64, shape (m,)
        Costs that are known, to which what is predicted is added.
    n_predicted : int
        The first variables have predicted costs.
    strength : float
        Of the regularisation, above 0.
    margin : float
        Above 0.
    loss : "mom" or "cilp"
    """

    features: Float
    signs: NDArray[np.int8]
    matrix: Float
    known: Float
    n_predicted: int
    strength: float
    margin: float = 1.0
    loss: Loss = "mom"

    @property
    def shape(self) -> tuple[int, int]:
        """Of theta: predicted variables and features."""
        return self.n_predicted, self.features.shape[1]

    def value(self, theta: Float, duals: Float) -> float:
        """Return what is minimised, at a theta and duals of shape (n, rows); rows that shall be 0 cost nothing."""
        reduced = self.costs(theta) - duals @ self.matrix
        short = np.where(np.abs(self.signs) == 1, np.maximum(0.0, self.margin - self.signs * reduced), 0.0)
        if self.loss == "cilp":
            short = 0.5 * (short**2 + np.where(self.signs == BETWEEN, reduced, 0.0) ** 2)
        small = 0.5 * DAMPING * (duals**2).sum()
        return float(0.5 * self.strength * (theta**2).sum() + (short.sum() + small) / len(self.features))

    def costs(self, theta: Float) -> Float:
        """Return the costs of all variables, float64, shape (n, m)."""
        costs = np.tile(self.known, (len(self.features), 1))
        costs[:, : self.n_predicted] += self.features @ theta.T
        return costs


@dataclass(frozen=True, eq=False)
class Fitted:
    """A minimiser.

    Attributes
    ----------
    theta : float64, shape (n_predicted, d)
    duals : float64, shape (n, rows)
    steps : int
        Of the interior-point method.
    """

    theta: Float
    duals: Float
    steps: int


def minimise(program: MarginProgram) -> Fitted:
    """Solve the program to a mean complementarity of :data:`TOLERANCE`, at worst :data:`NEARLY`.

    Raises
    ------
    SolverError
        If it does not converge.
    """
    return _InteriorPoint(program).run()


class _Move(NamedTuple):
    """Changes of theta, and of what each row of each sample has."""

    theta: Float
    reduced: Float
    alpha: Float
    short: Float
    slack: Float
    level: Float


class _InteriorPoint:
    """The iterates: theta, reduced costs, multipliers and slacks of all rows of all samples.

    A row at a bound asks for ``sign r + short - margin = slack``, both at least 0; its multiplier is ``alpha``. Under
    ``mom`` the multiplier of ``short >= 0`` is ``1 - alpha``; under ``cilp`` ``short`` is ``alpha``. ``push`` is the
    signed multiplier of all rows, by which they move the costs.
    """

    def __init__(self, program: MarginProgram) -> None:
        self.program = program
        n, m = program.signs.shape
        self.is_sharp = program.loss == "mom"
        self.bounded = np.abs(program.signs) == 1
        self.between = program.signs == BETWEEN
        self.sign = np.where(self.bounded, program.signs, 0).astype(np.float64)
        self.theta = np.zeros(program.shape)
        self.reduced = program.costs(self.theta)
        self.alpha = np.full((n, m), 0.5)
        self.short = np.full((n, m), 0.5 if not self.is_sharp else program.margin)
        self.slack = np.full((n, m), program.margin)
        self.level = np.zeros((n, m))  # multipliers of rows between bounds
        self.count = max(1, int(self.bounded.sum()))
        self.told = (program.signs != FREE).all(axis=0)
        self.inverse = np.linalg.pinv(program.matrix[:, self.told])  # from differences of costs to duals
        self.eliminated = Elimination(program.matrix, program.n_predicted)
        self.pairs = np.triu_indices(program.shape[1])
        self.products = program.features[:, self.pairs[0]] * program.features[:, self.pairs[1]]

    def run(self) -> Fitted:
        for step in range(MOST_STEPS):
            self.duals = (self.program.costs(self.theta) - self.reduced)[:, self.told] @ self.inverse
            self.missing = np.where(
                self.bounded, self.sign * self.reduced + self.short - self.program.margin - self.slack, 0.0
            )
            if self._gap() < TOLERANCE and self._residual() < TOLERANCE**0.5 * self._scale():
                return Fitted(self.theta, self.duals, step)
            self._advance()
        if self._gap() < NEARLY and self._residual() < NEARLY**0.5 * self._scale():
            return Fitted(self.theta, self.duals, MOST_STEPS)
        raise SolverError(
            f"the margin program does not converge in {MOST_STEPS} steps; raise strength, or scale contexts"
        )

    def _advance(self) -> None:
        """Take one step of predictor and corrector."""
        alpha, short, slack, beta = self.alpha, self.short, self.slack, 1 - self.alpha
        self._factorise()
        guess = self._direction(-alpha * slack, -beta * short)
        size = self._longest(guess)
        mean, after = self._gap(), self._gap_after(size, guess)
        centre = mean * min(1.0, after / max(mean, 1e-300)) ** 3
        crossed = centre - alpha * slack - guess.alpha * guess.slack
        move = self._direction(crossed, centre - beta * short + guess.alpha * guess.short)
        size = min(1.0, BACK_FROM_THE_EDGE * self._longest(move))
        if size < TOO_SHORT:  # something is far too close to its edge: back to the middle first
            move = self._direction(mean - alpha * slack, mean - beta * short)
            size = min(1.0, BACK_FROM_THE_EDGE * self._longest(move))
        self.theta = self.theta + size * move.theta
        self.reduced = self.reduced + size * move.reduced
        self.alpha = alpha + size * move.alpha
        self.short = short + size * move.short
        self.slack = slack + size * move.slack
        self.level = self.level + size * move.level

    def _factorise(self) -> None:
        """Eliminate the duals of each sample, and factorise what is left for theta."""
        (k, d), n = self.program.shape, len(self.alpha)
        by_short = self.short / (1 - self.alpha) + SOFTNESS if self.is_sharp else 1.0
        self.weight = np.where(self.bounded, 1.0 / (self.slack / self.alpha + by_short), 0.0)
        self.weight[self.between] = STIFFNESS if self.is_sharp else 1.0
        left = self.eliminated.factorise(self.weight, self.products)
        place = np.zeros((d, d), np.intp)  # products of features are symmetric
        place[self.pairs] = place.T[self.pairs] = np.arange(len(self.pairs[0]))
        full = left[:, :, place].transpose(0, 2, 1, 3).reshape(k * d, k * d) / n
        full[np.arange(k * d), np.arange(k * d)] += self.program.strength
        self.factor = _factorised((full + full.T) / 2)

    def _direction(self, crossed: Float, sharp: Float) -> _Move:
        """Return the step by which ``alpha slack`` grows by ``crossed``, under ``mom`` ``beta short`` by ``sharp``."""
        program, weight, beta = self.program, self.weight, 1 - self.alpha
        (n, _), (k, d) = self.weight.shape, program.shape
        pull = crossed / self.alpha - self.missing - (sharp / beta if self.is_sharp else 0.0)
        at_rest = -self.reduced if self.is_sharp else -self.reduced - self.level
        target = np.where(self.bounded, self.sign * pull, at_rest)
        push = self._push()
        pushed = self.eliminated.left_of(push + weight * target, self.duals)
        gradient = -program.strength * self.theta + pushed[:, :k].T @ program.features / n
        d_theta = np.asarray(scipy.linalg.cho_solve(self.factor, gradient.ravel())).reshape(k, d)
        moved = np.zeros_like(weight)
        moved[:, :k] = program.features @ d_theta.T
        d_push = pushed - self.eliminated.left_of(weight * moved) - push
        d_reduced = target - np.divide(d_push, weight, out=np.zeros_like(weight), where=weight > 0)
        d_alpha = self.sign * d_push
        d_short = (
            np.where(self.bounded, (sharp + self.short * d_alpha) / beta, 0.0) if self.is_sharp else d_alpha
        )
        d_slack = np.where(self.bounded, self.sign * d_reduced + d_short + self.missing, 0.0)
        return _Move(d_theta, d_reduced, d_alpha, d_short, d_slack, np.where(self.between, d_push, 0.0))

    def _push(self) -> Float:
        push: Float = self.sign * self.alpha + self.level
        return push

    def _longest(self, move: _Move) -> float:
        """Return how far a step goes, at most 1, until something that has to be positive is 0."""
        pairs = [(self.alpha, move.alpha), (self.slack, move.slack)]
        if self.is_sharp:
            pairs += [(1 - self.alpha, -move.alpha), (self.short, move.short)]
        falls = [float((-change / value).max(initial=0.0)) for value, change in pairs]
        return 1.0 / max(1.0, *falls)

    def _gap(self) -> float:
        """Return the mean of the products that are 0 at a minimiser."""
        return self._mean_gap(self.alpha, self.slack, self.short)

    def _gap_after(self, size: float, move: _Move) -> float:
        return self._mean_gap(
            self.alpha + size * move.alpha, self.slack + size * move.slack, self.short + size * move.short
        )

    def _mean_gap(self, alpha: Float, slack: Float, short: Float) -> float:
        total = float((alpha * slack).sum(where=self.bounded))
        if not self.is_sharp:
            return total / self.count
        return (total + float(((1 - alpha) * short).sum(where=self.bounded))) / (2 * self.count)

    def _residual(self) -> float:
        """Return the largest violation of an equation that holds at a minimiser."""
        program, push = self.program, self._push()
        gradient = program.strength * self.theta - push[:, : program.n_predicted].T @ program.features / len(
            push
        )
        level = np.where(self.between, self.reduced + (0.0 if self.is_sharp else self.level), 0.0)
        parts = (self.missing, push @ program.matrix.T + DAMPING * self.duals, gradient, level)
        return max(float(np.abs(part).max(initial=0.0)) for part in parts)

    def _scale(self) -> float:
        return max(1.0, float(np.abs(self.theta).max(initial=0.0)))


def _factorised(matrix: Float) -> tuple[Float, bool]:
    """Return the Cholesky factor of a matrix that is positive definite but for rounding."""
    size, shift = float(np.trace(matrix)) / len(matrix), 0.0
    while True:
        try:
            factor: tuple[Float, bool] = scipy.linalg.cho_factor(matrix + shift * np.eye(len(matrix)))
        except scipy.linalg.LinAlgError:
            if shift > 1e-4 * size:
                raise SolverError("the margin program is too badly scaled; scale contexts and rows") from None
            shift = max(100 * shift, 1e-14 * size)
            continue
        return factor
