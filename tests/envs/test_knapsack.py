"""Filling knapsacks item by item."""

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

import coplug.envs  # noqa: F401 # registers
from coplug.envs.knapsack.environment import KnapsackEnv
from coplug.errors import UsageError
from coplug.problems.knapsack.instance import Knapsack
from coplug.testing import check_env

SMALL = Knapsack(np.array([[10, 7, 6, 1]]), np.array([[5, 4, 4, 9]]), np.array([8]))


@pytest.mark.parametrize("name", ["Knapsack-v0", "MultiObjectiveKnapsack-v0", "MultipleKnapsack-v0"])
def test_every_id_passes_the_checker(name):
    check_env(f"coplug/{name}")


def play(env, choose, seed=0):
    rng = np.random.default_rng(seed)
    observation, info = env.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        observation, reward, over, _, info = env.step(choose(env, observation, rng))
        total += reward
    return total, info


def test_an_episode_by_hand():
    env = KnapsackEnv(SMALL)
    observation, info = env.reset(seed=0)
    assert info["action_mask"].tolist() == [1, 1, 1, 0]
    assert observation["weights"].tolist() == [[0.625, 0.5, 0.5, 1.0]]
    observation, reward, over, _, info = env.step(1)
    assert (reward, over, info["objectives"].tolist()) == (7.0, False, [7.0])
    assert info["action_mask"].tolist() == [0, 0, 1, 0]
    assert observation["room"].tolist() == [[0.5]]
    with pytest.raises(InvalidAction):
        env.step(0)
    _, reward, over, _, _ = env.step(2)
    assert (reward, over, env.chosen.tolist()) == (6.0, True, [0, 1, 1, 0])
    with pytest.raises(ResetNeeded):
        env.step(0)


def test_columns_of_observations_are_actions():
    env = KnapsackEnv(SMALL, n_knapsacks=2)
    env.reset(seed=0)
    observation, *_ = env.step(4 + 1)  # item 1 into the second knapsack
    assert np.allclose(observation["profits"], [[1.0, 0.7, 0.6, 0.1] * 2])
    assert observation["weights"].tolist() == [[0.625, 0.5, 0.5, 1.0] * 2]
    assert observation["inside"].tolist() == [0, 0, 0, 0, 0, 1, 0, 0]
    assert observation["room"].tolist() == [[1.0], [0.5]]
    assert env.chosen.tolist() == [0, 2, 0, 0]


def test_baselines():
    env = KnapsackEnv(SMALL)
    assert play(env, env.baselines["greedy"])[0] == 10.0
    assert play(env, env.baselines["exact"])[0] == 13.0


@pytest.mark.parametrize("weights", [None, [1.0, 0.25]])
def test_exact_is_best_in_several_knapsacks_with_several_objectives(weights):
    knapsack = Knapsack(
        np.array([[5, 4, 3, 2], [1, 6, 2, 8]]), np.array([[4, 3, 2, 5], [1, 2, 3, 1]]), np.array([5, 4])
    )
    env = KnapsackEnv(knapsack, n_knapsacks=2, weights=weights)
    total, info = play(env, env.baselines["exact"])
    own = np.ones(2) if weights is None else np.array(weights)
    best = 0.0
    for where in np.ndindex(3, 3, 3, 3):
        inside = np.array(where)
        loads = [knapsack.weights[:, inside == k].sum(axis=1) for k in (1, 2)]
        if all((load <= knapsack.capacities).all() for load in loads):
            best = max(best, float(own @ knapsack.profits[:, inside > 0].sum(axis=1)))
    assert total == pytest.approx(best)
    assert own @ info["objectives"] == pytest.approx(total)


def test_instances_are_drawn_by_the_seed():
    env = gymnasium.make("coplug/Knapsack-v0", size="tiny").unwrapped
    first, _ = env.reset(seed=1)
    other, _ = env.reset(seed=2)
    again, _ = env.reset(seed=1)
    assert np.array_equal(first["profits"], again["profits"])
    assert not np.array_equal(first["profits"], other["profits"])
    given, _ = env.reset(options={"knapsack": env.knapsack})
    assert np.array_equal(given["profits"], again["profits"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"instances": 3}, "is no knapsack"),
        ({"instances": []}, "is no knapsack"),
        ({"instances": SMALL, "size": "tiny"}, "are for a family"),
        ({"instances": "setcover"}, "draws programs, not knapsacks"),
        ({"instances": SMALL, "n_knapsacks": 0}, "n_knapsacks 0"),
        ({"instances": SMALL, "weights": [1.0, 2.0]}, "give 1 numbers"),
        ({"instances": SMALL, "weights": [float("nan")]}, "give 1 numbers"),
        ({"instances": Knapsack(np.array([[1]]), np.array([[3]]), np.array([2]))}, "no item that fits"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, reason):
    with pytest.raises(UsageError, match=reason):
        KnapsackEnv(**arguments)


