"""Batches that one compiled call steps, beside single environments that play the same."""

import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode

import coplug.envs  # noqa: F401 # registers
from coplug.errors import UsageError
from coplug.graphs.families.random_graphs import BarabasiAlbert, ErdosRenyi
from coplug.graphs.graph import Graph

SET, EXTREMAL = "coplug/IndependentSet-v1", "coplug/ExtremalGraph-v1"
SMALL = ErdosRenyi(4, 9, 0.4)
CYCLE = Graph.of(5, [(i, (i + 1) % 5) for i in range(5)])
NOTHING = Graph.of(0, [])
VARIANTS = [
    (SET, {"graphs": SMALL}),
    (SET, {"graphs": SMALL, "reductions": "degree-1"}),
    (SET, {"graphs": ErdosRenyi(16, 20, 0.35), "reductions": "all"}),
    (SET, {"graphs": SMALL, "illegal": "penalty"}),
    ("coplug/IndependentSet-v0", {"graphs": SMALL, "reductions": "degree-2"}),
    (EXTREMAL, {"n_nodes": 6, "max_steps": 9}),
    (EXTREMAL, {"n_nodes": 6, "moves": "add"}),
    (EXTREMAL, {"n_nodes": 6, "ban": 3, "target": 5, "forbidden": (3, 5)}),
    (
        EXTREMAL,
        {"n_nodes": 6, "append": True, "start": Graph.of(3, [(0, 1)]), "max_steps": 12, "illegal": "penalty"},
    ),
    ("coplug/ExtremalGraph-v0", {"n_nodes": 5, "max_steps": 7}),
]
N = 5


def batch(name, **arguments):
    return gymnasium.make_vec(name, num_envs=N, vectorization_mode="vector_entry_point", **arguments)


def starts(rng):
    return [SMALL.generate(np.random.RandomState(rng.integers(2**32))) for _ in range(N)]


def fitting(graphs, arguments):
    """Return what of the graphs fits the environment."""
    n = arguments.get("n_nodes", 9)
    return [Graph.of(min(g.n_nodes, n), [e for e in g.edges().tolist() if max(e) < n]) for g in graphs]


def actions_of(envs, rng, penalty):
    """Return random legal actions, and now and then any."""
    masks = envs.action_masks()
    chosen = [rng.choice(np.flatnonzero(mask)) if mask.any() else 0 for mask in masks]
    anything = rng.integers(masks.shape[1], size=N)
    return np.where(penalty & (rng.random(N) < 0.3), anything, chosen)


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize(("name", "arguments"), VARIANTS)
def test_each_environment_does_what_a_single_one_does(name, arguments, mode):
    """The singles get the graphs that the batch has drawn, read off its observations."""
    envs = batch(name, autoreset_mode=mode, **arguments)
    singles = [gymnasium.make(name, **arguments).unwrapped for _ in range(N)]
    rng = np.random.default_rng(3)
    graphs = fitting(starts(rng), arguments)
    seen, info = envs.reset(seed=1, options={"graphs": graphs})
    outcomes = [env.reset(options={"graph": graph}) for env, graph in zip(singles, graphs, strict=True)]
    running, n_ends = np.ones(N, bool), 0
    for _ in range(40):
        for i in np.flatnonzero(running):
            compare(seen, info, i, *outcomes[i])
        actions = actions_of(envs, rng, arguments.get("illegal") == "penalty")
        if mode == AutoresetMode.DISABLED and not running.all():
            with pytest.raises(ResetNeeded, match="no episode is running in environment"):
                envs.step(actions)
            graphs = fitting(starts(rng), arguments)
            seen, info = envs.reset(options={"graphs": graphs, "reset_mask": ~running})
            for i in np.flatnonzero(~running):
                outcomes[i] = singles[i].reset(options={"graph": graphs[i]})
            running[:] = True
            continue
        seen, rewards, terminated, truncated, info = envs.step(actions)
        for i in np.flatnonzero(running):
            observation, reward, *ends, single_info = singles[i].step(actions[i])
            assert (rewards[i], terminated[i], truncated[i]) == (reward, *ends)
            outcomes[i] = observation, single_info
            if any(ends):
                n_ends += 1
                running[i] = False
                if mode == AutoresetMode.SAME_STEP:
                    assert data_equivalence(info["final_obs"][i], observation)
                    compare_info(info["final_info"], i, single_info)
                else:
                    compare(seen, info, i, *outcomes[i])
        if mode != AutoresetMode.DISABLED and not running.any():
            break
    assert n_ends >= N


