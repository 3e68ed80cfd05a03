import gymnasium
import numpy as np
import pytest

import coplug.envs  # noqa: F401 # registers
from coplug.contracts.episodes import actions_of
from coplug.errors import UsageError
from coplug.graphs.check import check
from coplug.graphs.families.hard_graphs import GreedyTrap, RbModel
from coplug.graphs.graph import from_edges
from coplug.graphs.source import drawn_graphs
from coplug.problems.mis.acting import build_sets, min_degree, uniform
from coplug.problems.mis.episodes import IndependentSetEpisodes, family_episodes
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.rules import REDUCTIONS
from coplug.problems.mis.verify import is_independent

PATH = from_edges(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]]))
CYCLE = from_edges(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]]))
TINY = RbModel(**RbModel.sizes["tiny"])


def tiny_graphs(count):
    return [TINY.generate(np.random.RandomState(seed)) for seed in range(count)]


def drawn_actions(graphs, rng):
    return np.array([rng.integers(length) for length in actions_of(graphs).lengths.tolist()], np.int64)


@pytest.mark.parametrize("reductions", REDUCTIONS)
def test_episodes_side_by_side_are_those_of_the_environment(reductions):
    graphs = tiny_graphs(6)
    episodes = IndependentSetEpisodes(drawn_graphs(graphs), reductions)
    envs = [
        gymnasium.make("coplug/IndependentSet-v1", graphs=graph, reductions=reductions, observation="graph")
        for graph in graphs
    ]
    seen = [env.reset()[0] for env in envs]
    observation = episodes.begin(graphs)
    rng = np.random.default_rng(0)
    while observation is not None:
        check(observation.graphs)
        actions = drawn_actions(observation.graphs, rng)
        for i, k in enumerate(observation.episodes.tolist()):
            alone = observation.graphs.graph(i)
            assert np.array_equal(alone.nodes["node"].values[:, 0], seen[k].nodes[:, 1])
            assert np.array_equal(alone.edges["edge"].index.T, seen[k].edge_links)
        step = episodes.step(actions)
        for i, k in enumerate(observation.episodes.tolist()):
            seen[k], reward, terminated, truncated, _ = envs[k].step(seen[k].nodes[actions[i], 0])
            assert (reward, terminated, truncated) == (
                step.rewards[i],
                step.terminated[i],
                step.truncated[i],
            )
        observation = step.observation
    for env, size, chosen in zip(envs, episodes.sizes, episodes.chosen(), strict=True):
        assert np.array_equal(env.unwrapped.chosen, chosen)
        assert chosen.sum() == size


def test_the_rewards_of_an_episode_add_up_to_its_set():
    episodes = family_episodes("rb", "tiny", "domination", pool=3)
    observation, returns, rng = episodes.reset(range(8)), np.zeros(8), np.random.default_rng(1)
    while observation is not None:
        step = episodes.step(drawn_actions(observation.graphs, rng))
        returns[observation.episodes] += step.rewards
        observation = step.observation
    assert returns.tolist() == episodes.sizes.tolist()


def test_a_seed_decides_the_graph_and_a_pool_limits_them():
    new, pooled = family_episodes("rb", "tiny"), family_episodes("rb", "tiny", pool=2)
    first, again = new.reset([3, 4, 3]).graphs, new.reset([3]).graphs
    assert np.array_equal(
        first.edges["edge"].index[:, : first.edges["edge"].ptr[1]], again.edges["edge"].index
    )
    lengths = first.edges["edge"].ptr
    assert lengths[1] == lengths[3] - lengths[2] != lengths[2] - lengths[1]
    sizes = np.diff(pooled.reset(range(6)).graphs.edges["edge"].ptr)
    assert sizes.tolist() == [*sizes[:2]] * 3


def test_graphs_that_the_reductions_solve_are_drawn_again_or_named():
    episodes = IndependentSetEpisodes(drawn_graphs([CYCLE, *tiny_graphs(1)]), "degree-2")
    assert episodes.reset(range(10)).episodes.tolist() == list(range(10))
    with pytest.raises(UsageError, match="100 graphs in a row were solved by the reductions alone"):
        IndependentSetEpisodes(drawn_graphs(CYCLE), "degree-2").reset([0])
    with pytest.raises(UsageError, match="a pool of -1 graphs"):
        family_episodes(pool=-1)
    with pytest.raises(UsageError, match="family 'x' is unknown"):
        family_episodes("x")


def test_graphs_of_which_nothing_is_left_wait_for_no_action():
    episodes = IndependentSetEpisodes(drawn_graphs(CYCLE), "degree-2")
    trap = GreedyTrap().generate(np.random.RandomState(0))
    assert episodes.begin([CYCLE, tiny_graphs(1)[0], trap]).episodes.tolist()[0] == 1
    assert episodes.sizes[0] == 2


def test_least_degree_without_reductions_is_the_greedy_baseline():
    for graph in tiny_graphs(20):
        (chosen,) = build_sets(min_degree, [graph])
        assert is_independent(graph, chosen)
        assert abs(int(chosen.sum()) - int(min_degree_greedy(graph).sum())) <= 1  # ties are broken otherwise
    trap = GreedyTrap().generate(np.random.RandomState(0))
    assert build_sets(min_degree, [trap])[0].sum() == min_degree_greedy(trap).sum() == 3


def test_the_best_of_more_draws_is_larger_and_draws_follow_from_the_generator():
    graphs = tiny_graphs(10)

    def sizes(samples, seed):
        sets = build_sets(uniform, graphs, "none", samples, np.random.default_rng(seed))
        assert all(is_independent(graph, chosen) for graph, chosen in zip(graphs, sets, strict=True))
        return [int(chosen.sum()) for chosen in sets]

    assert sizes(8, 0) == sizes(8, 0)
    assert sum(sizes(40, 1)) > sum(sizes(1, 1))


def test_a_policy_of_known_scores_is_followed():
    def largest_number(graphs):
        ptr = graphs.nodes["node"].ptr
        return np.concatenate([np.arange(n) for n in np.diff(ptr)]).astype(np.float32)

    (chosen,) = build_sets(largest_number, [PATH])
    assert np.flatnonzero(chosen).tolist() == [0, 2, 4]
    (chosen,) = build_sets(lambda graphs: -largest_number(graphs), [CYCLE])
    assert np.flatnonzero(chosen).tolist() == [0, 2]
