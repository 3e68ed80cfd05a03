"""Measure races and early solutions on instances of many kinds, beside SCIP as it comes.

    python scripts/reproduce_any_mip.py select [FILE ...]       # which instances are judged on
    python scripts/reproduce_any_mip.py race|short|primal|auto|kills [FILE ...] [--cells N]
    python scripts/reproduce_any_mip.py table

FILE are further instances, such as those of MIPLIB 3; they are known by their names without suffixes. Each part writes
docs/data/any-mip-PART.csv row by row; rows that are there are not measured again, and ``--cells`` ends a part after so
many new ones. All but ``select`` count wall-clock seconds: run them with nothing else on the machine.

- ``select``: 40 generated instances of the kinds of ``scripts/any_mip_instances.py`` that SCIP as it comes solves in 2
  to 100 CPU seconds, three of a kind at most; of each kind the first ones of its series that fit. Those on which
  ``primal`` is measured: SCIP has no solution after 1 s.
- ``race``: SCIP alone, a race of two, and two SCIPs under different seeds apart from each other; 120 s, two seeds.
- ``short``: the same two on instances that SCIP solves within 1 s, three times each: what a race costs.
- ``primal``: the primal integral over 30 s of SCIP as it comes, with ``--early-solutions``, and with ``--local-mip``,
  which takes a second core and the extra localmip.
- ``auto``: the first setting of the portfolio alone.
- ``kills``: races until in 20 of them a run was killed before they were over; the optimum is compared with that of SCIP
  alone.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

from any_mip_instances import DATA, HARD_TO_BEGIN, JUDGE_SEED, KINDS, Row, Rows, draw
from any_mip_parts import (
    LIMIT_S,
    PRIMAL_METHODS,
    RACE_METHODS,
    WITHOUT_S,
    chosen_alone,
    found_over_time,
    one,
    race,
    race_with_a_kill,
)
from any_mip_table import print_tables

from coplug.scip.messages import free
from coplug.scip.problem import read_model
from coplug.scip.settings import CPU_CLOCK, apply_parameters

COUNT, A_KIND, TRIED = 40, 3, 12
"""Generated instances in all, of a kind, and how many of a kind's series are tried."""

LEAST_S, MOST_S = 2.0, 100.0
SEEDS = (0, 1)
REPEATS = 3
N_KILLS = 20
PARTS = ("select", "race", "short", "primal", "auto", "kills", "table")


class EnoughError(Exception):
    """As many cells as were asked for have been measured."""


