"""Node states to try policies on: synthetic ones, and solves of small instances."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.node import COLUMN_FEATURES, N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.families import family_names, generate_instances, load_family
from coplug.problems.milp.files import PROGRAMS, write_instance
from coplug.scip.settings import ParameterValue, apply_parameters
from coplug.scip.solve import open_model

SMALL_SIZE = "tiny"

MANY_NODES: dict[str, ParameterValue] = {
    "presolving/maxrounds": 0,
    "separating/maxroundsroot": 1,
    "limits/nodes": 12,
    "limits/time": 60.0,
}
"""Makes SCIP branch on the small instances, but not for long."""

_BINARY = COLUMN_FEATURES.index("is_type_binary")
_FRACTION = COLUMN_FEATURES.index("solution_frac")
_INCUMBENT = [COLUMN_FEATURES.index(name) for name in ("incumbent_value", "average_incumbent_value")]


@dataclass
class Node:
    """A state with candidates, as a policy gets them; ``label`` is a phrase such as "a node of setcover"."""

    label: str
    state: NodeState
    candidates: NDArray[np.int32]


def synthetic_nodes(seed: int) -> Iterator[Node]:
    """Yield nodes at the edges of what SCIP can give."""
    sizes = {
        "one row": (6, 1, 3),
        "no rows": (5, 0, 2),
        "one candidate": (8, 4, 1),
        "many columns and rows": (3000, 2000, 400),
        "an incumbent": (40, 20, 10),
    }
    for number, (label, (n_columns, n_rows, n_candidates)) in enumerate(sizes.items()):
        rng = np.random.default_rng([seed, number])
        state = _state(rng, n_columns, n_rows, structure=number + 1)
        if label == "an incumbent":
            state.column_features[:, _INCUMBENT] = rng.integers(0, 2, (n_columns, 2))
        candidates = np.sort(rng.choice(n_columns, n_candidates, replace=False)).astype(np.int32)
        yield Node(f"a node with {label}", state, candidates)


def _state(rng: np.random.Generator, n_columns: int, n_rows: int, structure: int) -> NodeState:
    """Draw binary columns without an incumbent, and rows of up to eight unit coefficients."""
    columns = np.zeros((n_columns, N_COLUMN_FEATURES))
    columns[:, 0] = rng.uniform(0.0, 1.0, n_columns)
    columns[:, _BINARY] = 1.0
    columns[:, _FRACTION] = rng.uniform(0.05, 0.95, n_columns)
    columns[:, _INCUMBENT] = np.nan
    lengths = rng.integers(1, min(n_columns, 8) + 1, n_rows)
    edges = [np.sort(rng.choice(n_columns, length, replace=False)) for length in lengths]
    return NodeState(
        column_features=columns,
        row_features=rng.uniform(-1.0, 1.0, (n_rows, N_ROW_FEATURES)),
        row_ptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        edge_columns=np.concatenate([np.empty(0, np.int32), *edges]).astype(np.int32),
        edge_values=1.0 / np.sqrt(np.repeat(lengths, lengths).astype(np.float64)),
        structure=structure,
    )


def shipped_families() -> list[str]:
    """Return the families of coplug that have small instances."""
    classes = {name: load_family(name) for name in family_names(PROGRAMS)}
    return [
        name for name, c in classes.items() if c.__module__.startswith("coplug.") and SMALL_SIZE in c.sizes
    ]


@contextmanager
def small_model(family: str, seed: int) -> Iterator[pyscipopt.Model]:
    """Draw a small instance of a family and read it into SCIP, ready to branch."""
    (drawn,) = generate_instances(family, 1, seed, SMALL_SIZE)
    with tempfile.TemporaryDirectory(prefix="coplug-") as folder:
        path = Path(folder) / f"{drawn.name}.lp"
        write_instance(drawn.instance, path)
        with open_model(path) as model:
            apply_parameters(model, MANY_NODES)
            yield model