def compare(seen, info, i, observation, single_info):
    assert data_equivalence({name: np.asarray(values[i]) for name, values in seen.items()}, observation)
    compare_info(info, i, single_info)


def compare_info(info, i, single_info):
    for name, value in single_info.items():
        assert np.array_equal(info[name][i], value), name
        assert info["_" + name][i]


@pytest.mark.parametrize(("name", "arguments"), VARIANTS)
def test_batches_keep_the_interface_of_gymnasiums_vectors(name, arguments):
    envs = batch(name, **arguments)
    sync = gymnasium.make_vec(name, num_envs=N, vectorization_mode="sync", **arguments)
    assert envs.single_observation_space == sync.single_observation_space
    assert envs.observation_space == sync.observation_space
    assert envs.action_space == sync.action_space
    assert envs.single_action_space == sync.single_action_space
    (seen, info), (_, their_info) = envs.reset(seed=0), sync.reset(seed=0)
    assert seen in envs.observation_space
    assert set(info) == set(their_info)
    assert {key: value.dtype for key, value in info.items()} == {
        key: value.dtype for key, value in their_info.items()
    }
    for _ in range(30):
        seen, rewards, terminated, truncated, info = envs.step(envs.action_space.sample())
        assert seen in envs.observation_space
        assert rewards.dtype == np.float64
        assert terminated.dtype == truncated.dtype == bool
    envs.close()
    sync.close()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("coplug/IndependentSet-ER20-v0", {}),
        ("coplug/IndependentSet-RB-tiny-v0", {}),
        (SET, {"graphs": "barabasi_albert", "parameters": {"min_nodes": 6, "max_nodes": 8}}),
        (SET, {"graphs": [CYCLE, Graph.of(3, [])]}),
        (EXTREMAL, {"n_nodes": 6, "start": [CYCLE, Graph.of(6, [(0, 1)])], "max_steps": 4}),
    ],
)
def test_seeds_decide_everything_whatever_the_other_environments_do(name, arguments):
    def run(n, seed):
        envs = gymnasium.make_vec(name, num_envs=n, **arguments)
        result = [envs.reset(seed=seed)]
        for _ in range(40):
            first_legal = envs.action_masks().argmax(axis=1)
            result.append(envs.step(first_legal))
        return result

    assert data_equivalence(run(3, 7), run(3, 7), exact=True)
    assert not data_equivalence(run(3, 7), run(3, 8))
    few, many = run(2, [11, 5]), run(4, [1, 5, 2, 11])
    for one, other in zip(few, many, strict=True):
        for name_, values in one[0].items():
            assert np.array_equal(values, other[0][name_][[3, 1]])
    assert data_equivalence(run(2, 5)[0][0], run(2, [5, 6])[0][0])


def test_a_reset_without_a_seed_goes_on():
    envs = batch("coplug/IndependentSet-ER20-v0")
    first, _ = envs.reset(seed=3)
    second, _ = envs.reset()
    assert not data_equivalence(first, second)
    again, _ = envs.reset(seed=3)
    assert data_equivalence(first, again)
    assert data_equivalence(second, envs.reset()[0])


def test_some_environments_are_reset_and_the_others_stay():
    envs = batch("coplug/IndependentSet-ER20-v0", autoreset_mode="Disabled")
    before, _ = envs.reset(seed=3)
    mask = np.array([True, False, True, False, False])
    after, info = envs.reset(options={"reset_mask": mask})
    same = (before["adjacency"] == after["adjacency"]).all(axis=(1, 2))
    assert same.tolist() == (~mask).tolist()
    assert info["_redraws"].tolist() == mask.tolist()


def test_without_copies_the_arrays_are_the_same_ones():
    envs = batch("coplug/IndependentSet-ER20-v0", copy=False)
    first, _ = envs.reset(seed=0)
    second, *_ = envs.step(envs.action_space.sample())
    assert second["adjacency"] is first["adjacency"]
    copied = batch("coplug/IndependentSet-ER20-v0")
    kept, info = copied.reset(seed=0)
    value, mask = kept["adjacency"].copy(), info["action_mask"].copy()
    copied.step(copied.action_space.sample())
    assert np.array_equal(kept["adjacency"], value)
    assert np.array_equal(info["action_mask"], mask)


