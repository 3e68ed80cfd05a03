"""The options and seeds of a reset that do not fit, in every kind of environment."""

import gymnasium
import pytest

import coplug.envs  # noqa: F401 # registers
from coplug.envs.options import checked_options
from coplug.errors import UsageError

NAMES = (
    "IndependentSet-ER20-v0",
    "Extremal16-v0",
    "Branching-v1",
    "PrimalSearch-v1",
    "Configuring-v0",
    "HyperGrid-v0",
    "Knapsack-v0",
    "InfluenceMaximization-v0",
    "GeometricRouting-v0",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [5, "abc", [1], {"nosuch": 1}, {3: 1, "x": 2}])
def test_options_that_do_not_fit_are_one_line(name, options):
    env = gymnasium.make(f"coplug/{name}")
    with pytest.raises(UsageError, match=r"options are a|reset has no option") as raised:
        env.reset(seed=0, options=options)
    assert "\n" not in str(raised.value)
    env.close()


@pytest.mark.parametrize("name", NAMES[:2])
def test_those_of_batches_too(name):
    envs = gymnasium.make_vec(f"coplug/{name}", num_envs=2)
    with pytest.raises(
        UsageError, match=r"options are a int; give a mapping, such as \{'reset_mask': \.\.\.\}"
    ):
        envs.reset(options=5)
    with pytest.raises(UsageError, match="it knows: reset_mask, graph, graphs"):
        envs.reset(options={"nosuch": 1})
    with pytest.raises(UsageError, match=r"seed 1\.5 does not fit"):
        envs.reset(seed=1.5)


def test_batches_name_their_own_options():
    envs = gymnasium.make_vec("coplug/Knapsack-v0", num_envs=2)
    with pytest.raises(UsageError, match=r"reset has no option 'graph'; it knows: reset_mask$"):
        envs.reset(options={"graph": None})


def test_options_that_fit_are_returned():
    assert checked_options(None, ("graph",)) == checked_options({}, ("graph",)) == {}
    assert checked_options({"graph": None}, ("graph",)) == {"graph": None}
