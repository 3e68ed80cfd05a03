import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mis_helpers import best_set, graphs, random_graph

from coplug.errors import UsageError
from coplug.graphs.graph import from_edges
from coplug.inference.comparator import make_comparator
from coplug.models.comparator import ComparatorNetwork
from coplug.problems.mis import beam
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.policies import load_policy
from coplug.problems.mis.recursion import (
    IN,
    LEAST_DEGREE,
    NEIGHBOURHOOD,
    OUT,
    OUT_OR_IN,
    RULES,
    UNIFORM,
    begin,
    choose,
    decide,
    draw_pivot,
    estimate_after,
    largest_of,
    roll_out,
    roll_out_greedily,
)
from coplug.problems.mis.reduction_graph import start, take
from coplug.problems.mis.residual import residual, undo
from coplug.problems.mis.solve import solve_graph
from coplug.problems.mis.verify import is_independent


def net(seed=0, share=None):
    """Return a network with random weights; with a share, every linked node counts that much."""
    torch.manual_seed(seed)
    model = ComparatorNetwork()
    if share is not None:
        model.output.weight.data.zero_()
        model.output.bias.data.fill_(np.log(share / (1 - share)))
    return make_comparator({name: tensor.detach().numpy() for name, tensor in model.state_dict().items()})


@settings(deadline=None, max_examples=40)
@given(graph=graphs(), seed=st.integers(0, 5), rule=st.sampled_from(sorted(RULES.values())))
def test_roll_outs_end_in_independent_sets_and_are_undone(graph, seed, rule):
    state = begin(graph, seed)
    size = roll_out(net(seed), state, rule)
    chosen = state.left.there.astype(bool)
    assert is_independent(graph, chosen)
    assert size == chosen.sum() <= best_set(graph).sum()
    undo(state.left, 0)
    for mine, fresh in zip(state.left[:4], residual(graph)[:4], strict=True):
        assert (mine == fresh).all()


@settings(deadline=None, max_examples=30)
@given(graph=graphs())
def test_both_rules_keep_the_optimum(graph):
    if graph.n_edges == 0:
        return
    state = begin(graph, 0)
    linked = np.flatnonzero(graph.degrees)
    node, pivot = draw_pivot(state, UNIFORM), draw_pivot(state, LEAST_DEGREE)
    assert node in linked
    assert graph.degrees[pivot] == graph.degrees[linked].min()
    rules = ([(node, OUT), (node, IN)], [(u, IN) for u in (pivot, *graph.adjacent(pivot).tolist())])
    for decisions in rules:
        sizes = []
        for decision in decisions:
            decide(state, *decision)
            sizes.append(best_set(subgraph(graph, state.left.there.astype(bool))).sum())
            undo(state.left, 0)
        assert max(sizes) == best_set(graph).sum()


def subgraph(graph, keep):
    number = np.cumsum(keep) - 1
    edges = graph.edges()
    return from_edges(int(keep.sum()), number[edges[keep[edges].all(axis=1)]])


def test_a_comparator_that_counts_nodes_leaves_out_and_one_that_does_not_takes():
    state = begin(random_graph(40, 0.3, 0), 0)
    assert choose(net(share=0.999), state, OUT_OR_IN)[1] == OUT
    assert choose(net(share=0.001), state, OUT_OR_IN)[1] == IN


def test_the_choice_has_the_largest_estimate_of_the_neighbourhood():
    graph, network = random_graph(40, 0.3, 0), net(3)
    for seed in range(20):
        state = begin(graph, seed)
        node, side, other, other_side = choose(network, state, NEIGHBOURHOOD)
        pivot = draw_pivot(begin(graph, seed), LEAST_DEGREE)
        around = {int(pivot), *graph.adjacent(pivot).tolist()}
        assert (side, other_side) == (IN, IN)
        assert {node, other} <= around
        assert node != other
        values = {u: estimate_after(network, state, u, IN) for u in around}
        assert values[node] == max(values.values())


def test_greedy_takes_the_least_degree():
    path = from_edges(5, np.array([(0, 1), (1, 2), (2, 3), (3, 4)]))
    assert roll_out_greedily(begin(path, 0)) == 3


def test_more_roll_outs_are_no_worse_and_a_seed_repeats():
    graph = random_graph(60, 0.2, 3)
    sizes = [largest_of(net(), graph, OUT_OR_IN, n, 5).sum() for n in (1, 4, 16)]
    assert sizes == sorted(sizes)
    assert (largest_of(net(), graph, OUT_OR_IN, 4, 5) == largest_of(net(), graph, OUT_OR_IN, 4, 5)).all()


def test_estimates_of_children_are_those_of_the_graphs():
    graph, network = random_graph(50, 0.2, 1), net(1)
    state = start(graph.ptr, graph.neighbours, 0)
    nodes = np.array([3, 17, 30], dtype=np.int32)
    left = begin(graph, 0)
    expected = [estimate_after(network, left, node, IN) for node in nodes]
    assert beam.estimate_children(network, state, nodes) == pytest.approx(expected, rel=1e-5)
    take(state, 3)
    decide(left, 3, IN)
    nodes = np.flatnonzero(state.there)[:4].astype(np.int32)
    expected = [estimate_after(network, left, node, IN) for node in nodes]
    assert beam.estimate_children(network, state, nodes) + 1 == pytest.approx(expected, rel=1e-5)


@settings(deadline=None, max_examples=25)
@given(graph=graphs(), width=st.integers(1, 3))
def test_beams_end_in_independent_sets(graph, width):
    found = beam.search(net(), graph, width, 0)
    assert is_independent(graph, found.chosen)
    assert found.chosen.sum() <= best_set(graph).sum()


def test_a_beam_wide_enough_is_exact():
    for seed in range(5):
        graph = random_graph(14, 0.4, seed)
        assert beam.search(net(seed), graph, 1024, 0).chosen.sum() == best_set(graph).sum()


def test_a_beam_that_is_stopped_at_once_has_nothing():
    assert not beam.search(net(), random_graph(40, 0.2, 0), 2, 0, stop=lambda: True).chosen.any()


def test_weights_in_a_directory_are_a_policy(tmp_path):
    torch.manual_seed(0)
    ComparatorNetwork().export(tmp_path / "mine", {"problem": "mis", "rule": "out-or-in"})
    graph = random_graph(120, 0.15, 0)
    options = GraphOptions(policy=load_policy(str(tmp_path / "mine")), time_limit_s=600.0, max_steps=50)
    results = [solve_graph("mis", graph, options) for _ in range(2)]
    assert is_independent(graph, results[0].chosen)
    assert (results[0].chosen == results[1].chosen).all()
    assert results[0].steps >= 50
    assert results[0].policy.time_s > 0
    with pytest.raises(UsageError, match=r"policy 'mine' is unknown for graphs; .*weights directory"):
        load_policy("mine")