def test_samples_are_legal_and_uniform():
    envs = batch("coplug/IndependentSet-ER20-v0")
    _, info = envs.reset(seed=0)
    space = envs.action_space
    space.seed(1)
    masks = np.zeros((N, 20), np.int8)
    masks[:, [3, 17]] = 1
    masks[2] = 0
    drawn = np.array([space.sample(mask=masks) for _ in range(400)])
    assert set(drawn[:, 0]) == {3, 17}
    assert abs((drawn[:, 0] == 3).mean() - 0.5) < 0.1
    assert not drawn[:, 2].any()
    assert np.array_equal(space.seed(1) and space.sample(mask=masks.astype(bool)), drawn[0])
    assert all(info["action_mask"][np.arange(N), space.sample()].all() for _ in range(50))
    assert space.sample(mask=tuple(masks)).shape == (N,)
    with pytest.raises(UsageError, match=r"give int8 or bool of shape \(5, 20\)"):
        space.sample(mask=masks[:2])
    assert pickle.loads(pickle.dumps(space)) == space


def test_graphs_too_large_are_drawn_again_and_counted():
    envs = batch(SET, graphs=ErdosRenyi(4, 9, 0.4), max_nodes=6)
    counts = [envs.reset(seed=seed)[1]["redraws"] for seed in range(20)]
    assert np.max(counts) > 0
    single = gymnasium.make(SET, graphs=ErdosRenyi(4, 9, 0.4), max_nodes=6).unwrapped
    assert max(single.reset(seed=seed)[1]["redraws"] for seed in range(20)) > 0
    for envs in (batch(SET, graphs=ErdosRenyi(7, 9), max_nodes=6), single):
        envs = envs if envs is not single else gymnasium.make(SET, graphs=ErdosRenyi(7, 9), max_nodes=6)
        with pytest.raises(UsageError, match="100 graphs in a row had more than 6 nodes"):
            envs.reset(seed=0)


def test_graphs_without_a_decision_are_drawn_again_or_named():
    sources = {"graphs": [CYCLE, CYCLE], "reductions": "all"}, {"graphs": [NOTHING, NOTHING], "max_nodes": 3}
    for arguments in sources:
        for envs in (batch(SET, **arguments), gymnasium.make(SET, **arguments)):
            with pytest.raises(
                UsageError, match=r"100 graphs in a row .*(solved by the reductions|had no nodes)"
            ):
                envs.reset(seed=0)
    envs = batch(SET, graphs=CYCLE, reductions="all")  # there is no other
    _, info = envs.reset(seed=0)
    assert not info["action_mask"].any()
    _, rewards, terminated, *_ = envs.step(np.zeros(N, int))
    assert rewards.tolist() == [2.0] * N
    assert terminated.all()


def test_a_limit_of_steps_truncates():
    envs = batch("coplug/Extremal16-v0", max_episode_steps=3)
    envs.reset(seed=0)
    outcomes = [envs.step(envs.action_space.sample())[3].tolist() for _ in range(5)]
    assert outcomes == [[False] * N, [False] * N, [True] * N, [False] * N, [False] * N]


