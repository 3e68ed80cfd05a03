"""Observations: contexts, the decisions that were taken in them, and costs where these are known."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.extras import install_command
from coplug.problems.contextual_lp.program import LinearProgram

Float = NDArray[np.float64]

SUFFIXES = (".npz", ".csv", ".parquet")
LARGEST = 1e20
"""Solvers take what is larger for infinite."""

COST = "cost:"
"""What a column's name begins with that holds the cost of a variable."""


@dataclass(frozen=True, eq=False)
class Observations:
    """A sample a row.

    Attributes
    ----------
    contexts : float64, shape (n, p)
    decisions : float64, shape (n, n_columns), or None
    costs : float64, shape (n, n_columns), or None
    context_names : tuple of str
        ``z1``, ``z2``, ... where the file has none.
    """

    contexts: Float
    decisions: Float | None
    costs: Float | None
    context_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.contexts)

    def part(self, rows: NDArray[np.int64]) -> Observations:
        """Return some samples."""
        return replace(
            self,
            contexts=self.contexts[rows],
            decisions=None if self.decisions is None else self.decisions[rows],
            costs=None if self.costs is None else self.costs[rows],
        )

    def chosen(self, what: str) -> Float:
        """Return the decisions.

        Raises
        ------
        UsageError
            If there are none.
        """
        if self.decisions is None:
            raise UsageError(
                f"{what} needs decisions, and the data has none; add 'decisions', or costs to solve for"
            )
        return self.decisions

    def known_costs(self, what: str) -> Float:
        """Return the costs.

        Raises
        ------
        UsageError
            If there are none.
        """
        if self.costs is None:
            raise UsageError(
                f"{what} needs costs, and the data has none; method=mom and method=cilp learn from decisions alone"
            )
        return self.costs


def observations(
    program: LinearProgram,
    contexts: Any,
    decisions: Any = None,
    costs: Any = None,
    *,
    context_names: tuple[str, ...] = (),
    what: str = "data",
) -> Observations:
    """Return checked observations of arrays.

    Parameters
    ----------
    program : LinearProgram
    contexts : array, shape (n, p)
    decisions, costs : array, shape (n, n_columns), optional
        Variables in the order of the program.
    context_names : tuple of str, optional
    what : str
        What they come from, for messages.

    Raises
    ------
    InstanceError
        If a shape does not fit, or a value is not finite, or beyond 1e20.
    """
    at = _matrix(contexts, "contexts", what)
    found: dict[str, Float | None] = {"decisions": None, "costs": None}
    for name, given in (("decisions", decisions), ("costs", costs)):
        if given is None:
            continue
        values = _matrix(given, name, what)
        if values.shape != (len(at), program.n_columns):
            raise InstanceError(
                f"{what}: {name} have shape {values.shape}, expected ({len(at)}, {program.n_columns}): "
                "a row for each context, a column for each variable of the model"
            )
        found[name] = values
    names = context_names or tuple(f"z{k + 1}" for k in range(at.shape[1]))
    return Observations(at, found["decisions"], found["costs"], names)


def read_observations(path: Path, program: LinearProgram) -> Observations:
    """Read a file.

    - ``.npz``: arrays ``contexts`` (n, p), and ``decisions`` and ``costs`` (n, n_columns) if there are.
    - ``.csv`` and ``.parquet``: a column named as a variable of the model holds its decision, one named ``cost:`` and
      the variable its cost; all other columns are contexts. Of decisions, and of costs, there are all or none.

    Raises
    ------
    InstanceError
        If it is missing, damaged, or does not fit the program.
    UsageError
        If its suffix is another, or pyarrow is missing.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path}: expected data in {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise InstanceError(f"{path} does not exist")
    if path.suffix.lower() == ".npz":
        arrays = _arrays(path)
        return observations(
            program, arrays["contexts"], arrays.get("decisions"), arrays.get("costs"), what=str(path)
        )
    names, values = _csv(path) if path.suffix.lower() == ".csv" else _parquet(path)
    return _of_columns(path, program, names, values)


def _of_columns(path: Path, program: LinearProgram, names: list[str], values: Float) -> Observations:
    if len(set(names)) < len(names):
        raise InstanceError(f"{path}: a column name occurs twice; give each column its own")
    places = {name: k for k, name in enumerate(names)}
    parts: dict[str, Any] = {}
    for key, prefix in (("decisions", ""), ("costs", COST)):
        wanted = [f"{prefix}{name}" for name in program.variable_names]
        there = [name for name in wanted if name in places]
        if there and len(there) < len(wanted):
            missing = next(name for name in wanted if name not in places)
            raise InstanceError(
                f"{path}: column {missing!r} is missing; expected all {key} of the model, or none"
            )
        parts[key] = values[:, [places[name] for name in wanted]] if there else None
    taken = {f"{prefix}{name}" for name in program.variable_names for prefix in ("", COST)}
    others = [name for name in names if name not in taken]
    strange = [name for name in others if name.startswith(COST)]
    if strange:
        raise InstanceError(f"{path}: column {strange[0]!r} is the cost of no variable of the model")
    contexts = values[:, [places[name] for name in others]]
    return observations(program, contexts, **parts, context_names=tuple(others), what=str(path))


def _matrix(given: Any, name: str, what: str) -> Float:
    try:
        if np.iscomplexobj(given):
            raise TypeError("complex")
        values = np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise InstanceError(f"{what}: {name} are no numbers; expected an array of float64") from error
    if values.ndim != 2 or not values.size:
        raise InstanceError(
            f"{what}: {name} have shape {values.shape}; expected two dimensions, a sample and a column at least"
        )
    bad = np.argwhere(~(np.abs(values) <= LARGEST))
    if len(bad):
        sample, column = (int(k) for k in bad[0])
        raise InstanceError(
            f"{what}: sample {sample} has {values[sample, column]} in column {column} of {name}; "
            "expected finite ones, to 1e20"
        )
    return values


def _arrays(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InstanceError(
            f"{path} is damaged or no .npz file ({error}); write it with numpy.savez"
        ) from error
    if "contexts" not in arrays:
        raise InstanceError(f"{path} has no array 'contexts'; it has {', '.join(arrays) or 'none'}")
    return arrays


def _csv(path: Path) -> tuple[list[str], Float]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InstanceError(f"{path} cannot be read as text in UTF-8 ({error})") from error
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if len(rows) < 2:
        raise InstanceError(f"{path}: expected a line of column names and a line for each sample")
    for number, row in enumerate(rows[1:]):
        if len(row) != len(rows[0]):
            raise InstanceError(f"{path}: sample {number} has {len(row)} columns, expected {len(rows[0])}")
    names = [name.strip() for name in rows[0]]
    return names, np.array([_numbers(path, number, names, row) for number, row in enumerate(rows[1:])])


def _numbers(path: Path, sample: int, names: list[str], row: list[str]) -> list[float]:
    found = []
    for name, text in zip(names, row, strict=True):
        try:
            found.append(float(text))
        except ValueError as error:
            raise InstanceError(
                f"{path}: sample {sample} has {text!r} in column {name!r}; expected a number"
            ) from error
    return found


def _parquet(path: Path) -> tuple[list[str], Float]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise UsageError(f"{path} needs pyarrow: {install_command('lp')}, or write .npz or .csv") from error
    try:
        table = parquet.read_table(path)
        columns = [np.asarray(column.to_numpy(), np.float64) for column in table.columns]
    except (OSError, ValueError, TypeError, ArrowException) as error:
        raise InstanceError(f"{path} is damaged, or holds what is no number ({error})") from error
    return list(table.column_names), np.stack(columns, axis=1)
