import numpy as np
import pytest

from coplug.algorithms.downlink.max_min import max_min
from coplug.algorithms.downlink.sum_rate import link_wmmse
from coplug.problems.wireless.layouts import (
    draw_layouts,
    estimate_quality,
    noise_w,
    path_loss_db,
)
from coplug.problems.wireless.power_instance import make_power
from coplug.problems.wireless.power_methods import bisection, fractional_power, full_power
from coplug.problems.wireless.power_options import PowerOptions
from coplug.problems.wireless.rates import link_sinr


def networks(n_aps, n_users, n=20, seed=0):
    layouts = draw_layouts(np.random.default_rng(seed), n, n_aps, n_users, 0.5)
    quality = estimate_quality(layouts.beta, 0.1, 20, noise_w())
    return np.sqrt(quality * 0.1 / noise_w()), layouts.beta * 0.1 / noise_w()


def solved(gain, fading, tolerance=1e-3):
    amplitudes, sinr, bound = np.empty_like(gain), np.empty(len(gain)), np.empty(len(gain))
    max_min(gain, fading, tolerance, amplitudes, sinr, bound)
    return amplitudes, sinr, bound


def test_bisection_proves_what_it_finds():
    gain, fading = networks(12, 4)
    amplitudes, sinr, bound = solved(gain, fading)
    assert ((amplitudes**2).sum(axis=2) <= 1 + 1e-9).all()
    assert np.allclose(link_sinr(gain, fading, amplitudes).min(axis=1), sinr)
    assert (sinr <= bound).all()
    assert (bound <= sinr * 1.003).all()


def test_no_allocation_of_many_passes_the_bound():
    gain, fading = networks(3, 2, n=3)
    _, _, bound = solved(gain, fading)
    rng = np.random.default_rng(1)
    for _ in range(3000):
        tried = np.abs(rng.standard_normal(gain.shape)) * rng.random((3, 3, 1))
        tried /= np.maximum(np.sqrt((tried**2).sum(axis=2, keepdims=True)), 1)
        assert (link_sinr(gain, fading, tried).min(axis=1) <= bound).all()


def test_one_access_point_and_one_user_have_the_closed_form():
    gain, fading = np.array([[[3.0]]]), np.array([[[2.0]]])
    amplitudes, sinr, bound = solved(gain, fading, 1e-6)
    assert np.isclose(amplitudes[0, 0, 0], 1)
    assert np.isclose(sinr[0], 9 / 3)
    assert np.isclose(bound[0], 9 / 3, rtol=1e-5)


def test_two_users_who_are_alike_share_equally():
    gain, fading = np.full((1, 5, 2), 2.0), np.full((1, 5, 2), 0.1)
    amplitudes, sinr, _ = solved(gain, fading, 1e-6)
    assert np.allclose(amplitudes**2, 0.5, atol=1e-3)
    assert np.isclose(sinr[0], (5 * 2) ** 2 / 2 / (1 + 0.5), rtol=1e-4)


def test_bisection_agrees_with_an_interior_point_solver():
    clarabel = pytest.importorskip("clarabel")
    from scipy import sparse

    gain, fading = networks(6, 3, n=3, seed=4)
    _, sinr, bound = solved(gain, fading, 1e-4)

    def margin(c, target):
        """The most by which all users pass the target, divided by it, as a second-order cone program."""
        n_aps, n_users = gain.shape[1:]
        n = n_aps * n_users + n_aps + 1
        rows, sides, cones = [], [], []
        norms = n_aps * n_users
        for m in range(n_aps):
            cone = np.zeros((n_users + 2, n))
            cone[0, norms + m] = 1
            cone[1, norms + m] = -1
            cone[2:, m * n_users : (m + 1) * n_users] = -np.eye(n_users)
            rows += [cone[:1], cone[1:]]
            sides += [np.ones(1), np.zeros(n_users + 1)]
            cones += [clarabel.NonnegativeConeT(1), clarabel.SecondOrderConeT(n_users + 1)]
        for k in range(n_users):
            cone = np.zeros((n_aps + 2, n))
            cone[0, k : n_aps * n_users : n_users] = -gain[c, :, k] / target
            cone[0, -1] = 1
            cone[1 : n_aps + 1, norms : norms + n_aps] = -np.diag(np.sqrt(fading[c, :, k]))
            side = np.zeros(n_aps + 2)
            side[-1] = 1
            rows, sides = [*rows, cone], [*sides, side]
            cones.append(clarabel.SecondOrderConeT(n_aps + 2))
        cost = np.zeros(n)
        cost[-1] = -1
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        matrix = sparse.csc_matrix(np.vstack(rows))
        solver = clarabel.DefaultSolver(
            sparse.csc_matrix((n, n)), cost, matrix, np.concatenate(sides), cones, settings
        )
        return -solver.solve().obj_val

    for c in range(3):
        assert margin(c, np.sqrt(sinr[c]) * 0.999) > 0
        assert margin(c, np.sqrt(bound[c]) * 1.001) < 0


