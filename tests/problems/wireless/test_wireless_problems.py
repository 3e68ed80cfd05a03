import gzip
import json
import sys

import numpy as np
import pytest

import coplug
from coplug.errors import CoplugError, InstanceError, UsageError
from coplug.problems.wireless.channels import rayleigh
from coplug.problems.wireless.families import CellFree, Downlink, render
from coplug.problems.wireless.power_problem import POWER
from coplug.problems.wireless.precoding_problem import PRECODING
from coplug.testing import check_problem

CHANNELS = rayleigh(np.random.default_rng(0), 4, 3, 4)
BETA = np.random.default_rng(0).uniform(0.1, 2.0, (3, 6, 2))


def precoding(**more):
    return {"H": CHANNELS, "noise": 0.1, "power": 1.0} | more


def power(**more):
    return {"beta": BETA, "noise": 0.5, "power": 1.0} | more


def written(path, arrays):
    path.write_bytes(render({name: np.asarray(value) for name, value in arrays.items()}, path.suffix[1:]))
    return path


@pytest.mark.parametrize(
    ("problem", "arrays"), [(PRECODING, precoding()), (POWER, power())], ids=["precoding", "power"]
)
def test_the_problems_keep_their_contract(tmp_path, problem, arrays):
    check_problem(problem, written(tmp_path / "instance.npz", arrays))