class Bench:
    """Instances, and the rows of all parts.

    Parameters
    ----------
    asked : argparse.Namespace
    """

    def __init__(self, asked: argparse.Namespace) -> None:
        self._out: Path = asked.out
        self._folder: Path = asked.folder
        self._files: dict[str, Path] = {path.name.split(".")[0]: path for path in asked.files}
        self._left: int | None = asked.cells
        self.instances = self.rows("instances", "instance")

    def rows(self, part: str, *keys: str) -> Rows:
        """Return the rows of a part."""
        return Rows(self._out / f"any-mip-{part}.csv", keys)

    def add(self, rows: Rows, row: Row) -> None:
        """Keep a row; end the part if there are enough."""
        rows.add(row)
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                raise EnoughError

    def chosen(self, use: str) -> Iterator[tuple[str, str, Path]]:
        """Yield kind, name and file of the instances that are for ``race``, ``short`` or ``primal``."""
        for row in self.instances.rows:
            if use in row["use"].split():
                yield row["kind"], row["instance"], self._file(row)

    def _file(self, row: Row) -> Path:
        kind, name = row["kind"], row["instance"]
        if kind == "file":
            if name not in self._files:
                raise SystemExit(f"{name} is among the instances; name its file")
            return self._files[name]
        path = self._folder / f"{name}.mps.gz"
        if not path.exists():
            for parameters in (KINDS[kind].judge if kind in KINDS else {}, HARD_TO_BEGIN.get(kind, {})):
                for _ in itertools.islice(draw(kind, parameters, JUDGE_SEED, self._folder), TRIED):
                    pass
        return path

    def select(self) -> None:
        """Choose the instances."""
        for name, path in self._files.items():
            if not self.instances.has(instance=name):
                self.add(self.instances, self._looked_at("file", name, path, is_judged=True))
        for kind, parameters in KINDS.items():
            for name, path in itertools.islice(draw(kind, parameters.judge, JUDGE_SEED, self._folder), TRIED):
                if self._taken(kind) >= A_KIND or self._taken() >= COUNT:
                    break
                if not self.instances.has(instance=name):
                    self.add(self.instances, self._looked_at(kind, name, path))
        for kind, hard in HARD_TO_BEGIN.items():
            for name, path in itertools.islice(draw(kind, hard, JUDGE_SEED, self._folder), A_KIND):
                if not self.instances.has(instance=name):
                    self.add(self.instances, self._looked_at(kind, name, path, limit_s=5.0))

    def _taken(self, kind: str = "") -> int:
        generated = (
            row for row in self.instances.rows if row["kind"] != "file" and "race" in row["use"].split()
        )
        return sum(1 for row in generated if kind in ("", row["kind"]))

    def _looked_at(
        self, kind: str, name: str, path: Path, is_judged: bool = False, limit_s: float = MOST_S
    ) -> Row:
        model = read_model(path)
        apply_parameters(model, {"limits/time": limit_s, "timing/clocktype": CPU_CLOCK})
        model.optimize()
        status, time_s = model.getStatus(), model.getSolvingTime()
        solutions = model.getSols()
        first_s = min((model.getSolTime(solution) for solution in solutions), default=limit_s)
        free(model)
        uses = []
        if is_judged or (status == "optimal" and time_s >= LEAST_S):
            uses.append("race")
        if status == "optimal" and time_s < 1.0:
            uses.append("short")
        if first_s > WITHOUT_S:
            uses.append("primal")
        return {
            "kind": kind,
            "instance": name,
            "status": status,
            "time_s": round(time_s, 3),
            "first_s": round(first_s, 3),
            "use": " ".join(uses),
        }

    def race(self) -> None:
        """Measure races."""
        rows = self.rows("race", "instance", "seed", "method")
        for seed, (kind, name, path) in itertools.product(SEEDS, self.chosen("race")):
            for method, solve in RACE_METHODS.items():
                if not rows.has(instance=name, seed=seed, method=method):
                    found = solve(path, seed, LIMIT_S)
                    self.add(rows, {"kind": kind, "instance": name, "seed": seed, "method": method, **found})

    def short(self) -> None:
        """Measure what a race costs where there is nothing to win."""
        rows = self.rows("short", "instance", "repeat", "method")
        for kind, name, path in self.chosen("short"):
            for repeat, (method, solve) in itertools.product(range(REPEATS), (("one", one), ("race", race))):
                if not rows.has(instance=name, repeat=repeat, method=method):
                    found = solve(path, 0)
                    self.add(
                        rows, {"kind": kind, "instance": name, "repeat": repeat, "method": method, **found}
                    )

    def primal(self) -> None:
        """Measure when solutions are found."""
        rows = self.rows("primal", "instance", "seed", "method")
        for seed, (kind, name, path) in itertools.product(SEEDS, self.chosen("primal")):
            for method in PRIMAL_METHODS:
                if not rows.has(instance=name, seed=seed, method=method):
                    found = found_over_time(path, method, seed)
                    self.add(rows, {"kind": kind, "instance": name, "seed": seed, "method": method, **found})

    def auto(self) -> None:
        """Measure the setting that a choice without a race would be."""
        rows = self.rows("auto", "instance", "seed")
        for seed, (kind, name, path) in itertools.product(SEEDS, self.chosen("race")):
            if not rows.has(instance=name, seed=seed):
                self.add(rows, {"kind": kind, "instance": name, "seed": seed, **chosen_alone(path, seed)})

    def kills(self) -> None:
        """Kill single runs of races."""
        rows = self.rows("kills", "instance", "run", "after_s")
        instances = {row["instance"]: float(row["time_s"]) for row in self.instances.rows}
        generator = random.Random(0)
        for number, (kind, name, path) in enumerate(self.chosen("race")):
            if sum(row["killed"] == "True" for row in rows.rows) >= N_KILLS:
                break
            run, share = number % 2 + 1, generator.uniform(0.05, 0.6)
            after_s = round(0.1 + share * min(instances[name], 20.0), 2)
            if not rows.has(instance=name, run=run, after_s=after_s):
                found = race_with_a_kill(path, 0, run, after_s)
                self.add(rows, {"kind": kind, "instance": name, "run": run, "after_s": after_s, **found})


def main() -> None:
    """Measure a part, or print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--cells", type=int, help="end after so many new rows")
    parser.add_argument("--folder", type=Path, default=Path("any-mip"), help="for generated instances")
    parser.add_argument("--out", type=Path, default=DATA)
    asked = parser.parse_args()
    bench = Bench(asked)
    if asked.part == "table":
        print_tables(bench.rows)
        return
    try:
        getattr(bench, asked.part)()
    except EnoughError:
        print(f"{asked.cells} cells")


if __name__ == "__main__":
    main()
