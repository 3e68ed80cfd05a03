import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.graphs import collate, equal, one_graph
from coplug.training.checkpoint import load_checkpoint, save_checkpoint
from coplug.training.replay import ReplayBuffer, from_state, to_state


def graph(k):
    """A path of ``k + 1`` nodes labelled ``k``."""
    index = np.stack([np.arange(k), np.arange(k) + 1])
    return one_graph(
        {"node": np.full((k + 1, 2), k, np.float32)},
        {"edge": ("node", "node", index, None)},
        extras={"label": np.array([float(k)])},
        references={"end": ("node", np.array([k]))},
    )


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(1, 12))
def test_the_newest_graphs_are_kept(sizes, capacity):
    buffer, k, rng = ReplayBuffer(capacity), 0, np.random.default_rng(0)
    for size in sizes:
        buffer.add(collate([graph(k + i) for i in range(size)]))
        k += size
    newest = set(range(max(0, k - capacity), k))
    assert len(buffer) == len(newest)
    drawn = buffer.sample(200, rng)
    labels = drawn.extras["label"].values
    assert set(labels) <= newest
    assert len(newest) < 6 or len(set(labels)) > 1
    np.testing.assert_array_equal(drawn.nodes["node"].lengths, labels + 1)
    np.testing.assert_array_equal(drawn.references["end"].positions.values, drawn.nodes["node"].ptr[1:] - 1)


def test_every_kept_graph_is_drawn_alike():
    buffer = ReplayBuffer(4)
    buffer.add(collate([graph(k) for k in range(3)]))
    buffer.add(collate([graph(k) for k in range(3, 6)]))
    labels = buffer.sample(8000, np.random.default_rng(0)).extras["label"].values
    np.testing.assert_allclose(np.bincount(labels.astype(int))[2:] / 8000, 0.25, atol=0.02)


def test_state_through_a_checkpoint(tmp_path):
    buffer = ReplayBuffer(5)
    buffer.add(collate([graph(k) for k in range(4)]))
    buffer.add(graph(4))
    save_checkpoint(tmp_path / "c", {"replay": buffer.state()})
    other = ReplayBuffer(5)
    other.load_state(load_checkpoint(tmp_path / "c")["replay"])
    draws = [b.sample(20, np.random.default_rng(1)) for b in (buffer, other)]
    assert equal(*draws)
    assert equal(from_state(to_state(draws[0])), draws[0])


def test_bad_use_is_named():
    with pytest.raises(UsageError, match="at least one graph"):
        ReplayBuffer(0)
    buffer = ReplayBuffer(3)
    buffer.add(graph(1).take([]))
    with pytest.raises(UsageError, match="is empty"):
        buffer.sample(1, np.random.default_rng(0))
