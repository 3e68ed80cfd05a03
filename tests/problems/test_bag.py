import numpy as np
import pytest

from coplug.errors import UsageError
from coplug.problems.bag import Bag
from coplug.testing import check_dag


def test_it_keeps_its_contract():
    check_dag(Bag(n_letters=3, size=4, repeats=2))
    check_dag(Bag(n_letters=2, size=1, repeats=1))


def test_rewards_are_three():
    bag = Bag()
    states = bag.states()
    assert len(states) == 77_520
    assert np.array_equal(bag.index(states[::97]), np.arange(0, len(states), 97))
    full = states[states.sum(axis=1) == 13]
    assert len(full) == 27_132
    reward = np.exp(bag.log_reward(full))
    repeated = (full >= 7).any(axis=1)
    assert np.isclose(reward[~repeated], 0.01).all()
    modes = bag.modes(full)
    assert np.allclose(reward[repeated], np.where(modes[repeated], 30.0, 10.0))
    assert modes.sum() / repeated.sum() == pytest.approx(0.25, abs=0.02)
    assert not np.array_equal(modes, Bag(seed=1).modes(full))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_letters": 1}, "take at least 2 letters"),
        ({"repeats": 14}, "1 <= repeats <= size"),
        ({"mode_share": 0.0}, "mode_share 0.0 is out of range"),
        ({"n_letters": 12, "size": 20}, "there are 225792840 such bags"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(UsageError, match=message):
        Bag(**arguments)
