"""Weights on disk: what was saved comes back, and each way to be broken has its own message."""

from __future__ import annotations

import json
import os
from contextlib import suppress

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from coplug.contracts.node import COLUMN_FEATURES, FEATURE_VERSION, ROW_FEATURES
from coplug.errors import OutputError, WeightsError
from coplug.inference.architectures.gcnn import gcnn_shapes
from coplug.inference.weights import load_weights, save_weights

WIDTH = 4


def good_config():
    return {
        "format": 1,
        "architecture": "gcnn",
        "width": WIDTH,
        "feature_version": FEATURE_VERSION,
        "column_features": list(COLUMN_FEATURES),
        "row_features": list(ROW_FEATURES),
        "training": {"seed": 0},
    }


def good_tensors():
    rng = np.random.default_rng(0)
    return {
        name: rng.uniform(0.5, 1, shape).astype(np.float32)
        for name, shape in gcnn_shapes({"width": WIDTH}).items()
    }


@pytest.fixture
def weights(tmp_path):
    save_weights(tmp_path / "weights", good_tensors(), good_config())
    return tmp_path / "weights"


def expect_error(directory, match):
    with pytest.raises(WeightsError, match=match) as caught:
        load_weights(directory)
    assert "\n" not in str(caught.value)
    assert str(directory) in str(caught.value)


def change_config(directory, **changes):
    config = json.loads((directory / "config.json").read_text())
    for key, value in changes.items():
        if value is None:
            del config[key]
        else:
            config[key] = value
    (directory / "config.json").write_text(json.dumps(config))


def change_tensors(directory, **changes):
    tensors = load_file(directory / "model.safetensors") | changes
    save_file({n: t for n, t in tensors.items() if t is not None}, directory / "model.safetensors")


def test_what_was_saved_comes_back(weights):
    tensors, config = load_weights(weights)
    assert config == good_config()
    assert tensors.keys() == good_tensors().keys()
    for name, tensor in good_tensors().items():
        np.testing.assert_array_equal(tensors[name], tensor)


def test_saving_again_replaces_and_leaves_no_other_files(weights):
    tensors = {name: tensor + 1 for name, tensor in good_tensors().items()}
    save_weights(weights, tensors, good_config())
    np.testing.assert_array_equal(load_weights(weights)[0]["output.0.bias"], tensors["output.0.bias"])
    assert sorted(path.name for path in weights.iterdir()) == ["config.json", "model.safetensors"]


def test_other_people_can_read_the_files(weights):
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in weights.iterdir())


def test_missing_directory(tmp_path):
    expect_error(tmp_path / "nowhere", "no such weights directory")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_missing_file(weights, name):
    (weights / name).unlink()
    expect_error(weights, f"{name} cannot be read")


@pytest.mark.parametrize("data", [b"", b"not tensors at all", b"\x10\0\0\0\0\0\0\0{}"])
def test_not_safetensors(weights, data):
    (weights / "model.safetensors").write_bytes(data)
    expect_error(weights, "not a safetensors file")


