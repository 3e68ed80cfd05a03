"""The same program under other names and in another order, so that nothing can be recognised by them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coplug.problems.milp.instance import MilpInstance


def shuffled(instance: MilpInstance, rng: np.random.Generator) -> MilpInstance:
    """Return an instance with rows and columns in a random order, called ``r1..`` and ``v1..`` in that order."""
    rows, columns = rng.permutation(instance.n_rows), rng.permutation(instance.n_columns)
    return replace(
        instance,
        objective=instance.objective[columns],
        matrix=instance.matrix[rows][:, columns],
        row_lhs=instance.row_lhs[rows],
        row_rhs=instance.row_rhs[rows],
        lower=instance.lower[columns],
        upper=instance.upper[columns],
        integral=instance.integral[columns],
        variable_names=tuple(f"v{j + 1}" for j in range(instance.n_columns)),
        row_names=tuple(f"r{i + 1}" for i in range(instance.n_rows)),
    )
