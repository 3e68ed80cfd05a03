"""Costs of linear programs learned from decisions: the paper's figures, PyEPO's cells, speed, inverse programs.

    python scripts/reproduce_mom.py PART [--seeds 3] [--methods NAMES] [--pyepo PYTHON]
    python scripts/reproduce_mom.py PART --table normalised --scale 100

- ``degrees``: figure 1 of Sun, Liu and Li (ICML 2023), shortest paths in a grid of 5 x 5 nodes by degree, 200 samples.
- ``attack``: figures 2 and 6, where the costs of a random half of the samples are multiplied by 1 + 3 u.
- ``knapsack``: figures 3 and 5, fractional knapsacks of 10 items with noise, and of degree 4 by kernels.
- ``online``: figure 7, cumulative regret of online learners over 1,000 samples.
- ``cells``: PyEPO's shortest paths, twelve cells of samples, noise and degree, 1,000 test samples.
- ``items``: a table of the same shape of fractional knapsacks, 20 items and 2 capacities.
- ``speed``: training time beside SPO+, and solves a second beside PyEPO with OR-Tools, which runs in a process of the
  Python that ``--pyepo`` names: ortools and highspy cannot be loaded together.
- ``inverse``: costs of a dense program from 200 decisions, judged at 1,000 other right-hand sides.

Rows go to ``docs/data/contextual-lp-PART.csv``; a row that is there is not measured again. Nothing is tuned on test
samples: strengths and degrees are chosen by held-out decisions of the training samples, or fixed as in the paper.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.problems.contextual_lp.data import Observations, observations
from coplug.problems.contextual_lp.families.drawn import draw_costs
from coplug.problems.contextual_lp.families.knapsacks import ContextualKnapsack
from coplug.problems.contextual_lp.families.networks import grid_program
from coplug.problems.contextual_lp.inverse import inverse_costs
from coplug.problems.contextual_lp.learning import learn
from coplug.problems.contextual_lp.online import OnlineLearner
from coplug.problems.contextual_lp.program import LinearProgram, make_program
from coplug.problems.contextual_lp.regret import evaluate
from coplug.problems.contextual_lp.settings import Settings
from coplug.problems.contextual_lp.solvers import solve_all, solve_sides

Float = NDArray[np.float64]
Row = dict[str, Any]

DATA = Path(__file__).parent.parent / "docs" / "data"
N_TEST = 1000
STRENGTH = 0.01
"""Of the paper's experiments."""


@dataclass(frozen=True)
class Setting:
    """What is measured in a part: cells with what makes their samples, and methods."""

    cells: tuple[Row, ...]
    draw: Callable[[Row, int], tuple[LinearProgram, Observations, Observations]]
    methods: Mapping[str, Callable[[Row], Settings]]


def fixed(method: str, **more: Any) -> Callable[[Row], Settings]:
    """Return settings that do not depend on the cell."""
    return lambda cell: Settings(method=method, **more)


def epochs_of(cell: Row) -> int:
    """Return as many epochs as PyEPO's examples take for few and for many samples."""
    return 100 if cell["samples"] <= 200 else 20


def stepwise(method: str) -> Callable[[Row], Settings]:
    """Return settings of a method that learns step by step."""
    return lambda cell: Settings(method=method, epochs=epochs_of(cell))


def chosen(cell: Row) -> Settings:
    """Return CILP with everything chosen by held-out decisions: strength, degree, and whether bags are averaged."""
    return Settings(method="cilp", predictor="auto", bags=0)


def with_test(
    program: LinearProgram, contexts: Float, costs: Float, n: int
) -> tuple[LinearProgram, Observations, Observations]:
    """Return a program, ``n`` samples to learn from, and the rest to judge by."""
    decisions = solve_all(program, costs).checked("samples")
    data, rows = observations(program, contexts, decisions, costs), np.arange(len(contexts))
    return program, data.part(rows[:n]), data.part(rows[n:])


def pyepo_paths(cell: Row, seed: int) -> tuple[LinearProgram, Observations, Observations]:
    """Draw shortest paths as PyEPO does, training and test samples in one call."""
    program, n = grid_program(5, 5), cell["samples"]
    rng = np.random.RandomState(42 + seed)
    contexts, costs = draw_costs(n + N_TEST, 5, program.n_columns, cell["degree"], cell["noise"], rng)
    return with_test(program, contexts, costs, n)


