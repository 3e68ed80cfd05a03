"""Episodes that keep their contract, and others that break it, each in its own way."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest

from coplug.contracts.episodes import Observation
from coplug.envs.gymnasium_episodes import GymnasiumEpisodes
from coplug.graphs import Ragged, Reference, one_graph
from coplug.problems.milp.episodes import family_episodes as branching_episodes
from coplug.problems.mis.episodes import family_episodes
from coplug.testing import EpisodesCheckError, check_episodes
from tests.training.policy_gradient.maze import Walk, World

N_PAIRS = 6


def extremal_graph(observation, info):
    """Show the pairs of four nodes as nodes, of which those that may be flipped are the actions."""
    gains = observation["gains"][np.triu_indices(4, 1)].astype(np.float32)
    return one_graph({"node": gains[:, None]}, references={"actions": ("node", np.arange(N_PAIRS))})


@pytest.mark.parametrize(
    "make",
    [
        lambda: family_episodes("rb", "tiny"),
        lambda: family_episodes("rb", "tiny", pool=2),
        lambda: branching_episodes("setcover", "tiny", node_limit=8),
        lambda: branching_episodes("auctions", "tiny", tree=True),
        lambda: GymnasiumEpisodes(
            lambda: gymnasium.make("coplug:coplug/ExtremalGraph-v1", n_nodes=4), extremal_graph
        ),
        Walk,
    ],
    ids=["independent-set", "pool", "branching", "branching-tree", "gymnasium", "maze"],
)
def test_episodes_that_keep_their_contract_pass(make):
    check_episodes(make())


def changing_structure(episodes):
    """Observe without edges every second time."""
    episodes.times = getattr(episodes, "times", 0) + 1
    observation = Walk.observe(episodes)
    edges = observation.graphs.edges if episodes.times % 2 else {}
    return replace(observation, graphs=replace(observation.graphs, edges=edges))


def outliving(outcome):
    """Return an observation in any case."""
    ended = Observation(outcome.last or WORLD.graph(), np.zeros(1, np.int64))
    return outcome.observation or ended


WORLD = World(0)


def observing(change):
    """Return a way to observe that differs in what ``change`` makes of it."""
    return lambda episodes: change(Walk.observe(episodes))


def with_graphs(change):
    return observing(lambda o: replace(o, graphs=change(o.graphs)))


def with_parents(parents):
    return observing(lambda o: replace(o, parents=parents(len(o.episodes))))


def without_actions(graphs):
    empty = Ragged(np.zeros(0, np.int64), np.zeros(len(graphs) + 1, np.int64))
    return replace(graphs, references={"actions": Reference("node", empty)})


def stepping(**parts):
    """Return a step of which some parts are replaced."""

    def step(episodes, actions):
        outcome = Walk.step(episodes, actions)
        return replace(outcome, **{name: part(outcome) for name, part in parts.items()})

    return step


def restless(episodes, seeds):
    restless.times += 1
    return Walk.reset(episodes, [seed + 100 * restless.times for seed in seeds])


restless.times = 0


def gregarious(episodes, seeds):
    return Walk.reset(episodes, [seed + len(seeds) for seed in seeds])


BREAKS = [
    ({"step": None}, "it has no method step"),
    ({"reset": lambda episodes, seeds: 1 / 0}, "acting in them raises ZeroDivisionError"),
    ({"observe": observing(lambda o: o.graphs)}, "what is observed is a GraphBatch; expected an Observation"),
    ({"observe": with_graphs(lambda g: g.nodes)}, "the graphs of an observation are a dict, no GraphBatch"),
    ({"observe": with_graphs(lambda g: replace(g, nodes={}))}, "raises UsageError: a batch has no node type"),
    ({"observe": with_graphs(lambda g: g.graph(0))}, "an observation has 1 graphs, expected 4"),
    ({"observe": with_graphs(lambda g: replace(g, references={}))}, "no reference or extra called 'actions'"),
    ({"observe": with_graphs(without_actions)}, "a graph lists no action"),
    ({"observe": observing(lambda o: Observation(o.graphs, o.episodes[::-1]))}, "wait for an action"),
    (
        {"observe": observing(lambda o: replace(o, episodes=o.episodes * 1.0))},
        "episodes of an observation is float64",
    ),
    (
        {"observe": with_parents(lambda n: np.zeros(n, np.int64))},
        "a parent of decision 0 is none of those before",
    ),
    ({"observe": with_parents(lambda n: np.full(n, -2))}, "a parent of decision 0 is none of those before"),
    ({"observe": with_parents(lambda n: np.full(n + 1, -1))}, "parents of an observation is int64 of shape"),
    ({"observe": changing_structure}, "merging the observations of two steps raises UsageError"),
    ({"step": lambda episodes, actions: None}, "a step returns a NoneType; expected a Step"),
    ({"step": stepping(rewards=lambda s: s.rewards.tolist())}, "rewards of a step is list"),
    ({"step": stepping(rewards=lambda s: s.rewards * np.inf)}, "the rewards of a step are NaN or infinite"),
    ({"step": stepping(terminated=lambda s: s.terminated.astype(int))}, "terminated of a step is int64"),
    ({"step": stepping(truncated=lambda s: s.truncated[:, None])}, "truncated of a step is bool of shape"),
    ({"step": stepping(truncated=lambda s: s.terminated | s.truncated)}, "both terminated and truncated"),
    ({"step": stepping(last=lambda s: None)}, r"\d episodes are truncated, but last is None"),
    (
        {"step": stepping(last=lambda s: s.last and s.last.take([0, 0, 0, 0, 0]))},
        "last has 5 graphs, expected",
    ),
    (
        {"step": stepping(last=lambda s: s.last and replace(s.last, edges={}))},
        "merging the last observations",
    ),
    ({"step": stepping(observation=lambda s: None)}, r"\d episodes go on, but the observation is None"),
    (
        {"step": stepping(terminated=lambda s: s.terminated & False)},
        r"an observation has \d graphs, expected \d|but the observation is None",
    ),
    ({"step": stepping(observation=outliving)}, "0 episodes go on, but the observation is not None"),
    ({"reset": restless}, "the same seeds gave other episodes"),
    ({"reset": gregarious}, "an episode alone is another than among others"),
]


@pytest.mark.parametrize(
    ("changes", "violation"), BREAKS, ids=[f"{next(iter(c))}-{i}" for i, (c, _) in enumerate(BREAKS)]
)
def test_episodes_that_break_their_contract_are_caught(changes, violation):
    broken = type("Broken", (Walk,), changes)(horizon=5)
    with pytest.raises(EpisodesCheckError, match=violation):
        check_episodes(broken)


def test_episodes_have_to_end():
    with pytest.raises(EpisodesCheckError, match="no end within 20 steps"):
        check_episodes(Walk(horizon=10**6), max_steps=20, seeds=range(40))


def test_a_class_is_no_episodes():
    with pytest.raises(EpisodesCheckError, match="it is a class"):
        check_episodes(Walk)


def test_all_violations_are_listed():
    class Bad(Walk):
        observe = with_parents(lambda n: np.zeros(n, np.int64))
        step = stepping(rewards=lambda s: s.rewards * np.nan, truncated=lambda s: s.terminated | s.truncated)

    with pytest.raises(EpisodesCheckError) as raised:
        check_episodes(Bad())
    assert len(str(raised.value).splitlines()) == 5
