"""Knapsacks as DAGs."""

import numpy as np
import pytest
from knapsack_helpers import drawn

from coplug.errors import UsageError
from coplug.problems.knapsack.dag import KnapsackDag
from coplug.testing import check_dag


@pytest.mark.parametrize(("n_objectives", "n_constraints", "n_knapsacks"), [(2, 1, 1), (1, 2, 3)])
def test_the_dag_keeps_the_contract(n_objectives, n_constraints, n_knapsacks):
    check_dag(KnapsackDag(drawn(0, 7, n_objectives, n_constraints), n_knapsacks), n=8)


def test_objectives_and_rewards():
    knapsack = drawn(0, 5)
    dag = KnapsackDag(knapsack, beta=2.0)
    states = np.array([[1, 0, 1, 0, 0]])
    assert dag.objectives(states).tolist() == [knapsack.profits[:, [0, 2]].sum(axis=1).tolist()]
    shares = knapsack.profits[:, [0, 2]].sum(axis=1) / knapsack.profits.sum(axis=1)
    assert dag.log_reward(states) == pytest.approx(2.0 * shares.sum())
    with pytest.raises(UsageError, match="out of range"):
        KnapsackDag(knapsack, 0)