def test_truncated_safetensors(weights):
    data = (weights / "model.safetensors").read_bytes()
    (weights / "model.safetensors").write_bytes(data[: len(data) // 2])
    expect_error(weights, "not a safetensors file")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\x00"])
def test_broken_json(weights, data):
    (weights / "config.json").write_bytes(data)
    expect_error(weights, "not JSON")


def test_json_that_is_no_object(weights):
    (weights / "config.json").write_text("[1]")
    expect_error(weights, "expected a JSON object, found a list")


@pytest.mark.parametrize("value", [None, 2, "1"])
def test_unknown_format(weights, value):
    change_config(weights, format=value)
    expect_error(weights, "this coplug reads format 1")


@pytest.mark.parametrize("value", [None, "transformer", ["gcnn"]])
def test_unknown_architecture(weights, value):
    change_config(weights, architecture=value)
    expect_error(weights, "known are: gcnn")


@pytest.mark.parametrize("value", [None, 0, "64", True, 2.5])
def test_width_that_is_no_width(weights, value):
    change_config(weights, width=value)
    expect_error(weights, "expected a positive integer")


def test_other_feature_version(weights):
    change_config(weights, feature_version="node-bipartite-0")
    expect_error(weights, "feature_version is 'node-bipartite-0'")


def test_features_in_another_order(weights):
    change_config(weights, column_features=[*COLUMN_FEATURES[1::-1], *COLUMN_FEATURES[2:]])
    expect_error(weights, r"column_features\[0\] is 'is_type_binary', expected 'objective'")


def test_fewer_features(weights):
    change_config(weights, row_features=list(ROW_FEATURES[:-1]))
    expect_error(weights, "row_features has 4 names, expected 5")


def test_features_that_are_no_list(weights):
    change_config(weights, row_features=5)
    expect_error(weights, "row_features is int")


def test_wrong_shape(weights):
    change_tensors(weights, **{"to_rows.left.weight": np.zeros((WIDTH, WIDTH + 1), np.float32)})
    expect_error(weights, r"to_rows.left.weight has shape \(4, 5\), expected \(4, 4\)")


def test_width_that_is_not_the_tensors(weights):
    change_config(weights, width=8)
    expect_error(weights, "expected")


def test_missing_tensor(weights):
    change_tensors(weights, **{"output.0.bias": None})
    expect_error(weights, "output.0.bias is missing")


def test_superfluous_tensor(weights):
    change_tensors(weights, extra=np.zeros(1, np.float32))
    expect_error(weights, "extra does not belong")


def test_other_type(weights):
    change_tensors(weights, **{"output.0.bias": np.zeros(WIDTH, np.float64)})
    expect_error(weights, "output.0.bias is float64, expected float32")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_value_that_is_not_finite(weights, value):
    change_tensors(weights, **{"output.0.bias": np.full(WIDTH, value, np.float32)})
    expect_error(weights, "output.0.bias has a NaN or infinite value")


def test_scale_that_is_not_positive(weights):
    change_tensors(weights, **{"to_rows.sum_norm.scale": np.zeros(1, np.float32)})
    expect_error(weights, "to_rows.sum_norm.scale has a value of 0 or less")


def test_saving_refuses_what_loading_would_refuse(tmp_path):
    tensors = good_tensors()
    tensors["output.0.bias"][0] = np.nan
    with pytest.raises(WeightsError, match="NaN"):
        save_weights(tmp_path / "weights", tensors, good_config())
    with pytest.raises(WeightsError, match="JSON"):
        save_weights(tmp_path / "weights", good_tensors(), good_config() | {"training": {"seed": object()}})
    assert not (tmp_path / "weights").exists()


def test_saving_where_a_file_is_in_the_way(tmp_path):
    (tmp_path / "weights").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        save_weights(tmp_path / "weights", good_tensors(), good_config())


def test_a_failed_save_leaves_the_old_weights_and_no_rests(weights, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OutputError, match="No space left"):
        save_weights(weights, {name: tensor * 2 for name, tensor in good_tensors().items()}, good_config())
    assert sorted(path.name for path in weights.iterdir()) == ["config.json", "model.safetensors"]
    np.testing.assert_array_equal(load_weights(weights)[0]["output.0.bias"], good_tensors()["output.0.bias"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"format": 1, "format": 1}', "'format' occurs twice"),
        ('{"format": 1, "training": ' + "[" * 100_000, "nests too deeply"),
        ('{"format": 1.0}', "format 1.0; this coplug reads format 1"),
        ('{"format": true}', "format True; this coplug reads format 1"),
        ('{"format": 1, "architecture": NaN}', "architecture nan is unknown"),
        ('{"format": 1, "architecture": "' + "x" * 10_000 + '"}', r"architecture 'x{119}\.\.\. is unknown"),
        ('{"format": 1, "architecture": "\\ud800\\n"}', r"architecture '\\ud800\\n' is unknown"),
        (
            '{"format": 1, "architecture": "gcnn", "width": 1e400}',
            "width is inf; expected a positive integer",
        ),
        ('{"format": 1, "architecture": "gcnn", "width": ' + "9" * 4000 + "}", "expected a positive integer"),
    ],
)
def test_configurations_that_make_no_sense(weights, text, reason):
    (weights / "config.json").write_text(text)
    expect_error(weights, reason)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_random_damage_is_read_or_refused_in_one_line(weights, name):
    rng = np.random.default_rng(0)
    whole = (weights / name).read_bytes()
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(rng.integers(1, 4)):
            start = int(rng.integers(min(len(data), 3000)))  # where the names and shapes are
            kind = rng.integers(4)
            if kind == 0:
                del data[start:]
            elif kind == 1:
                del data[start : start + int(rng.integers(1, 40))]
            elif kind == 2:
                data[start:start] = rng.bytes(int(rng.integers(1, 9)))
            else:
                data[start : start + 1] = rng.bytes(1)
        (weights / name).write_bytes(bytes(data))
        with suppress(WeightsError):
            load_weights(weights)
            continue
        refused += 1
        expect_error(weights, ".")
    assert refused > 200
