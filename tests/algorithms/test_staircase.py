"""Steps of a staircase are replaced as slices of lists are."""

from __future__ import annotations

import numpy as np
import pytest

from coplug.algorithms.fronts.staircase import put_step


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_a_step_takes_the_place_of_others_or_goes_between(dtype):
    for size in range(5):
        for first in range(size + 1):
            for end in range(first, size + 1):
                x, y = np.zeros(size + 1, dtype), np.zeros(size + 1, dtype)
                x[:size], y[:size] = np.arange(1, size + 1), 10 * np.arange(1, size + 1)
                left, right = x[:size].tolist(), y[:size].tolist()
                left[first:end], right[first:end] = [7], [70]
                now = put_step(x, y, size, first, end, dtype(7), dtype(70))
                assert (x[:now].tolist(), y[:now].tolist()) == (left, right)
