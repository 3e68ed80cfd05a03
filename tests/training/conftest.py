import numpy as np
import pytest
import torch

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES
from coplug.training.sample import BranchingSample
from coplug.training.shards import shard_name, write_shard


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def make_sample():
    """Draws a sample; with ``rule``, the expert takes the candidate with the largest feature 8."""

    def make(rng, n_columns=12, n_rows=6, n_edges=30, n_candidates=5, rule=False, **meta):
        column_features = rng.standard_normal((n_columns, N_COLUMN_FEATURES)).astype(np.float32)
        candidates = rng.choice(n_columns, n_candidates, replace=False).astype(np.int32)
        scores = rng.integers(0, 4, n_candidates).astype(np.float64)
        if rule:
            scores = np.exp(column_features[candidates, 8].astype(np.float64))
        cuts = np.sort(rng.integers(0, n_edges + 1, max(n_rows - 1, 0)))
        row_ptr = [0, *cuts, n_edges] if n_rows else [0]
        n_edges = n_edges if n_rows else 0
        return BranchingSample(
            column_features=column_features,
            row_features=rng.standard_normal((n_rows, N_ROW_FEATURES)).astype(np.float32),
            row_ptr=np.array(row_ptr, dtype=np.int32),
            edge_columns=rng.integers(0, n_columns, n_edges).astype(np.int32),
            edge_values=rng.standard_normal(n_edges).astype(np.float32),
            candidates=candidates,
            scores=scores,
            chosen=int(np.argmax(scores)),
            **meta,
        )

    return make


@pytest.fixture(scope="session")
def rule_samples(tmp_path_factory, make_sample):
    """Directories of training and validation samples of a rule that can be learned."""
    root = tmp_path_factory.mktemp("rule")
    rng = np.random.default_rng(0)
    for part, episodes in (("train", 40), ("valid", 8)):
        for episode in range(episodes):
            samples = [make_sample(rng, rule=True, episode=episode) for _ in range(25)]
            write_shard(root / part / shard_name(episode), samples)
    return root / "train", root / "valid"
