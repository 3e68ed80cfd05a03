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
sample, so that it costs ``n (rows^3 + rows columns^2)`` and the factorisation of one dense matrix of theta's order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from coplug.errors import SolverError

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

DAMPING = 1e-6
"""Half of this times the squares of a sample's duals is added to its loss: it decides what the decision leaves open."""

WORK_ENTRIES = 2**17
"""Float64 numbers in the largest temporary array: it stays in the cache of a core."""


@dataclass(frozen=True, eq=False)
class MarginProgram:
    """What is to be minimised.

    Attributes
    ----------
    features : float64, shape (n, d)
    signs : int8, shape (n, m)
        Of each sample and variable, slack variables among them: :data:`AT_LOWER` and the like.
    matrix : float64, shape (rows, m)
        Equality rows, those of the slack variables among them.
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


class _InteriorPoint:
    """The iterates: theta, duals ``y``, multipliers and slacks of all rows of all samples.

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
        self.duals = np.zeros((n, len(program.matrix)))
        self.alpha = np.full((n, m), 0.5)
        self.short = np.full((n, m), 0.5 if not self.is_sharp else program.margin)
        self.slack = np.full((n, m), program.margin)
        self.level = np.zeros((n, m))  # multipliers of rows between bounds
        self.chunk = max(1, WORK_ENTRIES // max(1, m * max(m, len(program.matrix))))

    def run(self) -> Fitted:
        for step in range(MOST_STEPS):
            costs = self.program.costs(self.theta)
            self.reduced = costs - self.duals @ self.program.matrix
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
        zero = np.zeros_like(alpha)
        guess = self._direction(-alpha * slack, -beta * short)
        size = self._longest(*guess)
        mean, after = self._gap(), self._gap_after(size, *guess)
        centre = mean * min(1.0, after / max(mean, 1e-300)) ** 3
        crossed = centre - alpha * slack - guess[2] * guess[4]
        sharp = centre - beta * short + guess[2] * guess[3] if self.is_sharp else zero
        move = self._direction(crossed, sharp)
        size = min(1.0, BACK_FROM_THE_EDGE * self._longest(*move))
        if size < TOO_SHORT:  # something is far too close to its edge: back to the middle first
            move = self._direction(mean - alpha * slack, mean - beta * short if self.is_sharp else zero)
            size = min(1.0, BACK_FROM_THE_EDGE * self._longest(*move))
        d_theta, d_duals, d_alpha, d_short, d_slack, d_level = move
        self.theta = self.theta + size * d_theta
        self.duals = self.duals + size * d_duals
        self.alpha = alpha + size * d_alpha
        self.short = short + size * d_short
        self.slack = slack + size * d_slack
        self.level = self.level + size * d_level

    def _factorise(self) -> None:
        """Eliminate the duals of each sample, and factorise what is left for theta."""
        program, matrix = self.program, self.program.matrix
        by_short = self.short / (1 - self.alpha) + SOFTNESS if self.is_sharp else 1.0
        self.weight = np.where(self.bounded, 1.0 / (self.slack / self.alpha + by_short), 0.0)
        self.weight = np.where(self.between, STIFFNESS if self.is_sharp else 1.0, self.weight)
        n, (k, d) = len(self.weight), program.shape
        rows = len(matrix)
        self.inverse = np.empty((n, rows, rows))
        first, second = np.triu_indices(d)  # products of features are symmetric
        hessian = np.zeros((k * k, len(first)))
        for start in range(0, n, self.chunk):
            part = slice(start, start + self.chunk)
            weight, features = self.weight[part], program.features[part]
            self.inverse[part], left = self._eliminated(weight)
            hessian += left.reshape(-1, k * k).T @ (features[:, first] * features[:, second])
        place = np.zeros((d, d), np.intp)
        place[first, second] = place[second, first] = np.arange(len(first))
        full = hessian[:, place.ravel()].reshape(k, k, d, d).transpose(0, 2, 1, 3).reshape(k * d, k * d) / n
        full[np.arange(k * d), np.arange(k * d)] += program.strength
        self.factor = _factorised((full + full.T) / 2)

    def _eliminated(self, weight: Float) -> tuple[Float, Float]:
        """Return the inverse of ``A W A' + DAMPING`` of each sample, and what is left of ``W`` on predicted costs."""
        matrix, k, rows = self.program.matrix, self.program.n_predicted, len(self.program.matrix)
        outer = (matrix[:, None, :] * matrix[None, :, :]).reshape(rows * rows, -1)
        gram = (weight @ outer.T).reshape(-1, rows, rows)
        gram[:, np.arange(rows), np.arange(rows)] += DAMPING
        inverse = np.asarray(np.linalg.inv(gram), np.float64)
        # Two large products instead of many small ones.
        half = (inverse.reshape(-1, rows) @ matrix[:, :k]).reshape(-1, rows, k)
        inner = (half.transpose(0, 2, 1).reshape(-1, rows) @ matrix[:, :k]).reshape(-1, k, k)
        left = -weight[:, :k, None] * inner * weight[:, None, :k]
        left[:, np.arange(k), np.arange(k)] += weight[:, :k]
        return inverse, left

    def _direction(self, crossed: Float, sharp: Float) -> tuple[Float, ...]:
        """Return the step by which ``alpha slack`` grows by ``crossed``, and ``beta short`` by ``sharp``."""
        program, matrix, weight = self.program, self.program.matrix, self.weight
        (n, _), (k, d) = self.weight.shape, program.shape
        beta = 1 - self.alpha
        pull = crossed / self.alpha - self.missing - (sharp / beta if self.is_sharp else 0.0)
        at_rest = -self.reduced if self.is_sharp else -self.reduced - self.level
        target = np.where(self.bounded, self.sign * pull, at_rest)
        push = np.where(self.bounded, self.sign * self.alpha, self.level) + weight * target
        pulled = push @ matrix.T + DAMPING * self.duals
        bent = np.einsum("nij,nj->ni", self.inverse, pulled)
        force = (push - weight * (bent @ matrix))[:, :k]
        gradient = -program.strength * self.theta + force.T @ program.features / n
        d_theta = scipy.linalg.cho_solve(self.factor, gradient.ravel()).reshape(k, d)
        moved = np.zeros_like(weight)
        moved[:, :k] = program.features @ d_theta.T
        d_duals = np.einsum("nij,nj->ni", self.inverse, (weight * moved) @ matrix.T) - bent
        rest = target - (moved - d_duals @ matrix)
        d_push = weight * rest
        d_alpha = np.where(self.bounded, self.sign * d_push, 0.0)
        d_short = (sharp + self.short * d_alpha) / beta if self.is_sharp else d_alpha
        d_slack = np.where(self.bounded, self.sign * (moved - d_duals @ matrix) + d_short + self.missing, 0.0)
        return d_theta, d_duals, d_alpha, d_short, d_slack, np.where(self.between, d_push, 0.0)

    def _longest(
        self, d_theta: Float, d_duals: Float, d_alpha: Float, d_short: Float, d_slack: Float, d_level: Float
    ) -> float:
        """Return how far a step goes, at most 1, until something that has to be positive is 0."""
        pairs = [(self.alpha, d_alpha), (self.slack, d_slack)]
        if self.is_sharp:
            pairs += [(1 - self.alpha, -d_alpha), (self.short, d_short)]
        longest = 1.0
        for value, change in pairs:
            falls = self.bounded & (change < 0)
            if falls.any():
                longest = min(longest, float((-value[falls] / change[falls]).min()))
        return longest

    def _gap(self) -> float:
        """Return the mean of the products that are 0 at a minimiser."""
        return self._mean_gap(self.alpha, self.slack, self.short)

    def _gap_after(self, size: float, *move: Float) -> float:
        return self._mean_gap(
            self.alpha + size * move[2], self.slack + size * move[4], self.short + size * move[3]
        )

    def _mean_gap(self, alpha: Float, slack: Float, short: Float) -> float:
        count = max(1, int(self.bounded.sum()))
        total = float((alpha * slack)[self.bounded].sum())
        if not self.is_sharp:
            return total / count
        return (total + float(((1 - alpha) * short)[self.bounded].sum())) / (2 * count)

    def _residual(self) -> float:
        """Return the largest violation of an equation that holds at a minimiser."""
        program, k = self.program, self.program.n_predicted
        push = np.where(self.bounded, self.sign * self.alpha, self.level)
        gradient = program.strength * self.theta - push[:, :k].T @ program.features / len(push)
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