def test_a_solution_file_has_precoders_within_the_power_and_the_report_their_rates(tmp_path):
    path = written(tmp_path / "channel.npz", precoding(power=2.0))
    report = coplug.solve(path, "precoding", solution=tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as file:
        precoders = file["W"]
    assert precoders.shape == (4, 4, 3)
    assert np.allclose((np.abs(precoders) ** 2).sum(axis=(1, 2)), 2.0)
    received = np.abs(CHANNELS @ precoders) ** 2
    own = np.einsum("bkk->bk", received)
    rates = np.log2(1 + own / (received.sum(axis=2) - own + 0.1))
    document = json.loads(report.to_json())
    assert document["method"] == "icgnn"
    assert np.allclose(document["rates"], rates)
    assert np.isclose(document["sum_rate"], rates.sum(axis=1).mean())
    assert np.isclose(document["min_rate"], rates.min(axis=1).mean())
    assert np.isclose(report.objective, document["sum_rate"])


def test_a_solution_file_has_powers_within_the_limits(tmp_path):
    path = written(tmp_path / "network.npz", power(power=np.arange(1.0, 7.0)))
    for goal in ("least", "sum"):
        report = coplug.solve(path, "power", goal=goal, solution=tmp_path / "out.npz")
        with np.load(tmp_path / "out.npz") as file:
            powers = file["p"]
        assert powers.shape == BETA.shape
        assert (powers.sum(axis=2) <= np.arange(1.0, 7.0) * (1 + 1e-9)).all()
        assert report.extra["min_rate"] > 0
        assert (report.bound is not None) == (goal == "least")


@pytest.mark.parametrize("method", ["icgnn", "wmmse", "fp", "rzf", "zf", "mrt", "cg"])
def test_every_method_precodes_with_weights_and_in_single_precision(method):
    arrays = precoding(H=CHANNELS.astype(np.complex64), weights=np.array([1.0, 2.0, 0.5]))
    report = coplug.solve(arrays, "precoding", method=method)
    assert report.arrays["W"].dtype == np.complex64
    assert report.extra["method"] == method
    weighted = (np.array(report.extra["rates"]) * [1.0, 2.0, 0.5]).sum(axis=1).mean()
    assert np.isclose(report.objective, weighted)


@pytest.mark.parametrize(
    ("goal", "method"),
    [("least", "icgnn"), ("sum", "icgnn"), ("least", "bisection"), ("sum", "wmmse"), ("sum", "fractional")],
)
def test_every_method_allocates(goal, method):
    report = coplug.solve(power(), "power", goal=goal, method=method)
    full = coplug.solve(power(), "power", goal=goal, method="full")
    assert report.extra["method"] == method
    assert report.objective >= full.objective * (0.5 if method == "fractional" else 1 - 1e-9)


def test_limits_of_antennas_and_access_points_hold():
    one = coplug.solve(precoding(antenna_power=np.full(4, 0.25)), "precoding")
    assert one.extra["method"] == "wmmse"
    assert "limits" in one.extra["reason"]
    assert ((np.abs(one.arrays["W"]) ** 2).sum(axis=2) <= 0.25 * (1 + 1e-9)).all()
    two = coplug.solve(precoding(ap=np.array([0, 0, 1, 1]), ap_power=np.array([0.1, 0.9])), "precoding")
    used = (np.abs(two.arrays["W"]) ** 2).sum(axis=2)
    assert (used[:, :2].sum(axis=1) <= 0.1 * (1 + 1e-9)).all()
    assert (used[:, 2:].sum(axis=1) <= 0.9 * (1 + 1e-9)).all()


def test_an_estimate_is_judged_in_the_true_channels():
    arrays = Downlink(n_channels=50, n_users=4, n_antennas=4, error_db=-10).generate(np.random.default_rng(0))
    report = coplug.solve(arrays, "precoding")
    assert report.extra["judged_in"] == "true channels"
    assert report.objective > report.extra["rzf_sum_rate"]
    blind = coplug.solve(arrays | {"error": np.array(0.0)}, "precoding", method="rzf")
    assert blind.objective < report.extra["rzf_sum_rate"]


def test_files_of_every_kind_hold_the_same(tmp_path):
    expected = coplug.solve(precoding(), "precoding", method="rzf").objective
    for suffix in ("npz", "mat"):
        path = written(tmp_path / f"channel.{suffix}", precoding())
        assert np.isclose(coplug.solve(path, "precoding", method="rzf").objective, expected)
    packed = tmp_path / "channel.npz.gz"
    packed.write_bytes(gzip.compress((tmp_path / "channel.npz").read_bytes()))
    assert np.isclose(coplug.solve(packed, "precoding", method="rzf").objective, expected)
    h5py = pytest.importorskip("h5py")
    pairs = np.zeros(CHANNELS.T.shape, [("real", "f8"), ("imag", "f8")])  # MATLAB's order of axes
    pairs["real"], pairs["imag"] = CHANNELS.T.real, CHANNELS.T.imag
    with h5py.File(tmp_path / "new.mat", "w", userblock_size=512) as file:
        file["H"], file["noise"], file["power"] = pairs, [[0.1]], [[1.0]]
    assert np.isclose(coplug.solve(tmp_path / "new.mat", "precoding", method="rzf").objective, expected)


def test_other_orders_of_axes_and_other_names():
    expected = coplug.solve(precoding(), "precoding", method="rzf").objective
    turned = {"channel": CHANNELS.transpose(2, 1, 0), "noise": 0.1, "H": np.zeros((2, 2))}
    report = coplug.solve(turned, "precoding", method="rzf", variable="channel", axes="antennas,users,batch")
    assert np.isclose(report.objective, expected)
    single = coplug.solve(precoding(H=CHANNELS[0].T), "precoding", method="rzf", axes="antennas,users")
    assert single.extra["n_users"] == 3


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (precoding(H=CHANNELS * np.nan), "is not finite"),
        (precoding(H=np.zeros((0, 3, 4), complex)), "is empty"),
        (precoding(H=CHANNELS[0, 0]), "expected .batch, users, antennas."),
        (precoding(noise=0.0), "noise has the value 0; expected numbers above 0"),
        (precoding(noise=np.ones(3)), "noise has shape"),
        (precoding(power=-1.0), "power has the value -1"),
        ({"H": CHANNELS}, "neither noise nor snr_db"),
        (precoding(antenna_power=np.zeros(4)), "antenna_power has the value 0"),
        (precoding(ap_power=np.ones(2)), "no array 'ap'"),
        (precoding(ap=np.array([0, 1, 2, 3]), ap_power=np.ones(2)), "ap has the value 3"),
        (precoding(H_true=CHANNELS[:2]), "H_true has shape"),
        (precoding(H=np.array([["a"]])), "expected numbers"),
        (precoding(noise=np.inf), "noise is not finite"),
        (precoding(weights=np.array([1.0, 0.0, 1.0])), "weights has the value 0"),
    ],
)
def test_channels_that_cannot_be_used_are_one_line(arrays, message):
    with pytest.raises(CoplugError, match=message) as caught:
        coplug.solve(arrays, "precoding")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        (power(beta=-BETA), {}, "expected 0 or more"),
        (power(beta=BETA + 1j), {}, "expected real numbers"),
        (power(beta=np.ones((2, 30))), {}, "30 users need as many orthogonal pilots"),
        (power(pilots=200), {}, "leave nothing"),
        (power(power=0.0), {}, "power has the value 0"),
        (power(gamma=2 * BETA), {}, "gamma is not between 0 and the fading"),
        (power(gamma=BETA + 1j), {}, "gamma holds complex128; expected real numbers"),
        (power(gamma=np.full(BETA.shape, "a")), {}, "gamma holds <U1; expected numbers"),
        (power(beta=BETA * 1e200), {}, "dB over the noise at most"),
        (power(beta=BETA * 1e-200), {}, "dB over the noise at most"),
        ({"beta": BETA, "power": 1.0}, {}, "no array 'noise'"),
        (power(), {"goal": "sum", "method": "bisection"}, "is for --goal least"),
        (power(), {"method": "icgnn", "policy": "none"}, "needs a network"),
        (power(), {"policy": "icgnn-precoding"}, "it is for --problem precoding"),
    ],
)
def test_networks_that_cannot_be_used_are_one_line(arrays, options, message):
    with pytest.raises(CoplugError, match=message) as caught:
        coplug.solve(arrays, "power", **options)
    assert len(str(caught.value).splitlines()) == 1


