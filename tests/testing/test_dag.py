"""DAGs that keep their contract, and others that break it, each in its own way."""

import numpy as np
import pytest

from coplug.graphs import GraphBatch, Ragged
from coplug.graphs.graph import from_edges
from coplug.problems.hypergrid import HyperGrid
from coplug.problems.mis.dag import IndependentSetDag, drawn_dag
from coplug.testing import DagCheckError, check_dag
from tests.training.gflownet.tabular import Endless, Words

PATH = from_edges(4, np.array([[0, 1], [1, 2], [2, 3]]))
STAR = from_edges(4, np.array([[0, 1], [0, 2], [0, 3]]))


class Grid(HyperGrid):
    """A grid with two objectives and rewards on the way, of which one problem is drawn."""

    n_objectives = 2

    def objectives(self, states):
        return states[:, :2].astype(float)

    def partial_log_reward(self, states):
        return self.log_reward(states)

    def sources(self, n, rng):
        return self.initial(n)


class Pareto(Grid):
    """A grid that is judged by its objectives alone."""

    log_reward = partial_log_reward = None


class LongLine(Endless):
    """A line on which few of many states are its ends."""

    def forward_mask(self, states):
        return np.column_stack([states[:, 0] < 3000, states[:, 0] >= 2999])


class Line(Endless):
    """A line on which only every second place may be stopped at."""

    def forward_mask(self, states):
        return np.column_stack([states[:, 0] < 6, states[:, 0] % 2 == 0])


@pytest.mark.parametrize(
    "dag",
    [
        HyperGrid(),
        HyperGrid(n_dimensions=4, side=3),
        drawn_dag("rb", "tiny", n_graphs=5),
        IndependentSetDag([PATH, STAR]),
        Words(),
        Endless(),
        Line(),
        LongLine(),
        Grid(),
        Pareto(),
    ],
    ids=lambda dag: type(dag).__name__,
)
def test_a_dag_that_keeps_its_contract_passes(dag):
    check_dag(dag)


def broken(base=Grid, **changes):
    return type("Broken", (base,), changes)(side=3)


def counting(answer):
    """Return a method whose answer depends on how often any such method has been asked."""

    def method(dag, *arguments):
        counting.calls += 1
        return answer(dag, *arguments) + counting.calls

    return method


counting.calls = 0


def changed(method, change):
    """Return a method that changes what another answers."""
    return lambda dag, *arguments: change(method(dag, *arguments))


def with_column(column, value):
    def change(mask):
        mask = mask.copy()
        mask[:, column] = value
        return mask

    return change


def in_place(dag, states, actions):
    states[np.arange(len(states)), actions] += 1
    return states


def lost_graph(states):
    return GraphBatch({"node": Ragged.one_each(np.zeros((len(states) - 1, 6), np.float32))})


def torn_graph(states):
    return GraphBatch({"node": Ragged(np.zeros((3, 6), np.float32), np.arange(len(states) + 1))})


def flat_graph(states):
    return GraphBatch({"node": Ragged.one_each(np.zeros((len(states), 2), np.float32))})


