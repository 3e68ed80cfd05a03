import numpy as np
import pytest

from coplug.errors import UsageError
from coplug.problems.bit_sequence import BLOCKS, BitSequence
from coplug.testing import check_dag


@pytest.mark.parametrize("arguments", [{"n_bits": 8, "word_bits": 1}, {"n_bits": 24, "word_bits": 4}])
def test_it_keeps_its_contract(arguments):
    check_dag(BitSequence(**arguments))


def test_words_are_written_at_both_ends():
    dag = BitSequence(n_bits=8, word_bits=2)
    states = dag.initial(1)
    for action in (1, 4 + 2, 3):  # append 01, prepend 10, append 11
        states = dag.step(states, np.array([action]))
    assert states.tolist() == [[2, 1, 3, -1]]
    assert np.flatnonzero(dag.backward_mask(states)[0]).tolist() == [3, 4 + 2]
    assert dag.backward_step(states, np.array([6])).tolist() == [[1, 3, -1, -1]]
    whole = dag.step(states, np.array([0]))
    assert dag.bits(whole).astype(int).tolist() == [[1, 0, 0, 1, 1, 1, 0, 0]]
    assert dag.forward_mask(whole).sum() == 1


def test_rewards_fall_with_the_distance_to_the_nearest_mode():
    dag = BitSequence(n_bits=16, word_bits=8, n_modes=3, beta=4.0)
    words = np.array(
        [
            [int("".join("01"[bit] for bit in half), 2) for half in mode.reshape(2, 8)]
            for mode in dag.modes * 1
        ]
    )
    assert dag.log_reward(words).tolist() == [0.0, 0.0, 0.0]
    assert {format(word, "08b") for word in words.ravel()} <= set(BLOCKS)
    assert dag.log_reward(words[:1] ^ np.array([1, 0]))[0] == pytest.approx(-4.0 / 16)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_bits": 12}, "12 bits in words of 4 do not fit"),
        ({"word_bits": 3}, "40 bits in words of 3 do not fit"),
        ({"beta": 0.0}, "beta 0.0, seed 0 are out of range"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(UsageError, match=message):
        BitSequence(**arguments)
