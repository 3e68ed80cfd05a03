import itertools

import numpy as np
import pytest

import coplug
from coplug.errors import InstanceError
from coplug.problems.wireless.channels import one_ring, rayleigh, with_error
from coplug.problems.wireless.fractional import fractional_programming
from coplug.problems.wireless.limited import (
    Limits,
    limited_wmmse,
    rate_gradient,
    scaled_to_limits,
    stationarity,
    used,
)
from coplug.problems.wireless.linear import conjugate_gradient, mrt, rzf, zf
from coplug.problems.wireless.rates import precoder_rates
from coplug.problems.wireless.weighted_mmse import best_of_starts, weighted_mmse


def draw(n_users, n_antennas, snr_db, n=50, seed=0, kind=np.complex128):
    channels = rayleigh(np.random.default_rng(seed), n, n_users, n_antennas).astype(kind)
    return channels, np.full(n, 10 ** (-snr_db / 10)), np.ones((n, n_users))


def rates_by_hand(channel, precoder, noise):
    found = []
    for k in range(len(channel)):
        powers = [abs(channel[k] @ precoder[:, j]) ** 2 for j in range(len(channel))]
        found.append(np.log2(1 + powers[k] / (sum(powers) - powers[k] + noise)))
    return found


def test_rates_are_those_of_the_formula():
    channels, noise, _ = draw(3, 5, 7)
    precoders = mrt(channels)
    assert np.allclose(
        precoder_rates(channels, precoders, noise)[7], rates_by_hand(channels[7], precoders[7], noise[7])
    )


def test_a_single_user_has_the_capacity_of_its_channel():
    channels, noise, ones = draw(1, 6, 10)
    capacity = np.log2(1 + (np.abs(channels) ** 2).sum(axis=(1, 2)) / noise)
    for found in (
        mrt(channels),
        rzf(channels, noise),
        zf(channels),
        weighted_mmse(channels, noise, ones).precoders,
    ):
        assert np.allclose(precoder_rates(channels, found, noise)[:, 0], capacity)


def test_zero_forcing_has_the_closed_form_where_channels_are_orthogonal():
    unitary = np.linalg.qr(draw(6, 6, 0)[0])[0][:, :4]
    channels, noise = 3.0 * unitary, np.full(len(unitary), 0.1)
    expected = np.log2(1 + 9.0 / 4 / 0.1)
    assert np.allclose(precoder_rates(channels, zf(channels), noise), expected)
    assert np.allclose(precoder_rates(channels, mrt(channels), noise), expected)


def test_zero_forcing_leaves_no_interference():
    channels, _, _ = draw(4, 6, 0)
    received = np.abs(channels @ zf(channels))
    assert np.allclose(received, received[:, :1, :1] * np.eye(4))


def test_conjugate_gradients_end_at_rzf():
    channels, noise, _ = draw(5, 8, 10)
    assert np.allclose(conjugate_gradient(channels, noise, 5), rzf(channels, noise), atol=1e-8)


@pytest.mark.parametrize("kind", [np.complex64, np.complex128])
def test_weighted_mmse_ends_where_the_gradient_is_along_the_precoder(kind):
    """On the sphere of power 1, the gradient of a stationary point has no part along the sphere."""
    channels, noise, _ = draw(4, 6, 10, kind=kind)
    weights = np.random.default_rng(1).uniform(0.5, 2, (50, 4))
    found = weighted_mmse(channels, noise, weights, 3000).precoders.astype(np.complex128)
    gradient = rate_gradient(channels, noise, weights, found)
    along = np.einsum("bmk,bmk->b", found.conj(), gradient).real[:, None, None]
    rest = np.linalg.norm(gradient - along * found, axis=(1, 2)) / np.linalg.norm(gradient, axis=(1, 2))
    assert np.quantile(rest, 0.8) < (1e-3 if kind == np.complex128 else 1e-2)
    assert (along > 0).all()


def test_the_gradient_is_that_of_differences():
    channels, noise, ones = draw(3, 4, 5, n=1)
    at = rzf(channels, noise)
    gradient = rate_gradient(channels, noise, ones, at)
    step = 1e-6
    for m in range(4):
        for direction in (1, 1j):
            moved = at.copy()
            moved[0, m, 1] += step * direction
            up = precoder_rates(channels, moved, noise).sum() * np.log(2)
            moved[0, m, 1] -= 2 * step * direction
            down = precoder_rates(channels, moved, noise).sum() * np.log(2)
            slope = 2 * (np.conj(direction) * gradient[0, m, 1]).real
            assert np.isclose((up - down) / (2 * step), slope, rtol=1e-4, atol=1e-6)


def test_steps_of_weighted_mmse_raise_the_rate():
    channels, noise, _ = draw(6, 6, 20)
    weights = np.random.default_rng(1).uniform(0.5, 2, (50, 6))
    rates = [
        (weights * precoder_rates(channels, weighted_mmse(channels, noise, weights, n).precoders, noise)).sum(
            axis=1
        )
        for n in range(6)
    ]
    assert all((after >= before - 1e-9).all() for before, after in itertools.pairwise(rates[1:]))
    assert (rates[5] > rates[0]).all()


