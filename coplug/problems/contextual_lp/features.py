"""Features of contexts: what predictors are linear in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

DAMPED = 0.3
"""Factor of a product of k + 1 contexts to one of k: what is curved is penalised more."""

RIDGE = 1e-6
"""On the diagonal of a kernel matrix that is inverted."""


class Features(Protocol):
    """What contexts are turned into."""

    def of(self, contexts: Float) -> Float:
        """Return features of contexts of shape (n, p), float64, shape (n, d)."""
        ...


@dataclass(frozen=True, eq=False)
class Scale:
    """Brings contexts to mean 0 and standard deviation 1.

    Attributes
    ----------
    centre, spread : float64, shape (p,)
    """

    centre: Float
    spread: Float

    def of(self, contexts: Float) -> Float:
        """Return contexts, scaled."""
        return (contexts - self.centre) / self.spread


def fitted_scale(contexts: Float) -> Scale:
    """Return the scale of contexts; one that never changes keeps its size."""
    spread = contexts.std(axis=0)
    return Scale(contexts.mean(axis=0), np.where(spread > 1e-12, spread, 1.0))


@dataclass(frozen=True, eq=False)
class Monomials:
    """One, the scaled contexts, and their products up to a degree: those of the kernel ``sum_k w_k (z' z2)^k``.

    Attributes
    ----------
    scale : Scale
    degree : int
        1 for a linear predictor.
    """

    scale: Scale
    degree: int = 1

    def of(self, contexts: Float) -> Float:
        """See :class:`Features`; the first is the constant."""
        return monomials(self.scale.of(contexts), self.degree)


def monomials(scaled: Float, degree: int) -> Float:
    """Return the products of up to ``degree`` columns, a constant first, float64, shape (n, d)."""
    columns, p = [np.ones(len(scaled))], scaled.shape[1]
    for order in range(1, degree + 1):
        weight = DAMPED ** (order - 1)
        for chosen in combinations_with_replacement(range(p), order):
            columns.append(weight * np.sqrt(_orders(chosen)) * scaled[:, list(chosen)].prod(axis=1))  # noqa: PERF401 # a list of several parts
    return np.stack(columns, axis=1)


def _orders(chosen: tuple[int, ...]) -> float:
    """Return in how many orders the factors can stand."""
    counts = np.unique(chosen, return_counts=True)[1]
    return float(
        np.prod(np.arange(1, len(chosen) + 1)) / np.prod([np.prod(np.arange(1, k + 1)) for k in counts])
    )


@dataclass(frozen=True, eq=False)
class Radial:
    """``exp(-|z - l| / gamma)`` of scaled contexts and landmarks, whitened, as Nyström's method does it.

    With every sample as a landmark it is the kernel itself.

    Attributes
    ----------
    scale : Scale
    landmarks : float64, shape (k, p)
        Scaled.
    gamma : float
        Above 0.
    whitening : float64, shape (k, k)
        The inverse square root of the kernel matrix of the landmarks.
    """

    scale: Scale
    landmarks: Float
    gamma: float
    whitening: Float

    def of(self, contexts: Float) -> Float:
        """See :class:`Features`; the first is the constant."""
        kernel = radial_kernel(self.scale.of(contexts), self.landmarks, self.gamma)
        return np.hstack([np.ones((len(contexts), 1)), kernel @ self.whitening])


def radial_kernel(scaled: Float, landmarks: Float, gamma: float) -> Float:
    """Return the kernel of each context and landmark, float64, shape (n, k)."""
    squares = (scaled**2).sum(axis=1)[:, None] + (landmarks**2).sum(axis=1)[None] - 2 * scaled @ landmarks.T
    kernel: Float = np.exp(-np.sqrt(np.maximum(squares, 0.0)) / gamma)
    return kernel


def fitted_radial(contexts: Float, n_landmarks: int, gamma: float, rng: np.random.Generator) -> Radial:
    """Return radial features with landmarks drawn from contexts.

    Parameters
    ----------
    contexts : float64, shape (n, p)
    n_landmarks : int
        At most; at least 1.
    gamma : float
        0: the median distance of landmarks.
    rng : numpy.random.Generator
    """
    scale = fitted_scale(contexts)
    chosen = np.sort(rng.permutation(len(contexts))[:n_landmarks])
    landmarks = scale.of(contexts)[chosen]
    if not gamma:
        distances = np.linalg.norm(landmarks[:, None] - landmarks[None], axis=2)
        apart = distances[np.triu_indices(len(landmarks), 1)]
        gamma = float(np.median(apart)) if len(apart) and np.median(apart) > 0 else 1.0
    values, vectors = np.linalg.eigh(radial_kernel(landmarks, landmarks, gamma))
    whitening = (vectors / np.sqrt(np.maximum(values, 0.0) + RIDGE)) @ vectors.T
    return Radial(scale, landmarks, gamma, whitening)
