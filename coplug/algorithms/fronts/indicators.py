"""How good a set of samples is: beside a reference front, by its modes, by its best ones; more is better each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError

PIECE = 512
"""Samples that are compared with the reference at a time."""


def gd_plus(samples: NDArray[Any], reference: NDArray[Any]) -> float:
    """Return how far samples fall short of a reference front: 0 if each is at least as good as a point of it.

    The mean over samples s of the least ``|max(r - s, 0)|`` over points r of the front.

    Source: H. Ishibuchi et al., Modified distance calculation in generational distance and inverted generational
    distance, EMO 2015.

    Parameters
    ----------
    samples : shape (n, n_objectives)
    reference : shape (n_points, n_objectives)

    Raises
    ------
    UsageError
        If a set is empty, a number is not finite, or the shapes do not fit.
    """
    samples, reference = _checked(samples, reference)
    return float(
        np.concatenate([_shortfall(part, reference).min(axis=1) for part in _pieces(samples)]).mean()
    )


def igd_plus(samples: NDArray[Any], reference: NDArray[Any]) -> float:
    """Return how much of a reference front is missed: the mean over its points of the least ``|max(r - s, 0)|``.

    Source, parameters and errors as of :func:`gd_plus`.
    """
    samples, reference = _checked(samples, reference)
    least = np.full(len(reference), np.inf)
    for part in _pieces(samples):
        least = np.minimum(least, _shortfall(part, reference).min(axis=0))
    return float(least.mean())


def coverage_entropy(samples: NDArray[Any], reference: NDArray[Any]) -> float:
    """Return the entropy, in nats, of which point of a reference front is the nearest one of each sample.

    It is ``log(n_points)`` where all points are met alike, and 0 where one has all samples. Of points that are equally
    near the first one counts.

    Source: M. Jain et al., Multi-objective GFlowNets, ICML 2023, appendix (PC-entropy). Parameters and errors as of
    :func:`gd_plus`.
    """
    samples, reference = _checked(samples, reference)
    nearest = [
        ((part[:, None, :] - reference[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
        for part in _pieces(samples)
    ]
    shares = np.bincount(np.concatenate(nearest)) / len(samples)
    shares = shares[shares > 0.0]
    return float(-(shares * np.log(shares)).sum()) + 0.0


def modes_found(samples: NDArray[Any], modes: NDArray[Any]) -> int:
    """Return how many of the modes are among the samples.

    Parameters
    ----------
    samples : shape (n, width)
        Objects, a row each.
    modes : shape (n_modes, width)
        Different rows.
    """
    drawn = {row.tobytes() for row in np.ascontiguousarray(samples, np.float64)}
    return sum(row.tobytes() in drawn for row in np.ascontiguousarray(modes, np.float64))


def top_k(values: NDArray[Any], objects: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Return where the k best different objects are, the best first; all of them if there are fewer.

    Parameters
    ----------
    values : shape (n,)
        Of the objects; more is better.
    objects : shape (n, width)
    k : int
        At least 1.

    Raises
    ------
    UsageError
        If k is not positive, or there is no object.
    """
    if k < 1 or not len(objects):
        raise UsageError(f"the best {k} of {len(objects)} objects are none; take k >= 1 and some objects")
    _, first = np.unique(objects, axis=0, return_index=True)
    first = np.sort(first)
    best: NDArray[np.int64] = first[np.argsort(-np.asarray(values, np.float64)[first], kind="stable")][:k]
    return best


def top_k_mean(values: NDArray[Any], objects: NDArray[Any], k: int) -> float:
    """Return the mean value of the k best different objects; see :func:`top_k`."""
    return float(np.asarray(values, np.float64)[top_k(values, objects, k)].mean())


def top_k_diversity(values: NDArray[Any], objects: NDArray[Any], k: int) -> float:
    """Return in how many places two of the k best different objects differ, on average; 0 of a single one."""
    return mean_pairwise_distance(objects[top_k(values, objects, k)])


def mean_pairwise_distance(objects: NDArray[Any]) -> float:
    """Return in how many places two of the rows differ, on average over all pairs; 0 of a single row.

    Parameters
    ----------
    objects : shape (n, width)
    """
    n = len(objects)
    if n < 2:
        return 0.0
    different = sum(int((objects[k] != objects[k + 1 :]).sum()) for k in range(n - 1))
    return different / (n * (n - 1) / 2)


def _checked(
    samples: NDArray[Any], reference: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    samples, reference = np.asarray(samples, np.float64), np.asarray(reference, np.float64)
    if samples.ndim != 2 or reference.ndim != 2 or samples.shape[1:] != reference.shape[1:]:
        raise UsageError(
            f"samples have shape {samples.shape}, the reference {reference.shape}; expected (n, n_objectives) each"
        )
    if not len(samples) or not len(reference):
        raise UsageError("a set of points is empty; give one at least")
    if not (np.isfinite(samples).all() and np.isfinite(reference).all()):
        raise UsageError("points have to be finite numbers")
    return samples, reference


def _pieces(samples: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    return [samples[begin : begin + PIECE] for begin in range(0, len(samples), PIECE)]


def _shortfall(samples: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``|max(r - s, 0)|``, shape (n_samples, n_points)."""
    short: NDArray[np.float64] = np.maximum(reference[None, :, :] - samples[:, None, :], 0.0)
    return np.asarray(np.sqrt((short**2).sum(axis=2)))