def test_a_hundred_illegal_actions_truncate():
    envs = batch(SET, graphs=CYCLE, illegal="penalty")
    single = gymnasium.make(SET, graphs=CYCLE, illegal="penalty")
    envs.reset(seed=0)
    single.reset(seed=0)
    envs.step(np.zeros(N, int))
    single.step(0)
    for k in range(100):
        _, rewards, terminated, truncated, info = envs.step(np.zeros(N, int))
        outcome = single.step(0)
        assert (rewards[0], terminated[0], truncated[0]) == outcome[1:4] == (-1.0, False, k == 99)
        assert info["n_illegal"][0] == outcome[4]["n_illegal"] == k + 1
    with pytest.raises(ResetNeeded):
        single.step(2)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([np.nan] * N, "type float64 do not fit; give integers of shape"),
        ([0] * (N - 1), r"shape \(4,\) and type int64 do not fit"),
        ([2, 2, 9, 2, 2], r"action 9 of environment 2 is none; take an integer in 0\.\.4"),
        ([2, -1, 2, 2, 2], "action -1 of environment 1 is none"),
        ([2, 2, 2, 1, 2], "action 1 of environment 3 is not legal now; take one of the 2"),
        (None, "do not fit"),
    ],
)
def test_wrong_actions_are_named_and_change_nothing(actions, message):
    envs = batch(SET, graphs=CYCLE)
    with pytest.raises(ResetNeeded, match="call reset first"):
        envs.step(np.zeros(N, int))
    envs.reset(seed=0)
    before, *_ = envs.step(np.zeros(N, int))
    with pytest.raises(InvalidAction, match=message):
        envs.step(actions)
    *_, info = envs.step(np.full(N, 2))
    assert info["size"].tolist() == [2] * N
    assert before["size"].tolist() == [[1]] * N


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: batch(SET, observation="graph"), "a batch shows no 'graph'"),
        (lambda: batch(SET, render_mode="ansi"), "a batch is not rendered"),
        (lambda: batch(SET, version=3), "version 3 is unknown"),
        (lambda: batch(SET, autoreset_mode="x"), "choose one of: NextStep, SameStep, Disabled"),
        (lambda: batch(SET, illegal="x"), "illegal 'x' is unknown; choose 'error' or 'penalty'"),
        (lambda: batch(EXTREMAL, max_episode_steps=0), "max_episode_steps 0 is out of range"),
        (lambda: batch(EXTREMAL, n_nodes=1), "1 nodes have no pair"),
        (
            lambda: batch(SET, graphs=CYCLE).reset(options={"graf": 1}),
            "no option 'graf'; it knows: reset_mask",
        ),
        (lambda: batch(SET, graphs=CYCLE).reset(options={"graphs": [CYCLE]}), "give a list of 5 graphs"),
        (lambda: batch(SET, graphs=CYCLE).reset(options={"graph": Graph.of(7, [])}), "7 nodes, more than 5"),
        (lambda: batch(SET, graphs=CYCLE).reset(options={"reset_mask": [1, 0]}), "reset_mask does not fit"),
        (lambda: batch(SET, graphs=CYCLE).reset(options={"graphs": 5}), "give a list of 5 graphs"),
        (lambda: batch(SET, graphs=CYCLE).reset(options=[1]), "options are a list; give a mapping"),
        (lambda: batch(SET, graphs=CYCLE).reset(seed=[1, 2]), "seed .* does not fit"),
        (lambda: batch(SET, graphs=CYCLE).reset(seed=[1.5] * N), "seed .* does not fit"),
        (lambda: batch(SET, graphs=CYCLE).reset(seed=-1), "seed|Seed"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises((UsageError, gymnasium.error.Error), match=message):
        call()


def test_families_that_python_draws_serve_batches_too():
    envs = batch(SET, graphs=BarabasiAlbert(6, 9, 2), autoreset_mode="SameStep")
    envs.reset(seed=0)
    edges = set()
    for _ in range(30):
        _, _, terminated, _, info = envs.step(envs.action_space.sample())
        if terminated.any():
            edges |= {int(final["left"].sum()) for final in info["final_obs"][terminated]}
    assert edges == {0}


def test_a_refused_step_takes_no_graph_from_the_stock():
    def sizes(refused):
        envs = batch(SET, graphs=BarabasiAlbert(6, 9, 2))
        envs.reset(seed=0)
        seen = []
        for _ in range(20):
            if refused:
                with pytest.raises(InvalidAction):
                    envs.step(np.full(N, -1.0))
            if refused and not envs._turns.over.any():
                with pytest.raises(InvalidAction):
                    envs.step(np.full(N, -1))
            seen.append(envs.step(envs.action_masks().argmax(axis=1))[0]["left"])
        return np.array(seen)

    assert np.array_equal(sizes(True), sizes(False))


def test_gymnasiums_wrappers_of_vectors_work():
    envs = batch("coplug/IndependentSet-ER20-v0")
    recorded = gymnasium.wrappers.vector.RecordEpisodeStatistics(envs)
    flat = gymnasium.wrappers.vector.FlattenObservation(recorded)
    observation, _ = flat.reset(seed=0)
    assert observation.shape == (N, 421)
    returns = []
    for _ in range(40):
        *_, info = flat.step(envs.action_space.sample())
        if "episode" in info:
            ended = info["_episode"]
            assert np.array_equal(info["episode"]["r"][ended], info["size"][ended])
            returns += info["episode"]["r"][ended].tolist()
    assert len(returns) > N


def test_async_vectors_in_fresh_processes():
    envs = gymnasium.make_vec(
        "coplug/IndependentSet-ER20-v0",
        num_envs=2,
        vectorization_mode="async",
        vector_kwargs={"context": "spawn"},
    )
    _, info = envs.reset(seed=0)
    for _ in range(12):
        *_, info = envs.step(np.array([mask.argmax() for mask in info["action_mask"]]))
    envs.close()
