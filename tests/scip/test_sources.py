import itertools
import shutil

import pyscipopt
import pytest

from coplug.ecole.instance import CombinatorialAuctionGenerator
from coplug.ecole.rng import RandomGenerator
from coplug.ecole.scip import Model
from coplug.errors import CoplugError, InstanceError, UsageError
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.scip.sources import as_source
from tests.envs.samples import (
    BRANCHING,
    CONFIGURING,
    IDS,
    INSTANCES,
    PRIMAL_SEARCH,
    ROOT_IS_OPEN,
    make,
    play,
    triangle,
    trivial,
)

TINY = INSTANCES / "setcover-tiny-0001.lp"
AUCTION = CombinatorialAuction(n_items=20, n_bids=60)


def pyscipopt_triangle():
    model = pyscipopt.Model()
    model.hideOutput()
    x, y, z = (model.addVar(vtype="B", obj=-1.0, name=name) for name in "xyz")
    model.addCons(x + y <= 1)
    model.addCons(y + z <= 1)
    model.addCons(x + z <= 1)
    return model


ONE_INSTANCE = {
    "path": lambda: TINY,
    "text": lambda: str(TINY),
    "ecole model": lambda: Model.from_instance(triangle()),
    "pyscipopt model": pyscipopt_triangle,
    "milp instance": triangle,
    "family": lambda: AUCTION,
    "list": lambda: [TINY, triangle()],
    "tuple of one": lambda: (triangle(),),
    "generator": lambda: CombinatorialAuctionGenerator(n_items=20, n_bids=60, rng=RandomGenerator(1)),
    "iterator": lambda: itertools.cycle([str(TINY), triangle()]),
}


@pytest.mark.parametrize("kind", ONE_INSTANCE)
def test_an_instance_may_be_given_as(kind):
    given = ONE_INSTANCE[kind]()
    env = make(BRANCHING, instance=given, scip_params=ROOT_IS_OPEN)
    for seed in range(2):
        assert play(env, seed=seed, steps=2)[0][1]["action_mask"].any()
    other = make(BRANCHING, max_variables=1000, max_rows=1000, max_edges=30_000, scip_params=ROOT_IS_OPEN)
    for seed in range(2):
        assert play(other, seed=seed, steps=2, instance=given)[0][1]["action_mask"].any()


def test_an_option_is_for_one_episode():
    env = make(CONFIGURING, instance=TINY)
    env.reset(options={"instance": triangle()})
    assert env.model.name == "triangle"
    env.reset()
    assert "setcover" in env.model.name


def test_a_users_model_is_not_changed():
    model = pyscipopt_triangle()
    play(make(BRANCHING, instance=model, scip_params=ROOT_IS_OPEN | {"limits/nodes": 7}))
    assert model.getParam("limits/nodes") == -1
    model.optimize()
    assert model.getObjVal() == pytest.approx(-1.0)


def test_a_users_model_keeps_its_parameters():
    model = pyscipopt_triangle()
    model.setParam("limits/nodes", 7)
    env = make(CONFIGURING, instance=model)
    env.reset(seed=1)
    assert env.model.get_param("limits/nodes") == 7


def test_the_defaults_settings_are_not_for_other_instances():
    env = make(BRANCHING, instance=TINY)
    env.reset(seed=1)
    assert env.model.get_param("presolving/maxrounds") == -1


def test_a_directory_is_drawn_from(tmp_path):
    for name in ("setcover-tiny-0001.lp", "auctions-tiny-0001.lp", "independent_set-tiny-0001.lp"):
        shutil.copy(INSTANCES / name, tmp_path)
    env = make(CONFIGURING, instance=tmp_path)
    first, second = ([_name_after_reset(env, seed) for seed in range(12)] for _ in range(2))
    assert first == second
    assert len(set(first)) == 3


def _name_after_reset(env, seed):
    env.reset(seed=seed)
    return env.model.name


def test_generators_with_a_seed_are_seeded_along():
    generator = CombinatorialAuctionGenerator(n_items=20, n_bids=60)
    env = make(CONFIGURING, instance=generator)
    first = [env.reset(seed=3)[0], env.reset()[0]]
    again = [env.reset(seed=3)[0], env.reset()[0]]
    assert (first[0] == again[0]).all()
    assert (first[1] == again[1]).all()
    assert (first[0] != first[1]).any()


def test_measuring_takes_nothing_from_an_iterator():
    source = as_source(iter([triangle(), trivial()]))
    assert source.first().name == source.first().name == "triangle"
    names = [source.draw(None).name for _ in range(2)]
    assert names == ["triangle", "trivial"]


@pytest.mark.parametrize("name", [BRANCHING, PRIMAL_SEARCH])
def test_a_fixed_instance_may_be_solved_at_reset(name):
    env = make(name, instance=trivial())
    observation, info = env.reset(seed=1)
    assert info["solved_at_reset"]
    assert not info["action_mask"].any()
    assert all(not part.any() for part in observation.values())
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert info["status"] == "optimal"
    assert info["primal_bound"] == pytest.approx(1.0)


def test_solved_at_reset_ignores_any_action():
    env = make(BRANCHING, instance=trivial())
    env.reset(seed=1)
    assert env.step("nonsense")[2]


def test_a_limit_reached_at_reset_truncates():
    env = make(BRANCHING, instance=triangle(), scip_params={"limits/nodes": 0, "presolving/maxrounds": 0})
    assert env.reset(seed=1)[1]["solved_at_reset"]
    assert env.step(0)[2:4] == (False, True)


def test_where_there_are_others_a_solved_instance_is_drawn_again():
    env = make(BRANCHING, instance=[trivial(), triangle()], scip_params=ROOT_IS_OPEN)
    infos = [env.reset(seed=seed)[1] for seed in range(20)]
    assert not any(info["solved_at_reset"] for info in infos)
    assert {info["redraws"] for info in infos} > {0, 1}


def test_after_a_hundred_redraws_the_error_says_so():
    env = make(BRANCHING, instance=[trivial(), trivial()])
    with pytest.raises(InstanceError, match="101 instances in a row were solved without a decision"):
        env.reset(seed=1)


@pytest.mark.parametrize("name", IDS)
def test_an_unreadable_instance_is_one_clear_line(name, tmp_path):
    broken = tmp_path / "broken.lp"
    broken.write_text("Minimize\n obj: x +\nSubject To\n c: x >=\n")
    env = make(name)
    for path in (broken, tmp_path / "missing.lp"):
        with pytest.raises(CoplugError, match=path.name):
            env.reset(options={"instance": path})
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InstanceError, match="holds no file"):
        env.reset(options={"instance": empty})
    play(env, steps=1)


def test_an_iterator_that_ends_says_so():
    env = make(CONFIGURING, instance=iter([triangle()]))
    env.reset(seed=1)
    with pytest.raises(InstanceError, match="has no more"):
        env.reset()


@pytest.mark.parametrize("nothing", [3, [], (), CombinatorialAuction, {"a": 1}])
def test_what_is_no_instance_is_refused(nothing):
    with pytest.raises(UsageError, match="is no instance; give a file"):
        make(CONFIGURING, instance=nothing)
