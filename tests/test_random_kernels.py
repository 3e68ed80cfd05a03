import numpy as np

from coplug.random_kernels import uniform


def test_generator_is_splitmix64():
    # The first outputs for seed 1234567 in the reference implementation (S. Vigna, splitmix64.c).
    random = np.array([1234567], dtype=np.uint64)
    outputs = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [uniform(random) for _ in outputs] == [(x >> 11) * 2.0**-53 for x in outputs]
