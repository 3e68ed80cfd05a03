import numpy as np
import pytest

from coplug.algorithms.fronts.dominance import non_dominated
from coplug.contracts.dag import Conditional, MultiObjective
from coplug.errors import UsageError
from coplug.graphs.graph import from_edges
from coplug.problems.mis.objectives_dag import MultiObjectiveSetDag, drawn_objectives_dag
from coplug.testing import check_dag

PATH = from_edges(4, np.array([[0, 1], [1, 2], [2, 3]]))
WEIGHTS = [[1.0, 5.0, 1.0, 1.0], [4.0, 1.0, 3.0, 2.0]]


def test_it_keeps_its_contract():
    dag = MultiObjectiveSetDag(PATH, WEIGHTS)
    assert isinstance(dag, MultiObjective)
    assert not isinstance(dag, Conditional)
    check_dag(dag)
    check_dag(drawn_objectives_dag(n_objectives=3))


def test_objectives_are_weights_of_maximal_sets():
    dag = MultiObjectiveSetDag(PATH, WEIGHTS)
    sets = np.array([[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 0, 1]])
    assert dag.forward_mask(sets)[:, -1].all()
    assert dag.objectives(sets).tolist() == [[2.0, 7.0], [2.0, 6.0], [6.0, 3.0]]
    assert non_dominated(dag.objectives(sets)).tolist() == [True, False, True]
    assert dag.encode(sets[:1] * [1, 0, 0, 0]).tolist() == [[1, 0, 0, 0, 0, 0, 1, 1]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: MultiObjectiveSetDag(PATH, [1.0, 2.0, 3.0, 4.0]),
            r"weights of shape \(4,\) do not fit a graph of 4",
        ),
        (lambda: MultiObjectiveSetDag(PATH, [[1.0, np.nan, 3.0, 4.0]]), "weights are NaN or infinite"),
        (lambda: drawn_objectives_dag(n_objectives=0), "n_objectives 0, largest 100 are out of range"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(UsageError, match=message):
        make()
