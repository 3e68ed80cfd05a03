from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import coplug.ecole as ecole
from coplug.contracts.policy import Selection
from coplug.ecole.agent import PolicyAgent, node_state
from coplug.errors import PolicyError
from coplug.problems.milp.policies import load_policy
from coplug.scip.make_reader import make_reader
from tests.ecole.models import SETCOVER, at_root


def as_real_ecole(obs):
    """Return an object with the attributes and dtypes that Ecole 0.8.1 documents, and nothing of ours."""
    edges = obs.edge_features
    return SimpleNamespace(
        variable_features=np.array(obs.variable_features, np.float64),
        row_features=np.array(obs.row_features, np.float64),
        edge_features=SimpleNamespace(
            values=np.array(edges.values, np.float64),
            indices=np.array(edges.indices, np.uint64),
            shape=list(edges.shape),
        ),
    )


def test_the_action_is_what_the_policy_chooses_inside_scip():
    policy = load_policy("setcover-gcnn")
    model, action_set = at_root(SETCOVER)
    obs = ecole.observation.NodeBipartite().extract(model, False)
    reader = make_reader(model.solver)
    candidates = reader.candidates(policy.candidate_kind)
    best = reader.candidate_variables()[np.argmax(policy.scores(reader.read(), candidates))]
    agent = PolicyAgent("setcover-gcnn")
    assert agent(obs, action_set) == best
    action = agent(as_real_ecole(obs), action_set)
    assert action == best
    assert isinstance(action, np.uint64)


def test_the_state_is_the_readers_with_columns_in_the_order_of_the_variables():
    model, _ = at_root(SETCOVER)
    state = make_reader(model.solver).read()
    obs = ecole.observation.NodeBipartite().extract(model, False)
    other = node_state(as_real_ecole(obs))
    order = make_reader(model.solver).column_variables()
    np.testing.assert_array_equal(other.column_features[order], state.column_features)
    np.testing.assert_array_equal(other.row_ptr, state.row_ptr)
    np.testing.assert_array_equal(other.edge_columns, order[state.edge_columns])
    np.testing.assert_array_equal(other.edge_values, state.edge_values)


def test_edges_may_come_in_any_order():
    model, _ = at_root(SETCOVER)
    obs = as_real_ecole(ecole.observation.NodeBipartite().extract(model, False))
    shuffled = as_real_ecole(obs)
    order = np.random.default_rng(0).permutation(len(obs.edge_features.values))
    shuffled.edge_features.indices = obs.edge_features.indices[:, order]
    shuffled.edge_features.values = obs.edge_features.values[order]
    one, two = node_state(obs), node_state(shuffled)
    np.testing.assert_array_equal(one.row_ptr, two.row_ptr)
    for start, end in zip(one.row_ptr[:-1], one.row_ptr[1:], strict=True):
        edges = [
            sorted(zip(s.edge_columns[start:end], s.edge_values[start:end], strict=True)) for s in (one, two)
        ]
        assert edges[0] == edges[1]


def test_an_agent_plays_an_episode():
    environment = ecole.environment.Branching()
    environment.seed(0)
    agent = PolicyAgent("setcover-gcnn")
    obs, action_set, _, done, _ = environment.reset(SETCOVER)
    while not done:
        obs, action_set, _, done, _ = environment.step(agent(obs, action_set))
    assert environment.model.is_solved


class Selector:
    """Chooses a policy by the number of columns."""

    name = "selector"

    def __init__(self, policy):
        self.policy, self.seen = policy, []

    def select(self, root):
        self.seen.append(root.n_columns)
        return Selection(self.policy if len(self.seen) > 1 else None, "because")


def test_a_selector_chooses_once_an_episode_and_may_leave_it_to_scip():
    model, action_set = at_root(SETCOVER)
    obs = ecole.observation.NodeBipartite().extract(model, False)
    selector = Selector(load_policy("setcover-gcnn"))
    marker = object()
    agent = PolicyAgent(selector, default=marker)
    assert agent(obs, action_set) is marker
    assert agent(obs, action_set) is marker
    agent.reset()
    assert agent(obs, action_set) in action_set
    assert len(selector.seen) == 2


class Bad:
    name, candidate_kind = "bad", "lp"

    def __init__(self, answer):
        self.answer = answer

    def scores(self, state, candidates):
        return self.answer(len(candidates))


@pytest.mark.parametrize("answer", [lambda n: np.full(n, np.nan), lambda n: np.zeros(n + 1)])
def test_scores_that_cannot_be_used_are_an_error(answer):
    model, action_set = at_root(SETCOVER)
    obs = ecole.observation.NodeBipartite().extract(model, False)
    with pytest.raises(PolicyError, match="bad gave no finite score"):
        PolicyAgent(Bad(answer))(obs, action_set)


def test_a_policy_that_passes_gives_the_default():
    model, action_set = at_root(SETCOVER)
    obs = ecole.observation.NodeBipartite().extract(model, False)
    assert PolicyAgent(Bad(lambda n: None))(obs, action_set) == ecole.Default


def test_another_observation_is_refused():
    model, action_set = at_root(SETCOVER)
    obs = as_real_ecole(ecole.observation.NodeBipartite().extract(model, False))
    obs.variable_features = obs.variable_features[:, :17]
    with pytest.raises(PolicyError, match="needs Ecole's NodeBipartite"):
        PolicyAgent("setcover-gcnn")(obs, action_set)
