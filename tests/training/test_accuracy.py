from __future__ import annotations

import dataclasses

import numpy as np

from coplug.contracts.node import COLUMN_FEATURES
from coplug.training.accuracy import accuracies, best_rank

FRACTION = COLUMN_FEATURES.index("solution_frac")


class Fixed:
    """A network with the scores that the test wants."""

    def __init__(self, scores):
        self.given = np.asarray(scores, np.float32)

    def scores(self, state, candidates):
        return self.given[: len(candidates)]


def a_sample(make_sample, scores, fractions):
    sample = make_sample(np.random.default_rng(0), n_candidates=len(scores))
    features = sample.column_features.copy()
    features[sample.candidates, FRACTION] = fractions
    chosen = int(np.argmax(scores))
    return dataclasses.replace(
        sample, column_features=features, scores=np.asarray(scores, np.float64), chosen=chosen
    )


class Several(list):
    def sample(self, index):
        return self[index]


def test_a_tie_with_the_best_score_is_right_and_equal_logits_rank_in_order(make_sample):
    sample = a_sample(make_sample, [1.0, 5.0, 2.0, 5.0], [0.5] * 4)
    assert best_rank(Fixed([9, 1, 8, 7]), sample, 0) == 2
    assert best_rank(Fixed([3, 3, 3, 3]), sample, 0) == 1


def test_a_policy_of_fractional_candidates_ranks_the_others_last(make_sample):
    sample = a_sample(make_sample, [1.0, 5.0, 2.0], [0.0, 0.5, 0.0])
    network = Fixed([9, 1, 8])
    assert best_rank(network, sample, 0) == 2
    assert best_rank(network, sample, 0, "lp") == 0


def test_accuracies_are_shares_of_the_samples(make_sample):
    samples = Several(
        a_sample(make_sample, s, [0.5] * 3) for s in ([9, 1, 1], [1, 9, 1], [1, 1, 9], [9, 9, 1])
    )
    assert accuracies(Fixed([3, 2, 1]), samples) == {"acc@1": 0.5, "acc@3": 1.0, "acc@5": 1.0, "acc@10": 1.0}
