import math
import zlib

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from coplug.errors import WeightsError
from coplug.training.checkpoint import FORMAT, load_checkpoint, save_checkpoint


def test_round_trip_is_exact(tmp_path):
    shared = torch.randn(4)
    state = {
        "tensors": [
            shared,
            shared[1:3],
            torch.tensor(2.0),
            torch.zeros(0, 3),
            torch.tensor([1.0], dtype=torch.float64).as_strided((1,), (0,)),
            torch.arange(3, dtype=torch.uint8),
        ],
        "by_number": {0: {"step": torch.tensor(1.0)}, 10: None},
        "numbers": [0.1 + 0.2, 1e-300, math.inf, 2**70, True],
        "text": "ü",
    }
    save_checkpoint(tmp_path / "c", state)
    found = load_checkpoint(tmp_path / "c")
    assert (found["numbers"], found["text"], found["by_number"][10]) == (state["numbers"], "ü", None)
    assert list(found["by_number"]) == [0, 10]
    for a, b in zip(found["tensors"], state["tensors"], strict=True):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)


def test_optimizer_state_continues_to_the_bit(tmp_path):
    def make():
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 2)
        return model, torch.optim.Adam(model.parameters(), lr=0.01)

    def step(model, optimizer):
        optimizer.zero_grad()
        model(torch.ones(1, 3)).square().sum().backward()
        optimizer.step()

    model, optimizer = make()
    step(model, optimizer)
    save_checkpoint(tmp_path / "c", {"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    state = load_checkpoint(tmp_path / "c")
    other, other_optimizer = make()
    other.load_state_dict(state["model"])
    other_optimizer.load_state_dict(state["optimizer"])
    for _ in range(3):
        step(model, optimizer)
        step(other, other_optimizer)
    assert torch.equal(model.weight, other.weight)


def test_file_that_is_no_checkpoint(tmp_path):
    path = tmp_path / "c"
    with pytest.raises(WeightsError, match="cannot read"):
        load_checkpoint(path)
    path.write_bytes(b"junk")
    with pytest.raises(WeightsError, match="cannot read"):
        load_checkpoint(path)
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match="format None"):
        load_checkpoint(path)
    save_checkpoint(path, {"a": torch.zeros(9)})
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(WeightsError, match="cannot read"):
        load_checkpoint(path)


STATE = {
    "weights": torch.arange(6.0).reshape(2, 3),
    "kinds": [torch.tensor(True), torch.tensor(3), torch.zeros(0, 2), torch.ones(2, dtype=torch.bfloat16)],
    "steps": 7,
    "by_number": {0: {"exp_avg": torch.zeros(2)}},
}


def test_no_damaged_byte_goes_unseen(tmp_path):
    path = tmp_path / "c"
    save_checkpoint(path, STATE)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.permutation(len(whole))[:400].tolist():
        path.write_bytes(whole[:place] + bytes([whole[place] ^ rng.integers(1, 256)]) + whole[place + 1 :])
        try:
            found = load_checkpoint(path)
        except WeightsError as error:
            assert "\n" not in str(error)  # noqa: PT017 # most of them
        else:
            assert torch.equal(found["weights"], STATE["weights"])
            assert found["steps"] == 7
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match="cannot read"):
            load_checkpoint(path)


TREES = ["", "[", "3", "null", '{"dict": 3}', '{"dict": [[1]]}', '{"tensor": "9"}', '{"a": 1}', "[" * 10**5]


@pytest.mark.parametrize("tree", TREES)
def test_a_tree_that_is_none(tmp_path, tree):
    metadata = {"format": FORMAT, "tree": tree, "crc32": str(zlib.crc32(tree.encode()))}
    save_file({}, tmp_path / "c", metadata=metadata)
    with pytest.raises(WeightsError, match=r"cannot read checkpoint .*; train anew in another directory"):
        load_checkpoint(tmp_path / "c")