def test_steps_of_weighted_mmse_raise_the_sum_and_end_where_no_access_point_can_raise_it():
    gain, fading = networks(10, 4)
    weights = np.random.default_rng(0).uniform(0.5, 2, (20, 4))
    amplitudes, steps = np.empty_like(gain), np.empty(20, np.int64)
    last = np.full(20, -np.inf)
    for n in (0, 1, 2, 5, 3000):
        link_wmmse(gain, fading, weights, n, 0.0, amplitudes, steps)
        rate = (weights * np.log2(1 + link_sinr(gain, fading, amplitudes))).sum(axis=1)
        assert (rate >= last - 1e-9).all()
        last = rate
    assert ((amplitudes**2).sum(axis=2) <= 1 + 1e-9).all()
    signal = (gain * amplitudes).sum(axis=1)
    disturbance = 1 + np.einsum("bmk,bm->bk", fading, (amplitudes**2).sum(axis=2))
    sinr = signal**2 / disturbance
    pull = weights / (1 + sinr) * signal / disturbance
    cost = np.einsum("bmk,bk->bm", fading, pull * signal / disturbance)
    slope = pull[:, None] * gain - cost[:, :, None] * amplitudes
    moved = amplitudes + 1e-3 * slope / np.abs(slope).max(axis=(1, 2), keepdims=True)
    moved /= np.maximum(np.sqrt((moved**2).sum(axis=2, keepdims=True)), 1)
    assert np.abs(moved - amplitudes).max() < 1e-4


def make(**arrays):
    return make_power("test", {"noise": np.array(1.0), "power": np.array(2.0)} | arrays, PowerOptions())


def test_simple_allocations_use_all_power_and_follow_the_gains():
    instance = make(beta=np.array([[1.0, 4.0], [0.0, 0.0], [3.0, 0.0]]), pilots=np.array(5))
    full = full_power(instance) ** 2
    assert np.allclose(full.sum(axis=2), [[1, 0, 1]])
    assert np.isclose(full[0, 0, 1] / full[0, 0, 0], instance.quality[0, 0, 1] / instance.quality[0, 0, 0])
    equal = fractional_power(instance, 0.0) ** 2
    assert np.allclose(equal[0], [[0.5, 0.5], [0, 0], [1, 0]])


def test_a_user_who_hears_nobody_has_rate_0_and_breaks_nothing():
    instance = make(beta=np.array([[1.0, 0.0], [2.0, 0.0]]))
    found = bisection(instance, 1e-3)
    assert np.isfinite(found.amplitudes).all()
    assert instance.rates(found.amplitudes)[0, 1] == 0
    assert "1 users hear no access point" in instance.notes[0]


def test_path_loss_has_the_constants_of_the_three_slope_model():
    # 140.72 dB at 1 km: Ngo et al. 2017, section VI, 1.9 GHz, 15 m and 1.65 m
    assert np.isclose(path_loss_db(np.array([1.0]))[0], -140.7, atol=0.1)
    near, edge, far = path_loss_db(np.array([0.001, 0.01, 0.05]))
    assert near == edge
    assert np.isclose(edge - far, 20 * np.log10(5))
    assert np.isclose(path_loss_db(np.array([0.5]))[0] - path_loss_db(np.array([5.0]))[0], 35)


def test_shadowing_is_correlated_as_it_should_be():
    layouts = draw_layouts(np.random.default_rng(0), 3000, 2, 2, 1.0)
    apart = np.abs(layouts.aps[:, 0] - layouts.aps[:, 1])
    near = np.sqrt((np.minimum(apart, 1 - apart) ** 2).sum(axis=1)) < 0.05
    distance = np.abs(layouts.aps[:, :, None] - layouts.users[:, None])
    distance = np.sqrt((np.minimum(distance, 1 - distance) ** 2).sum(axis=-1))
    shadow = 10 * np.log10(layouts.beta) - path_loss_db(distance)
    far = (distance > 0.05).all(axis=(1, 2))
    assert np.isclose(shadow[far].std(), 8, atol=0.3)
    assert np.corrcoef(shadow[far & near][:, 0, 0], shadow[far & near][:, 1, 0])[0, 1] > 0.7
    assert abs(np.corrcoef(shadow[far][:, 0, 0], shadow[far][:, 1, 1])[0, 1]) < 0.3
