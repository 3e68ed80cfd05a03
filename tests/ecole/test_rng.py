import copy
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.ecole.rng import RandomGenerator, seed, spawn_random_generator

seeds = st.integers(RandomGenerator.min_seed, RandomGenerator.max_seed)


def test_numbers_are_those_of_the_cpp_standard():
    rng = RandomGenerator()
    assert rng() == 3499211612
    rng.discard(9998)
    assert rng() == 4123659995  # [rand.predef]: the 10000th number of the default seed


def test_default_seed_is_that_of_the_cpp_standard():
    assert RandomGenerator() == RandomGenerator(5489)
    rng = RandomGenerator(1)
    rng.seed()
    assert rng == RandomGenerator()


def test_numbers_are_python_integers_of_32_bits():
    rng = RandomGenerator(3)
    numbers = [rng() for _ in range(2000)]
    assert all(type(number) is int and 0 <= number <= RandomGenerator.max_seed for number in numbers)
    assert max(numbers) >= 2**31


@settings(max_examples=50, deadline=None)
@given(seed=seeds, n=st.integers(0, 2000))
def test_discard_is_as_many_calls(seed, n):
    skipped, called = RandomGenerator(seed), RandomGenerator(seed)
    skipped.discard(n)
    for _ in range(n):
        called()
    assert skipped == called


@settings(max_examples=50, deadline=None)
@given(seed=seeds, n=st.integers(0, 2000))
def test_seed_starts_over(seed, n):
    rng = RandomGenerator(seed)
    rng.discard(n)
    rng.seed(seed)
    assert rng == RandomGenerator(seed)


@pytest.mark.parametrize("value", [-1, 2**32, 2**64])
def test_seed_out_of_range_is_refused(value):
    for act in (RandomGenerator, RandomGenerator().seed, seed):
        with pytest.raises(ValueError, match=rf"seed {value} is out of range; take it in 0\.\.4294967295"):
            act(value)


@pytest.mark.parametrize("value", [RandomGenerator.min_seed, RandomGenerator.max_seed, np.uint32(7)])
def test_seed_in_range_is_taken(value):
    assert RandomGenerator(value) == RandomGenerator(int(value))


def test_negative_discard_is_refused():
    with pytest.raises(ValueError, match="cannot discard -1 numbers"):
        RandomGenerator().discard(-1)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda rng: pickle.loads(pickle.dumps(rng))])
def test_copy_goes_on_from_the_same_state_on_its_own(duplicate):
    rng = RandomGenerator(42)
    rng.discard(1000)
    twin = duplicate(rng)
    assert twin == rng
    assert twin is not rng
    first = twin()
    assert twin != rng
    assert rng() == first
    assert twin == rng


def test_other_objects_are_not_equal():
    assert RandomGenerator() != 5489


def test_generator_is_not_hashable():
    with pytest.raises(TypeError, match="unhashable"):
        hash(RandomGenerator())


def test_random_state_draws_from_the_same_stream():
    rng, twin = RandomGenerator(9), RandomGenerator(9)
    words = rng.random_state.randint(0, 2**32, size=5, dtype=np.uint32)
    assert words.tolist() == [twin() for _ in range(5)]
    assert rng == twin
    assert rng.random_state.randint(2**32, dtype=np.uint32) == twin()


def test_random_state_is_numpys_own_for_the_seed():
    assert RandomGenerator(4).random_state.rand(7).tolist() == np.random.RandomState(4).rand(7).tolist()


def test_random_state_holds_no_normal_variate_back():
    rng = RandomGenerator(4)
    rng.random_state.standard_normal()
    rng.seed(4)
    assert rng.random_state.standard_normal() == np.random.RandomState(4).standard_normal()


@settings(max_examples=100, deadline=None)
@given(bounds=st.tuples(*[st.integers(-(2**63), 2**63 - 1)] * 2).map(sorted), seed=seeds)
def test_integer_is_within_its_bounds(bounds, seed):
    number = RandomGenerator(seed).integer(*bounds)
    assert type(number) is int
    assert bounds[0] <= number <= bounds[1]


def test_integer_reaches_both_bounds():
    rng = RandomGenerator(0)
    assert {rng.integer(-1, 2) for _ in range(200)} == {-1, 0, 1, 2}


def test_integer_of_no_range_is_refused():
    with pytest.raises(ValueError, match=r"no integer in 3\.\.2"):
        RandomGenerator().integer(3, 2)


@pytest.fixture
def _source_left_unseeded():
    yield
    seed(random.SystemRandom().getrandbits(32))


@pytest.mark.usefixtures("_source_left_unseeded")
def test_spawned_generators_depend_on_the_seed_and_their_number():
    series = {}
    for value in (0, 2):
        seed(value)
        series[value] = [spawn_random_generator() for _ in range(3)]
    seed(0)
    assert [spawn_random_generator() for _ in range(3)] == series[0]
    first_numbers = {rng() for spawned in series.values() for rng in spawned}
    assert len(first_numbers) == 6


def test_spawned_generators_differ_without_a_seed():
    assert spawn_random_generator() != spawn_random_generator()


def test_spawned_generators_differ_among_threads():
    with ThreadPoolExecutor(8) as threads:
        spawned = list(threads.map(lambda _: spawn_random_generator()(), range(200)))
    assert len(set(spawned)) == 200


@pytest.mark.usefixtures("_source_left_unseeded")
def test_other_global_generators_are_left_alone():
    before = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002 - it is what is watched
    seed(1)
    spawn_random_generator()()
    after = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    assert before[0] == after[0]
    assert (before[1][0] == after[1][0]).all()
    assert before[1][1] == after[1][1]
