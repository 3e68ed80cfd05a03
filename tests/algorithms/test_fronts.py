import itertools
import math

import numpy as np
import pytest

from coplug.algorithms.fronts import hypervolume as volumes
from coplug.algorithms.fronts.dominance import front_order, non_dominated
from coplug.algorithms.fronts.hypervolume import hypervolume
from coplug.algorithms.fronts.indicators import (
    coverage_entropy,
    gd_plus,
    igd_plus,
    mean_pairwise_distance,
    modes_found,
    top_k,
    top_k_diversity,
    top_k_mean,
)
from coplug.algorithms.fronts.spread import far_apart
from coplug.errors import UsageError


def brute_force_mask(points):
    return np.array([not any((q >= p).all() and (q > p).any() for q in points) for p in points])


def brute_force_volume(points, side):
    """Count unit cubes below a point."""
    cells = itertools.product(range(side), repeat=points.shape[1])
    return sum(
        any(all(p > c for p, c in zip(point, cell, strict=True)) for point in points) for cell in cells
    )


@pytest.mark.parametrize("n_objectives", [1, 2, 3, 4])
def test_dominance_and_volume_are_those_of_brute_force(n_objectives):
    rng = np.random.default_rng(n_objectives)
    for n in (1, 2, 7, 30):
        points = rng.integers(0, 7, size=(n, n_objectives))
        assert non_dominated(points).tolist() == brute_force_mask(points).tolist()
        assert hypervolume(points) == brute_force_volume(points, 7)
        front = points[front_order(points)]
        assert (
            np.unique(front, axis=0).tolist() == np.unique(points[brute_force_mask(points)], axis=0).tolist()
        )
        assert front.tolist() == sorted(front.tolist(), reverse=True)


def test_volume_above_a_reference():
    points = np.array([[3.0, 1.0], [2.0, 2.0], [0.5, 9.0]])
    assert hypervolume(points, 1.0) == 1.0
    assert hypervolume(points, [0.0, 1.0]) == 2.0 + 0.5 * 7.0
    assert hypervolume(points[:0]) == 0.0


@pytest.mark.parametrize(
    ("points", "reference"), [([[1.0, math.nan]], 0.0), ([[1.0, 2.0]], [0.0]), ([1.0, 2.0], 0.0)]
)
def test_a_volume_of_no_points_at_all_is_refused(points, reference):
    with pytest.raises(UsageError):
        hypervolume(np.array(points), reference)


@pytest.mark.parametrize("n_objectives", [1, 2, 3, 4, 5])
def test_volumes_are_those_of_moocore_with_and_without_it(n_objectives, monkeypatch):
    moocore = pytest.importorskip("moocore")
    samples = np.random.default_rng(7).random((30, n_objectives)) - 0.1
    for reference in (0.0, np.linspace(0.1, 0.3, n_objectives)):
        expected = pytest.approx(moocore.hypervolume(samples, ref=reference, maximise=True))
        assert hypervolume(samples, reference) == expected
        with monkeypatch.context() as patch:
            patch.setattr(volumes, "has_moocore", lambda: False)
            assert hypervolume(samples, reference) == expected


def test_volumes_of_many_objectives_take_longer_without_moocore(monkeypatch):
    monkeypatch.setattr(volumes, "has_moocore", lambda: True)
    assert [volumes.comparisons(100, k) for k in (1, 2, 3, 4, 5, 6)] == [100, 100, *[10**4] * 3, 10**6]
    monkeypatch.setattr(volumes, "has_moocore", lambda: False)
    assert [volumes.comparisons(100, k) for k in (2, 3, 4, 5)] == [100, 10**4, 10**6, 10**8]


@pytest.mark.parametrize("n_objectives", [2, 3, 4])
def test_indicators_are_those_of_moocore(n_objectives):
    moocore = pytest.importorskip("moocore")
    rng = np.random.default_rng(5)
    samples, reference = rng.random((40, n_objectives)), 0.2 + rng.random((60, n_objectives))
    assert igd_plus(samples, reference) == pytest.approx(
        moocore.igd_plus(samples, ref=reference, maximise=True)
    )
    # GD+ is IGD+ with the roles, and so the directions, exchanged.
    assert gd_plus(samples, reference) == pytest.approx(
        moocore.igd_plus(reference, ref=samples, maximise=False)
    )


def test_distances_to_a_front_by_hand():
    reference = np.array([[0.0, 4.0], [4.0, 0.0]])
    samples = np.array([[0.0, 4.0], [1.0, 0.0], [5.0, 5.0]])
    assert gd_plus(samples, reference) == pytest.approx((0 + 3 + 0) / 3)
    assert igd_plus(samples[:2], reference) == pytest.approx((0 + 3) / 2)
    assert coverage_entropy(samples[:2], reference) == pytest.approx(math.log(2))
    assert coverage_entropy(samples[:1], reference) == 0.0
    with pytest.raises(UsageError, match="empty"):
        gd_plus(samples[:0], reference)
    with pytest.raises(UsageError, match="shape"):
        igd_plus(samples[:, :1], reference)


def test_modes_and_the_best_objects():
    objects = np.array([[0, 1], [1, 1], [0, 1], [1, 0]])
    values = np.array([3.0, 1.0, 3.0, 2.0])
    assert modes_found(objects, np.array([[0, 1], [0, 0]])) == 1
    assert top_k(values, objects, 2).tolist() == [0, 3]
    assert top_k_mean(values, objects, 2) == 2.5
    assert top_k_diversity(values, objects, 2) == 2.0
    assert mean_pairwise_distance(objects) == pytest.approx((1 + 0 + 2 + 1 + 1 + 2) / 6)
    assert mean_pairwise_distance(objects[:1]) == 0.0
    with pytest.raises(UsageError, match="k >= 1"):
        top_k(values, objects, 0)


def test_points_far_apart():
    line = np.array([[0.0], [1.0], [2.0], [10.0], [5.0]])
    assert far_apart(line, 3).tolist() == [0, 3, 4]
    assert sorted(far_apart(line, 9, first=2).tolist()) == [0, 1, 2, 3, 4]
    assert sorted(far_apart(np.zeros((3, 2)), 3).tolist()) == [0, 1, 2]