def test_another_shape_is_refused():
    env = KnapsackEnv(SMALL)
    with pytest.raises(UsageError, match="1 objectives, 4 items and 1 constraints"):
        env.reset(options={"knapsack": Knapsack(np.array([[1]]), np.array([[1]]), np.array([2]))})
    with pytest.raises(UsageError, match="no option 'graph'"):
        env.reset(options={"graph": SMALL})


def test_text():
    env = KnapsackEnv(SMALL, render_mode="ansi")
    env.reset()
    env.step(1)
    assert env.render() == "[7.0] so far\nknapsack 1: items [1], room [4]"


def replayed(single, observation, knapsack):
    """Start a single environment with the instance that a batch shows."""
    own, info = single.reset(options={"knapsack": knapsack})
    for name in ("profits", "weights", "inside", "room"):
        assert own[name] == pytest.approx(observation[name])
    return info


@pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP", "DISABLED"])
def test_a_batch_does_what_single_environments_do(mode):
    rng = np.random.default_rng(0)
    knapsacks = [
        Knapsack(rng.integers(1, 9, (2, 6)), rng.integers(1, 9, (2, 6)), np.array([9, 12])) for _ in range(3)
    ]
    envs = gymnasium.make_vec(
        "coplug/MultiObjectiveKnapsack-v0",
        num_envs=4,
        instances=knapsacks,
        n_knapsacks=2,
        weights=[1.0, 0.5],
        autoreset_mode=gymnasium.vector.AutoresetMode[mode],
    )
    singles = [KnapsackEnv(knapsacks, n_knapsacks=2, weights=[1.0, 0.5]) for _ in range(4)]
    envs.action_space.seed(1)
    seen, infos = envs.reset(seed=3)
    shares = [knapsack.profits / knapsack.profits.max(axis=1, keepdims=True) for knapsack in knapsacks]

    def begin(i):
        at = next(k for k in range(3) if np.allclose(np.tile(shares[k], 2), seen["profits"][i]))
        replayed(singles[i], {name: seen[name][i] for name in seen}, knapsacks[at])

    for i in range(4):
        begin(i)
    over = np.zeros(4, bool)
    for _ in range(40):
        if mode == "DISABLED" and over.any():
            seen, infos = envs.reset(options={"reset_mask": over})
            for i in np.flatnonzero(over):
                begin(i)
        started = over.copy()
        actions = envs.action_space.sample()
        seen, rewards, terminated, _, infos = envs.step(actions)
        for i in range(4):
            if mode == "NEXT_STEP" and started[i]:
                begin(i)
                continue
            own, reward, ended, _, info = singles[i].step(actions[i])
            assert (reward, ended) == (rewards[i], terminated[i])
            if mode == "SAME_STEP" and ended:
                assert infos["final_obs"][i]["room"] == pytest.approx(own["room"])
                assert infos["final_info"]["objectives"][i].tolist() == info["objectives"].tolist()
                begin(i)
                continue
            assert own["room"] == pytest.approx(seen["room"][i])
            assert infos["action_mask"][i].tolist() == info["action_mask"].tolist()
            assert infos["objectives"][i].tolist() == info["objectives"].tolist()
        over = terminated.copy()


def test_a_batch_draws_as_the_family_does():
    envs = gymnasium.make_vec("coplug/Knapsack-v0", num_envs=50, parameters={"n_items": 40, "largest": 10})
    seen, infos = envs.reset(seed=0)
    again, _ = envs.reset(seed=0)
    assert np.array_equal(seen["profits"], again["profits"])
    values = np.rint(seen["profits"] * 10).astype(int)
    assert set(np.unique(values)) == set(range(1, 11))
    assert infos["action_mask"].all()
    loads = seen["weights"].sum(axis=2)
    assert loads == pytest.approx(2.0, abs=0.02)


def test_a_batch_refuses_other_families():
    class Other:
        def generate(self, rng):
            return SMALL

    with pytest.raises(UsageError, match="vectorization_mode='sync'"):
        gymnasium.make_vec("coplug/Knapsack-v0", num_envs=2, instances=Other())
