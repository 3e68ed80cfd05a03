import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.contracts.dag import Conditional, Enumerable, ForwardLooking
from coplug.errors import UsageError
from coplug.graphs.batch import equal
from coplug.graphs.check import check
from coplug.graphs.graph import from_edges
from coplug.problems.mis.construction import Construction
from coplug.problems.mis.dag import NUMBERS, IndependentSetDag, drawn_dag
from coplug.problems.mis.episodes import as_batch

PATH = from_edges(4, np.array([[0, 1], [1, 2], [2, 3]]))
CYCLE = from_edges(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]]))
EMPTY = from_edges(2, np.zeros((0, 2), np.int64))
STAR = from_edges(6, np.array([[0, i] for i in range(1, 6)]))


def test_it_is_conditional_and_forward_looking():
    dag = IndependentSetDag([PATH])
    assert isinstance(dag, Conditional)
    assert isinstance(dag, ForwardLooking)
    assert not isinstance(dag, Enumerable)


def test_masks_of_a_path():
    dag = IndependentSetDag([PATH, CYCLE])
    assert (dag.max_nodes, dag.n_actions, dag.n_graphs) == (5, 6, 2)
    states = dag.empty(np.array([0, 1, 0]))
    assert dag.forward_mask(states).astype(int).tolist() == [
        [1, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1, 0],
        [1, 1, 1, 1, 0, 0],
    ]
    assert not dag.backward_mask(states).any()
    states = dag.step(states, np.array([0, 0, 1]))
    assert dag.forward_mask(states).astype(int).tolist() == [
        [0, 0, 1, 1, 0, 0],
        [0, 0, 1, 1, 0, 0],
        [0, 0, 0, 1, 0, 0],
    ]
    states = dag.step(states, np.array([2, 3, 3]))
    assert dag.forward_mask(states)[:, :-1].sum() == 0
    assert dag.forward_mask(states)[:, -1].all()
    assert np.nonzero(dag.backward_mask(states))[1].tolist() == [0, 2, 0, 3, 1, 3]
    assert dag.log_reward(states).tolist() == [16.0, 16.0, 16.0]
    assert dag.log_reward(dag.backward_step(states, np.array([0, 0, 1]))).tolist() == [8.0, 8.0, 8.0]


@given(seed=st.integers(0, 50))
@settings(deadline=None, max_examples=20)
def test_its_transition_is_that_of_the_environment(seed):
    graphs = [PATH, CYCLE, EMPTY, STAR]
    dag, rng = IndependentSetDag(graphs), np.random.default_rng(seed)
    states, construction = dag.empty(np.arange(4)), Construction(graphs)
    while construction.n_left.any():
        waiting = np.flatnonzero(construction.n_left)
        left, encoded = construction.left(waiting), dag.encode(states[waiting])
        check(encoded)
        assert equal(
            type(encoded)(encoded.nodes, encoded.edges),
            type(encoded)(as_batch(left).nodes, as_batch(left).edges),
        )
        assert encoded.extras[NUMBERS].values.tolist() == left.nodes.values.tolist()
        mask = dag.forward_mask(states[waiting])
        assert np.nonzero(mask)[1].tolist() == left.nodes.values.tolist()
        actions = np.array([rng.choice(part) for part in left.nodes])
        after = dag.step(states[waiting], actions)
        assert np.array_equal(dag.backward_step(after, actions), states[waiting])
        assert dag.backward_mask(after)[np.arange(len(actions)), actions].all()
        states[waiting] = after
        construction.take(construction.ptr[waiting] + actions)
    assert dag.forward_mask(states)[:, -1].all()
    assert dag.log_reward(states).tolist() == (dag.beta * construction.sizes).tolist()
    assert dag.encode(states).nodes["node"].values.shape == (0, 1)


def test_sources_are_drawn_by_the_generator():
    dag = IndependentSetDag([PATH, CYCLE, STAR])
    drawn = dag.sources(100, np.random.default_rng(0))
    assert set(drawn[:, 0].tolist()) == {0, 1, 2}
    assert drawn[:, 1:].sum() == 0
    assert np.array_equal(drawn, dag.sources(100, np.random.default_rng(0)))
    assert dag.initial(2)[:, 0].tolist() == [0, 0]


def test_drawn_graphs_follow_from_the_seed():
    dag, same, other = (drawn_dag("rb", "tiny", n_graphs=3, seed=seed) for seed in (1, 1, 2))
    assert dag.n_graphs == 3
    assert equal(dag.encode(dag.empty(np.arange(3))), same.encode(same.empty(np.arange(3))))
    assert not equal(dag.encode(dag.empty(np.arange(3))), other.encode(other.empty(np.arange(3))))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: IndependentSetDag([]), "0 graphs, beta 8.0 are out of range"),
        (lambda: IndependentSetDag([PATH], beta=0.0), "beta 0.0 are out of range"),
        (lambda: drawn_dag(n_graphs=0), "n_graphs 0, seed 0 are out of range"),
        (lambda: drawn_dag("x"), "family 'x' is unknown"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(UsageError, match=message):
        make()