def test_reference_numbers_of_8_by_8_at_20_db():
    channels, noise, ones = draw(8, 8, 20, n=1000, seed=5)
    for found, expected in (
        (rzf(channels, noise), 29.35),
        (weighted_mmse(channels, noise, ones, 100).precoders, 36.45),
    ):
        sums = precoder_rates(channels, found, noise).sum(axis=1)
        assert abs(sums.mean() - expected) < 3 * sums.std() / np.sqrt(len(sums)) + 0.1


def test_more_starts_are_never_worse():
    channels, noise, ones = draw(6, 6, 20)
    one = precoder_rates(channels, weighted_mmse(channels, noise, ones).precoders, noise).sum(axis=1)
    best = best_of_starts(channels, noise, ones, np.random.default_rng(0), 4).precoders
    more = precoder_rates(channels, best, noise).sum(axis=1)
    assert (more >= one - 1e-9).all()
    assert more.mean() > one.mean()


def test_fractional_programming_comes_to_the_rates_of_weighted_mmse():
    channels, noise, ones = draw(4, 4, 15)
    wmmse = precoder_rates(channels, weighted_mmse(channels, noise, ones, 300).precoders, noise).sum(axis=1)
    found = fractional_programming(channels, noise, ones, 600)
    assert np.allclose((np.abs(found) ** 2).sum(axis=(1, 2)), 1)
    assert precoder_rates(channels, found, noise).sum(axis=1).mean() > 0.99 * wmmse.mean()


@pytest.mark.parametrize("group", [np.arange(4), np.array([0, 0, 1, 1])])
def test_limits_hold_and_the_precoder_is_stationary(group):
    channels, noise, ones = draw(3, 4, 10, n=20)
    limits = Limits(group, np.linspace(0.2, 0.3, int(group.max()) + 1))
    start = scaled_to_limits(rzf(channels, noise), limits)
    found = limited_wmmse(channels, noise, ones, limits, start, 1000)
    assert (used(found, limits) <= limits.power * (1 + 1e-9)).all()
    before, after = (precoder_rates(channels, w, noise).sum(axis=1) for w in (start, found))
    assert (after > before).all()
    assert np.median(stationarity(channels, noise, ones, limits, found)) < 1e-2
    assert np.median(stationarity(channels, noise, ones, limits, start)) > 0.1


def test_weighted_mmse_under_one_limit_of_all_antennas_is_that_of_the_total_power():
    channels, noise, ones = draw(3, 4, 10, n=20)
    limits = Limits(np.zeros(4, np.int64), np.ones(1))
    free = weighted_mmse(channels, noise, ones, 500).precoders
    found = limited_wmmse(channels, noise, ones, limits, rzf(channels, noise), 500)
    a, b = (precoder_rates(channels, w, noise).sum(axis=1) for w in (free, found))
    assert np.isclose(a, b, rtol=1e-3).mean() > 0.8


def test_channels_have_the_covariance_of_their_model():
    rng = np.random.default_rng(0)
    rings = one_ring(rng, 20000, 1, 4, spread_degrees=20.0)
    assert np.isclose((np.abs(rings) ** 2).mean(), 1, atol=0.02)
    assert abs((rings[:, 0, 0] * rings[:, 0, 1].conj()).mean()) < 0.5
    neighbours = np.abs((rings[:, 0, 1:] * rings[:, 0, :-1].conj()).mean(axis=0))
    assert np.allclose(neighbours, neighbours[0], atol=0.02)
    known = rayleigh(rng, 5000, 2, 2)
    error = with_error(rng, known, 0.1) - known
    assert np.isclose((np.abs(error) ** 2).mean(), 0.1, rtol=0.05)
    assert abs((error * known.conj()).mean()) < 0.01


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [np.complex64, np.complex128])
@pytest.mark.parametrize("exponent", [20, -18])
def test_only_ratios_of_channels_and_noise_count(kind: type, exponent: int) -> None:
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((3, 4, 4)) + 1j * rng.standard_normal((3, 4, 4))
    found = [
        coplug.solve(
            {"H": (drawn * 10.0**e).astype(kind), "noise": 10.0 ** (2 * e - 1)}, "precoding", method=m
        )
        for e in (0, exponent)
        for m in ("icgnn", "wmmse", "mrt")
    ]
    plain, scaled = ([report.objective for report in half] for half in (found[:3], found[3:]))
    assert scaled == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize("exponent", [20, -20])
def test_channels_in_wrong_units_are_one_line(exponent: int) -> None:
    with pytest.raises(InstanceError, match="dB over the noise"):
        coplug.solve({"H": np.eye(2) * 10.0**exponent, "noise": 1.0}, "precoding")