def test_files_that_cannot_be_used_are_one_line(tmp_path):
    several = written(tmp_path / "several.npz", {"A": CHANNELS, "B": CHANNELS, "noise": 1.0})
    with pytest.raises(InstanceError, match=r"no array 'H'; it has A, B, noise: name one with --variable"):
        coplug.solve(several, "precoding")
    assert coplug.solve(several, "precoding", variable="B").extra["n_users"] == 3
    for name, data in (("text.npz", b"no file of arrays"), ("text.mat", b"x" * 300)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InstanceError):
            coplug.solve(tmp_path / name, "precoding")
    with pytest.raises(UsageError, match=r"\.sol or \.json or \.npz"):
        coplug.solve(several, "precoding", variable="B", solution=tmp_path / "out.txt")


def test_channels_of_low_rank_zero_channels_and_more_users_than_antennas_have_right_answers():
    alike = np.repeat(CHANNELS[:, :1], 3, axis=1)
    best = np.log2(1 + (np.abs(CHANNELS[:, 0]) ** 2).sum(axis=1) / 0.1)
    for method in ("wmmse", "icgnn"):
        report = coplug.solve(precoding(H=alike), "precoding", method=method)
        assert np.allclose(report.extra["sum_rates"], best, rtol=0.02)
    zero = coplug.solve(precoding(H=np.concatenate([0 * CHANNELS[:1], CHANNELS[1:]])), "precoding")
    assert zero.extra["sum_rates"][0] == 0
    assert np.isfinite(zero.arrays["W"]).all()
    assert "1 of 4 channels are zero" in zero.notes[0]
    many = coplug.solve(precoding(H=CHANNELS.transpose(0, 2, 1)), "precoding")
    assert many.extra["method"] == "wmmse"
    assert "--axes" in many.notes[0]
    with pytest.raises(UsageError, match="zero forcing needs as many antennas as users"):
        coplug.solve(precoding(H=CHANNELS.transpose(0, 2, 1)), "precoding", method="zf")
    real = coplug.solve(precoding(H=CHANNELS.real), "precoding")
    assert "real numbers" in real.notes[0]


def test_families_draw_what_they_say():
    rng = np.random.default_rng(0)
    arrays = Downlink(n_channels=2000, n_users=2, n_antennas=3, snr_db=13, deviation_db=6).generate(rng)
    users_db = 10 * np.log10((np.abs(arrays["H"]) ** 2).mean(axis=2))
    assert arrays["H"].shape == (2000, 2, 3)
    assert np.isclose(arrays["noise"], 10**-1.3)
    assert users_db.std() > 5
    network = CellFree(n_networks=3).generate(rng)
    assert network["beta"].shape == (3, 30, 6)
    for wrong in ({"n_users": 0}, {"model": "cdl"}, {"spread_degrees": 0.0}, {"error_db": float("nan")}):
        with pytest.raises(UsageError):
            Downlink(**wrong)
    for wrong in ({"n_aps": 0}, {"pilots": 5}, {"side_km": 0.0}):
        with pytest.raises(UsageError):
            CellFree(**wrong)


def test_channels_of_sionna_follow_from_the_seed_and_have_a_mean_square_of_one():
    pytest.importorskip("sionna.phy")
    family = Downlink(n_channels=6, n_users=3, n_antennas=4, model="umi")
    one, other = (family.generate(np.random.default_rng(seed))["H"] for seed in (1, 2))
    assert one.shape == (6, 3, 4)
    assert np.isclose((np.abs(one) ** 2).mean(), 1.0)
    assert np.array_equal(one, family.generate(np.random.default_rng(1))["H"])
    assert not np.allclose(one, other)


def test_without_sionna_its_channels_are_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "sionna.phy", None)
    with pytest.raises(UsageError, match=r"model rma needs Sionna 2 .*\[sionna\]"):
        Downlink(model="rma").generate(np.random.default_rng(0))


def test_a_network_is_never_below_rzf_in_the_channels_that_it_knows():
    channels = rayleigh(np.random.default_rng(3), 400, 4, 4)
    for policy in ("auto", "icgnn-precoding-cg"):
        arrays = {"H": channels, "snr_db": np.array(30.0)}
        found, rzf = (
            coplug.solve(arrays, "precoding", policy=policy, method=method) for method in ("icgnn", "rzf")
        )
        assert (np.array(found.extra["sum_rates"]) >= np.array(rzf.extra["sum_rates"]) * (1 - 1e-6)).all()
        assert found.objective > rzf.objective


def test_fewer_stages_are_less_and_no_stage_is_refused():
    channels = rayleigh(np.random.default_rng(4), 200, 8, 8)
    arrays = {"H": channels, "snr_db": np.array(20.0)}
    one, all_of_them = (coplug.solve(arrays, "precoding", stages=n).objective for n in (1, None))
    assert one < all_of_them
    with pytest.raises(UsageError, match="stages"):
        coplug.solve(arrays, "precoding", stages=0)


@pytest.mark.parametrize("unheard", [slice(0, 1), slice(None)])
def test_a_user_whom_nobody_reaches_has_a_least_rate_of_zero_and_the_bound_says_so(unheard):
    beta = BETA.copy()
    beta[:, :, unheard] = 0
    report = coplug.solve(power(beta=beta), "power")
    assert report.extra["min_rate"] == report.objective == report.bound == 0
    assert "hear no access point" in report.notes[0]
