"""Costs of linear programs learned from decisions: the paper's figures, PyEPO's cells, speed, inverse programs.

    python scripts/reproduce_mom.py PART [--seeds 3] [--methods NAMES] [--pyepo PYTHON]
    python scripts/reproduce_mom.py PART --table normalised --scale 100

- ``degrees``: figure 1 of Sun, Liu and Li (ICML 2023), shortest paths in a grid of 5 x 5 nodes by degree, 200 samples.
- ``attack``: figures 2 and 6, where the costs of a random half of the samples are multiplied by 1 + 3 u.
- ``knapsack``: figures 3 and 5, fractional knapsacks of 10 items with noise, and of degree 4 by kernels.
- ``online``: figure 7, cumulative regret of online learners over 1,000 samples.
- ``cells``: PyEPO's shortest paths, twelve cells of samples, noise and degree, 1,000 test samples.
- ``items``: a table of the same shape of fractional knapsacks, 20 items and 2 capacities.
- ``speed``: training time beside SPO+, and solves beside PyEPO with OR-Tools, which runs in a process of the Python
  that ``--pyepo`` names.
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
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from mom_parts import N_TEST, PARTS, STRENGTH, Float, Row, Setting, paper_paths, pyepo_paths

from coplug.problems.contextual_lp.batches import solve_all, solve_sides
from coplug.problems.contextual_lp.data import Observations
from coplug.problems.contextual_lp.inverse import inverse_costs
from coplug.problems.contextual_lp.learning import learn
from coplug.problems.contextual_lp.online import OnlineLearner
from coplug.problems.contextual_lp.program import make_program
from coplug.problems.contextual_lp.regret import evaluate
from coplug.problems.contextual_lp.settings import Settings

DATA = Path(__file__).parent.parent / "docs" / "data"


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