BREAKS = [
    ({"step": None}, "it has no method step"),
    ({"n_actions": 0}, "n_actions is 0; expected a whole number of at least 1"),
    ({"n_features": "six"}, "n_features is 'six'; expected a whole number"),
    ({"log_reward": None, "objectives": None}, "neither log_reward nor n_objectives and objectives"),
    (
        {"initial": lambda dag, n: np.zeros((n, 2))},
        r"initial\(16\) is float64 of shape \(16, 2\); expected int64",
    ),
    ({"initial": lambda dag, n: np.eye(n, 2, dtype=np.int64)}, "initial gives different sources"),
    ({"initial": counting(HyperGrid.initial)}, "initial gives another source the next time"),
    ({"forward_mask": changed(HyperGrid.forward_mask, np.int64)}, r"forward_mask\(...\) is int64"),
    (
        {"forward_mask": changed(HyperGrid.forward_mask, lambda m: m[:, 1:])},
        r"expected bool of shape \(16, 3\)",
    ),
    ({"forward_mask": changed(HyperGrid.forward_mask, lambda m: m & False)}, "a state allows no action"),
    (
        {"backward_mask": changed(HyperGrid.backward_mask, lambda m: m[:, 1:])},
        r"backward_mask\(...\) is bool",
    ),
    (
        {"backward_mask": changed(HyperGrid.backward_mask, lambda m: m | True)},
        "a source has a backward action",
    ),
    (
        {"backward_mask": changed(HyperGrid.backward_mask, lambda m: m & False)},
        "no source has no backward action",
    ),
    (
        {"backward_mask": changed(HyperGrid.backward_mask, with_column(0, False))},
        "not among the backward actions",
    ),
    ({"backward_step": HyperGrid.step}, "a backward action leads to a state that does not allow"),
    ({"step": in_place}, "step changes its arguments"),
    ({"step": changed(HyperGrid.step, lambda s: s + 0.0)}, r"step\(...\) is float64"),
    ({"step": changed(HyperGrid.step, lambda s: s[:, ::-1].copy())}, "backward_step does not lead back"),
    ({"step": lambda dag, s, a: s.copy()}, "a walk comes back to a state"),
    (
        {"backward_step": lambda dag, s, a: s.copy()},
        "step does not lead to where a backward action came from",
    ),
    ({"backward_step": lambda dag, s, a: s - 1}, "backward_step does not lead back to where"),
    ({"backward_step": lambda dag, s, a: (s - 1)[:, :1]}, r"backward_step\(...\) is int64 of shape"),
    ({"backward_step": lambda dag, s, a: 1 / 0}, "stepping back raises ZeroDivisionError"),
    ({"encode": lambda dag, s: np.zeros((len(s), 6))}, r"encode\(...\) is float64"),
    (
        {"encode": lambda dag, s: np.full((len(s), 6), np.nan, np.float32)},
        r"numbers of encode\(...\) are NaN",
    ),
    ({"encode": lambda dag, s: lost_graph(s)}, r"encode gives \d+ graphs for \d+ states"),
    (
        {"encode": lambda dag, s: torn_graph(s)},
        "encode raises UsageError: the ptr of nodes 'node' must rise",
    ),
    ({"encode": lambda dag, s: flat_graph(s)}, r"the nodes of encode\(...\) is float32 of shape .*, 2\)"),
    ({"encode": lambda dag, s: (s - s.mean()).repeat(3, 1).astype(np.float32)}, "depends on the others"),
    ({"log_reward": lambda dag, s: np.full(len(s), -np.inf)}, r"numbers of log_reward\(...\) are NaN or inf"),
    (
        {"log_reward": lambda dag, s: np.zeros((len(s), 1))},
        r"log_reward\(...\) is float64 of shape .*1\); expected",
    ),
    ({"log_reward": counting(HyperGrid.log_reward)}, "log_reward says two things of the same batch"),
    ({"n_objectives": 0}, "n_objectives is 0"),
    (
        {"n_objectives": 3},
        r"objectives\(...\) is float64 of shape .*, 2\); expected float64 of shape .*, 3\)",
    ),
    ({"objectives": lambda dag, s: np.full((len(s), 2), np.nan)}, r"numbers of objectives\(...\) are NaN"),
    ({"partial_log_reward": lambda dag, s: np.zeros(len(s))}, "is not its log_reward"),
    ({"partial_log_reward": lambda dag, s: np.full(len(s), np.nan)}, r"partial_log_reward\(...\) are NaN"),
    (
        {"sources": lambda dag, n, rng: np.zeros((n, 3), np.int64)},
        r"sources\(16, rng\) is int64 of shape \(16, 3\)",
    ),
    ({"sources": counting(Grid.sources)}, "sources that are drawn with the same seed differ"),
    ({"states": lambda dag: HyperGrid.states(dag).repeat(2, axis=0)}, r"states\(\) has a state twice"),
    ({"states": lambda dag: HyperGrid.states(dag)[:-1]}, r"states\(\) lacks states that can be reached"),
    (
        {"states": lambda dag: np.append(HyperGrid.states(dag), [[3, 3]], 0)},
        "states that cannot be reached",
    ),
    ({"states": lambda dag: HyperGrid.states(dag).astype(float)}, r"states\(\) is float64"),
    ({"index": lambda dag, s: np.zeros(len(s), np.int64)}, r"index\(states\(\)\) is not 0, 1, 2"),
]


@pytest.mark.parametrize(
    ("changes", "violation"), BREAKS, ids=[f"{next(iter(c))}-{i}" for i, (c, _) in enumerate(BREAKS)]
)
def test_a_dag_that_breaks_its_contract_is_caught(changes, violation):
    with pytest.raises(DagCheckError, match=violation):
        check_dag(broken(**changes))


def test_walks_have_to_end():
    class Ever(Endless):
        def forward_mask(self, states):
            return np.column_stack([np.ones(len(states), bool), np.zeros(len(states), bool)])

    with pytest.raises(DagCheckError, match=r"does not stop within 50 steps(.|\n)*no walk met a state"):
        check_dag(Ever(), max_steps=50)


def test_a_class_is_no_dag():
    with pytest.raises(DagCheckError, match="it is a class"):
        check_dag(HyperGrid)


def test_all_violations_are_listed():
    nothing = broken(objectives=lambda dag, s: None, encode=lambda dag, s: None, states=lambda dag: None)
    with pytest.raises(DagCheckError) as raised:
        check_dag(nothing)
    assert len(str(raised.value).splitlines()) == 4
