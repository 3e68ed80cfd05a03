"""Learning online, a decision at a time: follow the regularised leader, online gradients, and the perceptron.

Each predicts the costs of a context before it sees the decision, of the basis that the decision determines (Sun, Liu
and Li, ICML 2023). A decision that leaves the basis open has its duals by least squares.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.problems.contextual_lp.decisions import Observed, observe
from coplug.problems.contextual_lp.margin import margin_program
from coplug.problems.contextual_lp.margin_qp import BETWEEN, minimise
from coplug.problems.contextual_lp.program import LinearProgram

Float = NDArray[np.float64]
Rule = Literal["ftrl", "ogd", "perceptron"]
RULES = ("ftrl", "ogd", "perceptron")


class OnlineLearner:
    """Predicts and learns in turn.

    Parameters
    ----------
    program : LinearProgram
    n_features : int
    rule : str
        ``ftrl`` solves the batch program of all that it has seen, when their number has grown by a tenth; ``ogd`` takes
        a step along the subgradient of the margin loss; ``perceptron`` takes one only where a reduced cost has the
        wrong sign.
    rate : float
        Of ``ogd``: steps are ``rate / sqrt(t)``.
    radius : float
        Of the ball that ``ogd`` projects theta to; 0 for none.
    strength : float
        Of ``ftrl``.
    """

    def __init__(
        self,
        program: LinearProgram,
        n_features: int,
        rule: Rule = "ogd",
        *,
        rate: float = 0.1,
        radius: float = 0.0,
        strength: float = 0.01,
    ) -> None:
        if rule not in RULES:
            raise UsageError(f"rule {rule!r} is unknown; choose from {', '.join(RULES)}")
        self._program, self._rule = program, rule
        self._rate, self._radius, self._strength = rate, radius, strength
        self._theta = np.zeros((program.n_columns, n_features))
        self._seen: list[tuple[Float, Float]] = []
        self._fitted = 0

    @property
    def theta(self) -> Float:
        """In the program's own sense, float64, shape (n_columns, d)."""
        return self._program.sign * self._theta

    def costs(self, features: Float) -> Float:
        """Return the predicted costs of a context with these features of shape (d,), float64, shape (n_columns,)."""
        costs: Float = self.theta @ features
        return costs

    def learn(self, features: Float, decision: Float) -> None:
        """See the decision that was taken in a context.

        Raises
        ------
        InstanceError
            If it is not feasible.
        """
        self._seen.append((features, decision))
        if self._rule == "ftrl":
            if len(self._seen) >= 1.1 * self._fitted:
                self._fit()
            return
        at_least = 1.0 if self._rule == "ogd" else 0.0
        step = self._rate / np.sqrt(len(self._seen)) if self._rule == "ogd" else 1.0
        direction = self._direction(features, observe(self._program, decision[None]), at_least)
        self._theta = self._theta + step * np.outer(direction, features)
        size = float(np.linalg.norm(self._theta))
        if self._radius and size > self._radius:
            self._theta *= self._radius / size

    def _fit(self) -> None:
        features, decisions = (np.array(part) for part in zip(*self._seen, strict=True))
        observed = observe(self._program, decisions)
        problem = margin_program(self._program, observed, features, loss="mom", strength=self._strength)
        self._theta, self._fitted = minimise(problem).theta, len(self._seen)

    def _direction(self, features: Float, observed: Observed, at_least: float) -> Float:
        """Return minus the subgradient of the shortfalls by the costs, float64, shape (n_columns,)."""
        matrix, _ = self._program.equalities
        signs, n = observed.signs[0], self._program.n_columns
        costs = np.zeros(matrix.shape[1])
        costs[:n] = self._theta @ features
        basic = matrix[:, signs == BETWEEN]
        duals = np.linalg.lstsq(basic.T, costs[signs == BETWEEN], rcond=None)[0]
        push = np.where(np.abs(signs) == 1, signs, 0).astype(np.float64)
        push[np.abs(signs) == 1] *= (signs * (costs - matrix.T @ duals))[np.abs(signs) == 1] < at_least + (
            at_least == 0
        ) * 1e-12
        through = np.linalg.lstsq(basic, matrix @ push, rcond=None)[0]
        push[signs == BETWEEN] = -through
        return push[:n]
