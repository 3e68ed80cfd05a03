"""Policies of other packages for graph problems, good ones and such that fail."""

from importlib.metadata import EntryPoint

import numpy as np
import pytest
from mis_helpers import best_set, random_graph

from coplug.errors import PolicyError, UsageError
from coplug.plugins import POLICIES
from coplug.problems.mis.beam import Found
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.policies import available_policies, load_policy
from coplug.problems.mis.problem import MIS, GraphInstance
from coplug.problems.mis.solve import solve_graph

HERE = "tests.problems.mis.test_mis_policies"
GRAPH = random_graph(200, 0.05, 0)


class Greedy:
    """Counts how it is asked, and takes nodes of least degree."""

    name = "own-greedy"

    def __init__(self):
        self.asked = []

    def search(self, graph, effort, seed, stop):
        self.asked.append((graph.n_nodes, effort, seed))
        return Found(min_degree_greedy(graph), 3)


class Everything(Greedy):
    """Returns no independent set."""

    name = "everything"

    def search(self, graph, effort, seed, stop):
        return Found(np.ones(graph.n_nodes, dtype=bool), 1)


class Raising(Greedy):
    name = "raising"

    def search(self, graph, effort, seed, stop):
        raise RuntimeError("always")


def test_a_policy_is_asked_with_more_effort_and_other_seeds_until_the_steps_are_used_up():
    policy = Greedy()
    result = solve_graph("mis", GRAPH, GraphOptions(policy=policy, max_steps=12, time_limit_s=60.0))
    kernel, efforts, seeds = zip(*policy.asked, strict=True)
    assert set(kernel) == {result.kernel_nodes}
    assert efforts == (1, 2, 4, 8)
    assert len(set(seeds)) == 4
    assert (result.policy.name, result.policy.calls, result.steps) == ("own-greedy", 12, 12)
    assert result.policy.fallbacks == 0
    assert result.objective >= min_degree_greedy(GRAPH).sum()


@pytest.mark.parametrize(("policy", "why"), [(Everything(), "no independent set"), (Raising(), "always")])
def test_where_a_policy_fails_the_local_search_goes_on(policy, why, caplog):
    options = GraphOptions(policy=policy, time_limit_s=60.0, max_steps=2000)
    result = solve_graph("mis", GRAPH, options)
    assert why in result.failure
    assert (result.policy.fallbacks, len(caplog.records)) == (1, 1)
    assert result.steps > 0
    alone = solve_graph("mis", GRAPH, GraphOptions(policy=Greedy(), time_limit_s=60.0, max_steps=3))
    assert result.objective >= alone.objective


class Misbehaving(Greedy):
    """Does what it is told to, at its second call; the first, and what makes it ready, go well or fail as well."""

    name = "misbehaving"

    def __init__(self, conduct):
        super().__init__()
        self.conduct = conduct

    def warm_up(self):
        self.conduct(GRAPH)

    def search(self, graph, effort, seed, stop):
        return super().search(graph, effort, seed, stop) if not self.asked else self.conduct(graph)


def raising(error):
    def conduct(graph):
        raise error

    return conduct


CONDUCTS = {
    "exits": raising(SystemExit(3)),
    "interrupts": raising(KeyboardInterrupt()),
    "closes a generator": raising(GeneratorExit()),
    "has no memory": raising(MemoryError()),
    "recurses": raising(RecursionError()),
    "raises two lines": raising(ValueError("one\ntwo")),
    "returns nothing": lambda graph: None,
    "returns a set": lambda graph: {0, 1},
    "returns numbers": lambda graph: Found(np.zeros(graph.n_nodes), 1),
    "returns another shape": lambda graph: Found(np.zeros(3, dtype=bool), 1),
    "counts in words": lambda graph: Found(np.zeros(graph.n_nodes, dtype=bool), "one"),
}


@pytest.mark.parametrize("how", CONDUCTS)
def test_a_policy_of_any_conduct_leaves_a_set(how, caplog):
    options = GraphOptions(policy=Misbehaving(CONDUCTS[how]), time_limit_s=60.0, max_steps=2000)
    result = solve_graph("mis", GRAPH, options)
    assert result.policy.fallbacks == 1
    assert len(result.failure.splitlines()) == 1
    assert [len(record.getMessage().splitlines()) for record in caplog.records] == [1]
    assert result.objective >= min_degree_greedy(GRAPH).sum()


@pytest.mark.parametrize("how", ["exits", "has no memory"])
def test_a_policy_that_cannot_be_made_ready_fails_where_it_counts(how):
    options = GraphOptions(policy=Misbehaving(CONDUCTS[how]), time_limit_s=60.0, max_steps=2000)
    MIS.warm_up(GraphInstance("a graph", GRAPH), options)
    assert solve_graph("mis", GRAPH, options).policy.fallbacks == 1


class Unnamed(Greedy):
    name = property(lambda self: 1 / 0)


@pytest.mark.parametrize(("name", "message"), [(None, "name is None"), ("two\nlines", "text of one line")])
def test_names_that_cannot_be_shown_are_refused(name, message):
    policy = Greedy()
    policy.name = name
    with pytest.raises(PolicyError, match=message):
        GraphOptions(policy=policy)
    with pytest.raises(PolicyError, match="name cannot be read"):
        GraphOptions(policy=Unnamed())


def test_a_policy_finds_covers_and_cliques_by_the_same_sets():
    graph = random_graph(60, 0.3, 1)
    cover = solve_graph("vertex-cover", graph, GraphOptions(policy=Greedy(), max_steps=30, time_limit_s=60.0))
    assert cover.objective >= graph.n_nodes - best_set(graph).sum()
    assert cover.policy.name == "own-greedy"


def test_objects_and_classes_are_found_by_their_names():
    for name in (f"{HERE}:Greedy", f"{HERE}:POLICY"):
        assert load_policy(name).name == "own-greedy"
    with pytest.raises(PolicyError, match="is a ActiveWeights without search"):
        load_policy("active-weights")
    with pytest.raises(PolicyError, match=r"policy no\.such:thing cannot be loaded"):
        load_policy("no.such:thing")
    with pytest.raises(UsageError, match="unknown for graphs"):
        load_policy("nosuch")


POLICY = Greedy()


def test_entry_points_are_listed_where_they_are_of_use(monkeypatch):
    found = {
        "own": EntryPoint("own", f"{HERE}:Greedy", POLICIES.group),
        "broken": EntryPoint("broken", "no.such.module:thing", POLICIES.group),
        "other": EntryPoint("other", "coplug.scip.active_weights:ActiveWeights", POLICIES.group),
    }
    monkeypatch.setattr(POLICIES, "entries", lambda: found)
    listed = available_policies()
    assert listed["own"] == f"plugin {HERE}:Greedy"
    assert not {"broken", "other"} & set(listed)
    from coplug.problems.milp.policies import available_policies as of_milp

    assert "other" in of_milp()
    assert "own" not in of_milp()
