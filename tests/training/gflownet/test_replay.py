import numpy as np

from coplug.training.gflownet.replay import Replay, ReplaySettings


def filled(**settings):
    replay = Replay(ReplaySettings(**settings), state_width=2)
    objects = np.arange(200).reshape(100, 2)
    for part in range(0, 100, 10):
        replay.add(objects[part : part + 10], np.arange(part, part + 10) * 1.0)
    return replay


def test_oldest_objects_make_room():
    replay = filled(batch_size=500, capacity=25)
    assert len(replay) == 25
    assert replay.draw(np.random.default_rng(0)).min() == 150


def test_share_of_a_batch_comes_from_the_best():
    drawn = filled(batch_size=1000, top_share=0.5, top_fraction=0.1).draw(np.random.default_rng(0))
    assert drawn.shape == (1000, 2)
    assert abs((drawn[:, 0] >= 180).mean() - 0.55) < 0.03


def test_nothing_is_drawn_while_nothing_is_kept():
    assert Replay(ReplaySettings(batch_size=4), 2).draw(np.random.default_rng(0)).shape == (0, 2)


def test_state_gives_the_same_draws():
    replay, other = filled(batch_size=8), Replay(ReplaySettings(batch_size=8), 2)
    other.load_state(replay.state())
    first, second = (r.draw(np.random.default_rng(3)) for r in (replay, other))
    np.testing.assert_array_equal(first, second)
