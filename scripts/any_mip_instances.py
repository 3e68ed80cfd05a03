"""Generated instances of many kinds, for choosing settings and for judging them; and rows of measurements in files.

Each kind is a family of programs with the parameters under which SCIP takes some seconds. Instances to choose settings
on, and those that they are judged on, are drawn from different seeds; the former are smaller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from csv_rows import append, rows_of

from coplug.families import generate_instances
from coplug.problems.milp.files import write_instance

Row = dict[str, Any]
Parameters = Mapping[str, float | str]

DATA = Path(__file__).parent.parent / "docs" / "data"

JUDGE_SEED, TRAINING_SEED = 2_029, 17
"""Of the series that instances are drawn from."""


@dataclass(frozen=True)
class Kind:
    """A kind of instance: parameters of those that settings are judged on, and chosen on."""

    judge: Parameters
    training: Parameters


KINDS: dict[str, Kind] = {
    "setcover": Kind({"n_rows": 500, "n_columns": 1000}, {"n_rows": 300, "n_columns": 500}),
    "auctions": Kind({"n_items": 150, "n_bids": 600}, {"n_items": 100, "n_bids": 400}),
    "facilities": Kind({"n_customers": 60, "n_facilities": 60}, {"n_customers": 30, "n_facilities": 30}),
    "independent_set": Kind({"n_nodes": 500}, {"n_nodes": 350}),
    "multiple_knapsack": Kind({"n_items": 60, "n_knapsacks": 6}, {"n_items": 40, "n_knapsacks": 4}),
    "generalised_assignment": Kind({"n_agents": 5, "n_jobs": 30}, {"n_agents": 4, "n_jobs": 24}),
    "lot_sizing": Kind({"n_items": 10, "n_periods": 20}, {"n_items": 6, "n_periods": 15}),
    "p_median": Kind({"n_sites": 40, "p": 6}, {"n_sites": 25, "p": 5}),
    "network_design": Kind(
        {"n_nodes": 15, "n_arcs": 110, "n_commodities": 15},
        {"n_nodes": 10, "n_arcs": 60, "n_commodities": 10},
    ),
    "bin_packing": Kind({"n_items": 24}, {"n_items": 18}),
    "job_shop": Kind({"n_jobs": 6, "n_machines": 6}, {"n_jobs": 5, "n_machines": 5}),
    "max_cut": Kind({"n_nodes": 55}, {"n_nodes": 42}),
    "quadratic_assignment": Kind({"n_rows": 2, "n_columns": 4}, {"n_rows": 1, "n_columns": 7}),
    "unit_commitment": Kind({"n_units": 16}, {"n_units": 8}),
}

HARD_TO_BEGIN: dict[str, Parameters] = {
    "item_placement": {},
    "load_balancing": {},
    "generalised_assignment": {"n_agents": 20, "n_jobs": 100},
    "lot_sizing": {"n_items": 30, "n_periods": 40, "utilisation": 0.97},
    "p_median": {"n_sites": 120, "p": 12, "load": 0.97},
    "network_design": {"n_nodes": 40, "n_arcs": 240, "n_commodities": 100},
    "bin_packing": {"n_items": 120},
    "unit_commitment": {"n_units": 60},
}
"""Parameters under which SCIP's first solution may take a while, for the primal integral."""


def draw(kind: str, parameters: Parameters, seed: int, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield names and files of a kind's instances, one after the other; files that are there are not written again."""
    folder.mkdir(parents=True, exist_ok=True)
    for drawn in generate_instances(kind, 1_000, seed, parameters=parameters):
        path = folder / f"{drawn.name}-{seed}.mps.gz"
        if not path.exists():
            write_instance(drawn.instance, path)
        yield path.name.removesuffix(".mps.gz"), path


def training_set(count: int, folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield kind, name and file of ``count`` instances of each kind to choose settings on."""
    series = {name: draw(name, kind.training, TRAINING_SEED, folder) for name, kind in KINDS.items()}
    for _ in range(count):
        for kind, instances in series.items():
            for name, path in islice(instances, 1):
                yield kind, name, path


class Rows:
    """Rows of a CSV file that grows; what is there is not measured again.

    Parameters
    ----------
    path : Path
    keys : iterable of str
        Columns that say which measurement a row is.
    """

    def __init__(self, path: Path, keys: Iterable[str]) -> None:
        self._path = path
        self._keys = tuple(keys)
        self.rows: list[Row] = list(rows_of(path))
        self._there = {self._key(row) for row in self.rows}

    def has(self, **what: Any) -> bool:
        """Tell whether a measurement is there."""
        return self._key(what) in self._there

    def add(self, row: Row) -> None:
        """Append a row, in the file too."""
        append(self._path, row)
        self.rows.append({name: str(value) for name, value in row.items()})
        self._there.add(self._key(row))
        print(", ".join(f"{name} {value}" for name, value in row.items() if len(str(value)) < 60), flush=True)

    def _key(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(row[name]) for name in self._keys)
