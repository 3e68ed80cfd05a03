from pathlib import Path

import numpy as np
import pytest

from coplug.inference.conjugate_gradients import begin_descent, descend, find_residual, new_descent
from coplug.inference.logarithms import exponentials, logarithms
from coplug.inference.weights import load_network
from coplug.inference.zoo import zoo_directory
from coplug.problems.wireless.channels import rayleigh
from coplug.problems.wireless.layouts import draw_layouts, estimate_quality, noise_w
from coplug.problems.wireless.rates import link_sinr, precoder_rates
from coplug.problems.wireless.weighted_mmse import gram_domain, learned, weighted_mmse

torch = pytest.importorskip("torch")


def shipped(name):
    return Path(zoo_directory() / name)


def test_logarithms_and_exponentials_are_close_to_the_exact_ones():
    x = np.exp(np.linspace(-60, 60, 4001)).astype(np.float32)
    out = np.empty_like(x)
    logarithms(x, out)
    exact = np.log(x.astype(np.float64))
    assert (np.abs(out - exact) <= 3e-7 * np.maximum(1, np.abs(exact))).all()
    y = np.linspace(-20, 20, 4001).astype(np.float32)
    exponentials(y, out)
    assert np.allclose(out, np.exp(y.astype(np.float64)), rtol=4e-7)


@pytest.mark.parametrize("name", ["icgnn-precoding", "icgnn-precoding-cg", "icgnn-precoding-robust"])
def test_the_compiled_network_precodes_as_torch_does(name):
    from coplug.models.weights_directory import load_module

    net, _ = load_network(shipped(name), "precoding")
    module, _ = load_module(shipped(name))
    channels = rayleigh(np.random.default_rng(0), 64, 5, 8).astype(np.complex64)
    noise, error = np.full(64, 0.05), np.full(64, 0.3)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, (64, 5))
    weights /= weights.mean(axis=1, keepdims=True)
    found = learned(net, channels, noise, error, weights)
    domain = gram_domain(channels, noise)
    with torch.no_grad():
        stations = module(
            torch.from_numpy(domain.gram),
            torch.from_numpy(domain.noise),
            torch.from_numpy(error.astype(np.float32)),
            torch.from_numpy(weights.astype(np.float32)),
        )
    values = np.stack([(weights * np.log2(1 + at.sinr.numpy())).sum(axis=1) for at in stations])
    rates = (weights * precoder_rates(channels, found.precoders, noise)).sum(axis=1)
    assert np.allclose(rates, values.max(axis=0), rtol=1e-4)
    assert np.median(np.abs(rates / values.max(axis=0) - 1)) < 1e-5
    assert (found.steps > 0).mean() > 0.5


@pytest.mark.parametrize("name", ["icgnn-power-least", "icgnn-power-sum"])
def test_the_compiled_network_allocates_as_torch_does(name):
    from coplug.inference.icgnn_power import allocate_batch
    from coplug.models.weights_directory import load_module

    net, _ = load_network(shipped(name), "power")
    module, _ = load_module(shipped(name))
    beta = draw_layouts(np.random.default_rng(2), 32, 15, 5).beta
    gain = np.sqrt(estimate_quality(beta, 0.1, 20, noise_w()) * 0.1 / noise_w())
    fading = beta * 0.1 / noise_w()
    amplitudes, stages = np.empty_like(gain), np.empty(32, np.int64)
    allocate_batch(net.stages, net.least_rate, gain, fading, amplitudes, stages)
    with torch.no_grad():
        last = module(torch.from_numpy(gain.astype(np.float32)), torch.from_numpy(fading.astype(np.float32)))[
            -1
        ]
    agree = stages == len(net.stages.own)
    assert agree.mean() > 0.5
    assert np.allclose(
        link_sinr(gain, fading, amplitudes)[agree], last.sinr.numpy()[agree], rtol=1e-4, atol=1e-5
    )
    assert ((amplitudes**2).sum(axis=2) <= 1 + 1e-9).all()


def test_the_network_does_not_depend_on_the_order_of_users_or_the_antennas():
    net, _ = load_network(shipped("icgnn-precoding"), "precoding")
    channels = rayleigh(np.random.default_rng(3), 16, 6, 6).astype(np.complex64)
    noise, zero, ones = np.full(16, 0.01), np.zeros(16), np.ones((16, 6))
    order = np.random.default_rng(0).permutation(6)
    turned = np.linalg.qr(rayleigh(np.random.default_rng(4), 1, 6, 6)[0])[0].astype(np.complex64)
    one, other, third = (
        np.median(precoder_rates(c, learned(net, c, noise, zero, ones).precoders, noise).sum(axis=1))
        for c in (channels, channels[:, order], channels @ turned)
    )
    assert np.isclose(one, other, rtol=1e-4)
    assert np.isclose(one, third, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "n_stages", "share"),
    [("icgnn-precoding", None, 0.97), ("icgnn-precoding", 1, 0.8), ("icgnn-precoding-cg", None, 0.85)],
)
def test_a_network_has_a_share_of_what_weighted_mmse_gains_over_rzf(name, n_stages, share):
    net, _ = load_network(shipped(name), "precoding")
    for n_users, n_antennas in ((8, 8), (5, 5), (4, 16)):
        channels = rayleigh(np.random.default_rng(5), 200, n_users, n_antennas)
        noise, zero, ones = np.full(200, 0.01), np.zeros(200), np.ones((200, n_users))
        rzf, wmmse = (weighted_mmse(channels, noise, ones, n).precoders for n in (0, 100))
        found = learned(net, channels, noise, zero, ones, n_stages)
        low, high, rate = (
            precoder_rates(channels, w, noise).sum(axis=1).mean() for w in (rzf, wmmse, found.precoders)
        )
        assert rate >= 0.99 * low
        assert found.steps.max() <= (n_stages or 4)
        if n_users == n_antennas:
            assert rate - low > share * (high - low)


@pytest.mark.parametrize("n_users", [3, 4, 7, 8, 9])
def test_steps_of_conjugate_gradients_end_at_the_inverse(n_users):
    channels = rayleigh(np.random.default_rng(6), 1, n_users, 2 * n_users)[0].astype(np.complex64)
    gram = channels @ channels.conj().T
    loading = np.linspace(0.5, 2.0, n_users, dtype=np.float32)
    at = new_descent(n_users)
    begin_descent(gram, loading, at)
    find_residual(loading, at)
    preconditioner = (1 / (np.diag(gram).real + loading)).astype(np.float32)
    for _ in range(n_users + 3):
        descend(loading, preconditioner, np.float32(1), at)
    solution = at.solution[:n_users, :n_users] + 1j * at.solution[:n_users, n_users : 2 * n_users]
    moved = at.moved[:n_users, :n_users] + 1j * at.moved[:n_users, n_users : 2 * n_users]
    exact = np.linalg.inv((gram + np.diag(loading)).astype(np.complex128))
    assert np.allclose(solution, exact, atol=1e-5)
    assert np.allclose(moved, gram @ exact, atol=1e-4)
