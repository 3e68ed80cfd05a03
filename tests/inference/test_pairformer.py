"""The compiled pair network against torch, on random weights and graphs, and its weights on disk."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import WeightsError
from coplug.inference.architectures.pairformer import pairformer_shapes
from coplug.inference.pairformer import PairformerKernel
from coplug.inference.weights import load_weights
from coplug.inference.zoo import shipped, zoo_directory
from coplug.models.pairformer import Pairformer
from coplug.models.weights_directory import arrays_of
from coplug.problems.extremal.game import ExtremalGame
from coplug.problems.extremal.guide import load_guide


def random_network(width=8, depth=2, seed=0):
    torch.manual_seed(seed)
    network = Pairformer(width, depth)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("bias"):
                tensor.normal_(std=0.3)
            elif "norm" in name:
                tensor.uniform_(0.5, 1.5)
            elif "outer" in name:
                tensor.normal_(std=0.3)
    return network.eval()


def played(nodes, smallest, n, seed, moves=10):
    """States of several sizes after some random moves, encoded."""
    game, rng = ExtremalGame(nodes, smallest, padded=0.5), np.random.default_rng(seed)
    states = game.initial_states(n, rng)
    for _ in range(moves):
        legal = game.legal(states)
        states = game.step(states, np.array([rng.choice(np.flatnonzero(row)) for row in legal])).states
    return game, states, game.encode(states)


@settings(max_examples=20, deadline=None)
@given(
    width=st.sampled_from([4, 8, 16, 17]),
    depth=st.integers(1, 3),
    nodes=st.integers(5, 12),
    seed=st.integers(0, 1000),
)
def test_the_kernel_is_the_torch_network(width, depth, nodes, seed):
    network = random_network(width, depth, seed)
    game, states, pictures = played(nodes, 5, 3, seed)
    with torch.no_grad():
        expected_logits, expected_values = network(torch.from_numpy(pictures))
    logits, values = network.compiled()(pictures)
    legal = game.legal(states)[:, : logits.shape[1]]
    np.testing.assert_allclose(logits[legal], expected_logits.numpy()[legal], atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(values, expected_values.numpy(), atol=1e-5, rtol=1e-5)


def test_nodes_that_are_not_there_change_nothing():
    network = random_network().compiled()
    _, states, pictures = played(12, 6, 8, 0)
    logits, values = network(pictures)
    sizes = pictures[:, 0, 0].sum(axis=1).astype(int)
    assert len(set(sizes.tolist())) > 2
    for k, n in enumerate(sizes):
        alone = network(np.ascontiguousarray(pictures[k : k + 1, :, :n, :n]))
        np.testing.assert_array_equal(alone[0][0], logits[k, : n * (n - 1) // 2])
        assert alone[1][0] == values[k]
    assert len(states) == 8


@pytest.mark.parametrize("name", sorted(shipped("extremal")))
def test_shipped_networks_load_have_a_card_and_are_small(name):
    directory = zoo_directory() / name
    logits, values = load_guide(name)(played(9, 9, 2, 0)[2])
    assert np.isfinite(logits).all()
    assert np.isfinite(values).all()
    assert "A tree search without a network" in (directory / "README.md").read_text()
    assert sum(f.stat().st_size for f in directory.iterdir()) < 300_000


def test_a_network_is_shipped():
    assert "extremal-pairformer" in shipped("extremal")


def test_weights_come_back_as_they_were(tmp_path):
    network = random_network(6, 3)
    network.export(tmp_path, {"note": 1})
    tensors, config = load_weights(tmp_path, "pairformer")
    assert (config["width"], config["depth"], config["training"]) == (6, 3, {"note": 1})
    assert {name: tensor.shape for name, tensor in tensors.items()} == pairformer_shapes(
        {"width": 6, "depth": 3}
    )
    for name, tensor in Pairformer(6, 3, weights=str(tmp_path)).state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), tensors[name])
    with pytest.raises(WeightsError, match="width is 6, expected 5"):
        Pairformer(5, 3, weights=str(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": "gcnn"}, "'gcnn' serves milp; expected weights that serve extremal"),
        ({"format": 2}, "of format 2"),
        ({"width": 0}, "width is 0; expected a positive integer"),
        ({"depth": True}, "depth is True"),
        ({"feature_version": 0}, "feature_version is 0"),
        ({"channels": ["edge"]}, r"channels\[0\] is 'edge', expected 'inside'"),
        ({"depth": 3}, "blocks.2.norm.weight is missing"),
        ({"width": 4}, "expected"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path, change, message):
    random_network(6, 2).export(tmp_path, {})
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(WeightsError, match=message) as raised:
        load_guide(str(tmp_path))
    assert "\n" not in str(raised.value)


def test_damaged_files_are_refused(tmp_path):
    with pytest.raises(WeightsError, match="no such weights directory"):
        load_weights(tmp_path / "none")
    network = random_network(6, 2)
    network.export(tmp_path, {})
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 20)
    with pytest.raises(WeightsError, match="not a safetensors file"):
        load_guide(str(tmp_path))
    with torch.no_grad():
        network.entry.bias[0] = torch.nan
    with pytest.raises(WeightsError, match="NaN"):
        network.export(tmp_path, {})


def test_the_kernel_takes_any_memory_layout():
    kernel = PairformerKernel(arrays_of(random_network(6, 2)), 2)
    pictures = played(7, 7, 2, 1)[2]
    turned = np.asfortranarray(pictures)
    np.testing.assert_array_equal(kernel(turned)[0], kernel(pictures)[0])
