import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.models.gcnn import GCNN
from coplug.training.batches import collate
from coplug.training.branching import TensorBatch
from coplug.training.receptive_field import receptive_field

CPU = torch.device("cpu")


def candidate_scores(model, samples):
    batch = TensorBatch.from_graphs(collate(samples), CPU)
    with torch.no_grad():
        return model(*batch.graph)[batch.candidates].numpy()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 20), st.integers(0, 60)), min_size=1, max_size=4),
    st.integers(0, 2**32),
)
def test_candidates_score_alike_on_what_is_kept(make_sample, sizes, seed):
    rng = np.random.default_rng(seed)
    samples = [
        make_sample(
            rng, n_columns=columns, n_rows=rows, n_edges=edges, n_candidates=rng.integers(1, columns + 1)
        )
        for columns, rows, edges in sizes
    ]
    torch.manual_seed(seed)
    model = GCNN(width=4)
    np.testing.assert_allclose(
        candidate_scores(model, [receptive_field(s) for s in samples]),
        candidate_scores(model, samples),
        rtol=1e-5,
        atol=1e-6,
    )


def test_what_is_farther_than_two_steps_is_left_out(make_sample):
    # A path: columns 0 - 1 - 2 - 3 joined by rows 0, 1, 2; only column 0 can be branched on.
    sample = make_sample(np.random.default_rng(0), n_columns=4, n_rows=3, n_edges=6, n_candidates=1)
    sample.row_ptr[:] = [0, 2, 4, 6]
    sample.edge_columns[:] = [0, 1, 1, 2, 2, 3]
    sample.candidates[:] = 0
    kept = receptive_field(sample)
    np.testing.assert_array_equal(kept.column_features, sample.column_features[:2])
    np.testing.assert_array_equal(kept.row_features, sample.row_features[:1])
    np.testing.assert_array_equal(kept.row_ptr, [0, 2])
    np.testing.assert_array_equal(kept.edge_columns, [0, 1])
    np.testing.assert_array_equal(kept.edge_values, sample.edge_values[:2])
    np.testing.assert_array_equal(kept.candidates, [0])
    np.testing.assert_array_equal(kept.scores, sample.scores)
    assert kept.edge_columns.dtype == np.int32
    assert kept.row_ptr.dtype == sample.row_ptr.dtype