def pyepo_items(cell: Row, seed: int) -> tuple[LinearProgram, Observations, Observations]:
    """Draw fractional knapsacks with PyEPO's numbers."""
    n = cell["samples"]
    family = ContextualKnapsack(n_samples=n + N_TEST, degree=cell["degree"], noise=cell["noise"])
    drawn = family.generate(np.random.RandomState(42 + seed))
    return with_test(drawn.program, drawn.contexts, drawn.costs, n)


def paper_paths(cell: Row, seed: int) -> tuple[LinearProgram, Observations, Observations]:
    """Draw the paper's shortest paths: six contexts, the last constant, costs ``((B z) / sqrt(6) + 3)^degree + 1``."""
    rng, program, n = np.random.RandomState(1000 + seed), grid_program(5, 5), cell["samples"]
    mixing = rng.binomial(1, 0.5, (program.n_columns, 6))
    contexts = np.hstack([rng.normal(0, 1, (n + N_TEST, 5)), np.ones((n + N_TEST, 1))])
    costs = (contexts @ mixing.T / np.sqrt(6) + 3) ** cell["degree"] + 1
    program, train, test = with_test(program, contexts, costs, n)
    attack = cell.get("attack", 0.0)
    if attack and train.costs is not None:
        half = rng.permutation(n)[: n // 2]
        scale = np.ones((n, 1))
        scale[half, 0] += attack * rng.random(len(half))
        train = replace(train, costs=train.costs * scale)
    return program, train, test


def paper_items(cell: Row, seed: int) -> tuple[LinearProgram, Observations, Observations]:
    """Draw fractional knapsacks of the paper's form: 10 items of random prices, values ``(B z)^degree`` of 5 contexts.

    Contexts are uniform in -1..1 and values may be negative at odd degrees. The budget is half of all prices, and noise
    multiplies values by uniform numbers of ``1 - noise .. 1 + noise``: the paper does not say either.
    """
    rng, n = np.random.RandomState(2000 + seed), cell["samples"]
    prices = rng.randint(1, 1000, 10).astype(np.float64)
    mixing, contexts = rng.binomial(1, 0.5, (10, 5)), rng.uniform(-1, 1, (n + N_TEST, 5))
    values = (contexts @ mixing.T) ** cell["degree"]
    values = values * rng.uniform(1 - cell["noise"], 1 + cell["noise"], values.shape)
    program = make_program(
        "knapsack", prices[None] / 100, np.array([-np.inf]), np.array([prices.sum() / 200]), 1.0, "max"
    )
    return with_test(program, contexts, values, n)


CELLS: tuple[Row, ...] = tuple(
    {"samples": n, "noise": noise, "degree": degree}
    for n in (100, 1000)
    for noise in (0.0, 0.5)
    for degree in (1, 4, 6)
)

TABLE = {
    "least-squares": fixed("least-squares"),
    "ridge": fixed("ridge"),
    "forest": fixed("forest"),
    "spo+": stepwise("spo+"),
    "fenchel-young": stepwise("fenchel-young"),
    "contrastive": stepwise("contrastive"),
    "mom": fixed("mom"),
    "cilp": fixed("cilp"),
    "cilp-auto": chosen,
}

PAPER = {
    "forest": fixed("forest"),
    "least-squares": fixed("least-squares"),
    "ridge": fixed("ridge", strength=0.1),
    "mom": fixed("mom", strength=STRENGTH),
    "cilp": fixed("cilp", strength=STRENGTH),
    "spo+": stepwise("spo+"),
}

PARTS = {
    "degrees": Setting(
        tuple({"samples": 200, "degree": degree} for degree in (1, 2, 4, 6)), paper_paths, PAPER
    ),
    "attack": Setting(
        tuple(
            {"samples": 200, "degree": degree, "attack": attack}
            for degree in (1, 6)
            for attack in (0.0, 0.1, 1.0, 3.0)
        ),
        paper_paths,
        PAPER
        | {
            "mom-radial": fixed("mom", strength=STRENGTH, predictor="radial"),
            "ridge-radial": fixed("ridge", strength=STRENGTH, predictor="radial"),
        },
    ),
    "knapsack": Setting(
        (
            {"samples": 100, "degree": 1, "noise": 0.5},
            {"samples": 2000, "degree": 1, "noise": 0.5},
            {"samples": 500, "degree": 4, "noise": 0.0},
        ),
        paper_items,
        PAPER
        | {
            "mom-polynomial": fixed("mom", strength=1e-3, predictor="polynomial", degree=3),
            "ridge-radial": fixed("ridge", strength=STRENGTH, predictor="radial", landmarks=200),
        },
    ),
    "cells": Setting(CELLS, pyepo_paths, TABLE),
    "items": Setting(CELLS, pyepo_items, TABLE),
}


def measured(setting: Setting, seeds: int, known: list[Row]) -> Iterator[Row]:
    """Yield a row a cell, seed and method that is not known yet."""
    done = {tuple(_text(row.get(key)) for key in (*setting.cells[0], "seed", "method")) for row in known}
    for seed in range(seeds):
        for cell in setting.cells:
            missing = [
                name for name in setting.methods if (*map(_text, cell.values()), str(seed), name) not in done
            ]
            if not missing:
                continue
            program, train, test = setting.draw(cell, seed)
            for name in missing:
                begin_s = time.process_time()
                learned = learn(program, train, setting.methods[name](cell))
                used_s = time.process_time() - begin_s
                found = evaluate(program, learned.predictor, test)
                yield {
                    **cell,
                    "seed": seed,
                    "method": name,
                    "normalised": found.normalised,
                    "relative": found.relative,
                    "by_size": _by_size(found.regret, test),
                    "reproduced": found.reproduced,
                    "train_cpu_s": used_s,
                }


def _text(value: object) -> str:
    """Return a value as it stands in a file of rows."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _by_size(regret: Float | None, test: Observations) -> float:
    """Return the mean of regrets over the Euclidean size of the costs, as the paper's knapsacks have it."""
    if regret is None or test.costs is None:
        return float("nan")
    return float((regret / np.maximum(np.linalg.norm(test.costs, axis=1), 1e-12)).mean())


def online(seeds: int, known: list[Row]) -> Iterator[Row]:
    """Yield the cumulative relative regret of each online learner."""
    done = {(row["rule"], row["seed"]) for row in known}
    for seed in range(seeds):
        program, train, _ = paper_paths({"samples": 1000, "degree": 1}, seed)
        features = np.hstack([np.ones((len(train), 1)), train.contexts])
        for rule, more in {"ftrl": {}, "ogd": {"rate": 0.5}, "perceptron": {}}.items():
            if (rule, str(seed)) in done:
                continue
            learner = OnlineLearner(program, features.shape[1], rule, **more)  # type: ignore[arg-type] # one of the rules
            total = 0.0
            for z, costs, decision in zip(features, train.known_costs(""), train.chosen(""), strict=True):
                taken = solve_all(program, learner.costs(z)[None]).decisions[0]
                total += float(costs @ (taken - decision) / (costs @ decision))
                learner.learn(z, decision)
            yield {"rule": rule, "seed": seed, "cumulative": total}


def inverse(seeds: int, known: list[Row]) -> Iterator[Row]:
    """Yield the share of 1,000 unseen decisions that the costs from 200 decisions reproduce.

    The program: 20 equality rows with coefficients uniform in 0..1, 100 variables with costs uniform in 0.5..1.5, and
    right-hand sides ``A x`` with ``x`` uniform in LEAST..1.
    """
    done = {(row["centre"], row["seed"], row["least"]) for row in known}
    for seed in range(seeds):
        for least in LEAST:
            rng = np.random.default_rng(100 + seed)
            matrix, costs = rng.uniform(0, 1, (20, 100)), rng.uniform(0.5, 1.5, 100)
            sides = rng.uniform(least, 1, (200 + N_TEST, 100)) @ matrix.T
            program = replace(make_program("dense", matrix, sides[0], sides[0]), objective=costs)
            decisions = solve_sides(program, sides).checked("right-hand sides")
            for centre in ("margin", "analytic", "mean"):
                if (centre, str(seed), _text(least)) in done:
                    continue
                begin_s = time.process_time()
                found = inverse_costs(program, decisions[:200], sides[:200], centre, moves=20_000)
                used_s = time.process_time() - begin_s
                again = solve_sides(replace(program, objective=found), sides[200:]).decisions
                same = np.abs(again - decisions[200:]).max(axis=1) <= 1e-6
                yield {
                    "least": least, "seed": seed, "centre": centre, "reproduced": float(same.mean()), "cpu_s": used_s,
                }  # fmt: skip


LEAST = (0.0, 0.2)


def speed(pyepo: str) -> Iterator[Row]:
    """Yield seconds of training and of solving, in turn, three times each; PyEPO in a process of its own."""
    program, train, _ = pyepo_paths({"samples": 1000, "noise": 0.5, "degree": 4}, 0)
    costs = train.known_costs("speed")
    solve_all(program, costs[:10])  # loads HiGHS
    for turn in range(3):
        begin_s = time.process_time()
        solve_all(program, costs, "highs")
        yield {"turn": turn, "what": "1000 solves, HiGHS here", "cpu_s": time.process_time() - begin_s}
        for method, more in {
            "mom": {"strength": STRENGTH},
            "cilp": {"strength": STRENGTH},
            "spo+": {"epochs": 20},
        }.items():
            begin_s = time.process_time()
            learn(program, train, Settings(method=method, **more))  # type: ignore[arg-type] # numbers of these keys
            yield {
                "turn": turn, "what": f"training {method}, here", "cpu_s": time.process_time() - begin_s,
            }  # fmt: skip
        if pyepo:
            said = subprocess.run(
                [pyepo, "-c", PYEPO], check=True, capture_output=True, text=True, timeout=900
            ).stdout
            for what, used_s in json.loads(said.strip().splitlines()[-1]).items():
                yield {"turn": turn, "what": what, "cpu_s": used_s}


PYEPO = """
import json, time
import numpy as np, torch, pyepo
from pyepo.model import shortestPathModel
from torch.utils.data import DataLoader
torch.set_num_threads(1)
x, c = pyepo.data.shortestpath.genData(2000, 5, (5, 5), deg=4, noise_width=0.5, seed=42)
model = shortestPathModel((5, 5), backend="ortools")
found = {}
begin = time.process_time()
for row in c[:1000]:
    model.setObj(row); model.solve()
found["1000 solves, PyEPO with OR-Tools"] = time.process_time() - begin
data = pyepo.data.dataset.optDataset(model, x[:1000], c[:1000])
loader = DataLoader(data, batch_size=32, shuffle=True)
torch.manual_seed(0)
network = torch.nn.Linear(5, c.shape[1])
loss = pyepo.func.SPOPlus(model, processes=1)
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
begin = time.process_time()
for epoch in range(20):
    for z, cost, sol, obj in loader:
        value = loss(network(z), cost, sol, obj)
        optimizer.zero_grad(); value.backward(); optimizer.step()
found["training spo+, PyEPO with OR-Tools"] = time.process_time() - begin
test = pyepo.data.dataset.optDataset(model, x[1000:], c[1000:])
found["regret of PyEPO's spo+ (no time)"] = float(pyepo.metric.regret(network, model, DataLoader(test, batch_size=100)))
print(json.dumps(found))
"""


def table(rows: list[Row], value: str, scale: float) -> None:
    """Print the means over seeds as a table in Markdown, a cell a line."""
    cells = [key for key in rows[0] if key in ("samples", "noise", "degree", "attack", "least")]
    by = next(key for key in ("method", "centre", "rule", "what") if key in rows[0])
    methods = list(dict.fromkeys(row[by] for row in rows))
    print("| " + " | ".join([*cells, "seeds", *methods]) + " |")
    print("|" + "---|" * (len(cells) + 1 + len(methods)))
    for cell in dict.fromkeys(tuple(row[key] for key in cells) for row in rows):
        here = [row for row in rows if tuple(row[key] for key in cells) == cell]
        found = {name: [float(row[value]) for row in here if row[by] == name] for name in methods}
        seeds = max(len(values) for values in found.values())
        means = [f"{scale * np.mean(v):.4g}" if len(v) == seeds else "" for v in found.values()]
        print("| " + " | ".join([*cell, str(seeds), *means]) + " |")


def main() -> None:
    """Measure a part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("part", choices=(*PARTS, "online", "inverse", "speed"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", default="", help="only these, apart by commas")
    parser.add_argument("--pyepo", default="", help="a Python that has pyepo and ortools")
    parser.add_argument("--out", type=Path, default=DATA)
    parser.add_argument(
        "--table", default="", metavar="COLUMN", help="print the means of a column, measure nothing"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of the table, such as 100 for percent")
    asked = parser.parse_args()
    path = asked.out / f"contextual-lp-{asked.part}.csv"
    known: list[Row] = []
    if path.exists() and (asked.part != "speed" or asked.table):
        with path.open(newline="") as stream:
            known = list(csv.DictReader(stream))
    if asked.table:
        table(known, asked.table, asked.scale)
        return
    if asked.part == "speed":
        found = speed(asked.pyepo)
    elif asked.part == "online":
        found = online(asked.seeds, known)
    elif asked.part == "inverse":
        found = inverse(asked.seeds, known)
    else:
        setting = PARTS[asked.part]
        names = asked.methods.split(",") if asked.methods else list(setting.methods)
        kept = {name: setting.methods[name] for name in names}
        found = measured(replace(setting, methods=kept), asked.seeds, known)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = list(known)
    for row in found:
        rows.append(
            {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()}
        )
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[-1]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
