import numpy as np
import torch

from coplug.contracts.node import COLUMN_FEATURES, N_COLUMN_FEATURES, N_ROW_FEATURES
from coplug.graphs import collate, one_graph
from coplug.models.gcnn_actor import GCNNActorCritic, _gaps


def columns(objective, value, incumbent):
    features = np.zeros((len(objective), N_COLUMN_FEATURES), np.float32)
    for name, column in (("objective", objective), ("solution_value", value), ("incumbent_value", incumbent)):
        features[:, COLUMN_FEATURES.index(name)] = column
    return features


WITH_INCUMBENT = columns([-2.0, -1.0], [1.0, 0.5], [1.0, 0.0])  # bound -2.5, incumbent -2
WITHOUT = columns([-2.0, -1.0, 1.0], [1.0, 0.5, 0.0], [np.nan] * 3)
CLOSED = columns([-2.0], [1.0], [1.0])


def test_gaps_are_relative_to_the_bound_and_known_only_with_an_incumbent():
    features = torch.from_numpy(np.concatenate([WITH_INCUMBENT, WITHOUT, CLOSED]))
    found = _gaps(features, torch.tensor([0, 2, 5, 6]))
    np.testing.assert_allclose(found, [[np.log10(0.2), 1.0], [0.0, 0.0], [-5.0, 1.0]], rtol=1e-6)


def test_the_critic_sees_the_gap_and_no_nan():
    def graph(features):
        rows = np.zeros((1, N_ROW_FEATURES), np.float32)
        edges = np.stack([np.zeros(len(features), np.int64), np.arange(len(features))])
        values = np.ones((len(features), 1), np.float32)
        actions = {"actions": ("column", np.arange(len(features)))}
        return one_graph(
            {"column": features, "row": rows},
            {"coefficient": ("row", "column", edges, values)},
            references=actions,
        )

    torch.manual_seed(0)
    network = GCNNActorCritic(4)
    nearer = columns([-2.0, -1.0], [1.0, 0.5], [1.0, 0.25])
    logits, values = network(collate([graph(f) for f in (WITH_INCUMBENT, nearer, WITHOUT)]).to_torch())
    assert logits.shape == (7,)
    assert torch.isfinite(values).all()
    assert len(values.unique()) == 3
