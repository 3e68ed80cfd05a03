"""What a weights directory says beside its weights."""

from __future__ import annotations

import numpy as np
import pytest

from coplug.errors import WeightsError
from coplug.inference.policy import KernelPolicy, load_kernel_policy
from coplug.inference.weights import save_weights
from coplug.problems.milp.warm_up import warm_up
from tests.inference.test_weights import good_config, good_tensors


def saved(directory, **keys):
    save_weights(directory, good_tensors(), good_config() | keys)
    return directory


def test_what_a_policy_brings_is_read(tmp_path):
    brings = {
        "candidates": "pseudo",
        "scip_parameters": {"separating/maxrounds": 0},
        "fingerprint": {"n_rows": [1, 9]},
    }
    policy = load_kernel_policy(saved(tmp_path / "p", **brings))
    assert (policy.name, policy.candidate_kind) == ("p", "pseudo")
    assert policy.scip_parameters == {"separating/maxrounds": 0}
    assert policy.fingerprint == {"n_rows": (1.0, 9.0)}
    policy = load_kernel_policy(
        saved(tmp_path / "q", shortlist=8, shortlist_after=50, shortlist_iterations=9)
    )
    assert (policy.shortlist, policy.shortlist_after, policy.shortlist_iterations) == (8, 50, 9)


def test_what_it_does_not_bring_is_left_to_scip(tmp_path):
    policy = load_kernel_policy(saved(tmp_path))
    assert (policy.candidate_kind, policy.scip_parameters) == ("lp", {})
    assert (policy.shortlist, policy.shortlist_after, policy.shortlist_iterations) == (None, 0, None)


def test_a_shortlist_of_integers_is_refused(tmp_path):
    with pytest.raises(WeightsError, match="needs candidates 'lp'"):
        load_kernel_policy(saved(tmp_path, candidates="pseudo", shortlist=8))


class Fails:
    def scores(self, state, candidates):
        raise ZeroDivisionError(state.n_columns)


def test_what_a_network_needs_is_made_ready_whatever_it_is():
    asked = []

    class Notes:
        def scores(self, state, candidates):
            asked.append((state.n_columns, state.n_rows, candidates.tolist()))
            return np.zeros(1)

    warm_up(KernelPolicy(name="notes", network=Notes()))
    assert asked == [(1, 1, [0])]
    warm_up(KernelPolicy(name="fails", network=Fails()))  # it fails again at a node, where that counts


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("candidates", "all"),
        ("fingerprint", {"n_rows": 3}),
        ("shortlist", 0),
        ("shortlist", "8"),
        ("shortlist_after", -1),
        ("shortlist_after", 1.5),
        ("shortlist_iterations", 0),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(tmp_path, key, value):
    with pytest.raises(WeightsError, match=key) as refused:
        load_kernel_policy(saved(tmp_path, **{key: value}))
    assert "\n" not in str(refused.value)
