"""Train a GFlowNet on HyperGrid by each of its four losses, and compare what it learned with the exact distribution.

The settings are those of the recipe ``hypergrid-gflownet``. "to 0.02" are the steps after which an evaluation (every
epoch) first found a total variation of at most 0.02; "TV" and "log Z error" (absolute) are those at the end. "worst
TV" is over the seeds, the others are means. Nothing is sampled for them: the distribution that a policy induces is
summed over all paths. Needs torch: ``pip install coplug[bench]``.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch

from coplug.training.gflownet.learner import GFlowNetRecipe
from coplug.training.gflownet.objectives import OBJECTIVES
from coplug.training.recipe_files import load_recipe
from coplug.training.reporter import Silent

CLOSE = 0.02
AVERAGED = ("steps", "steps_to_close", "seconds", "tv", "log_z_error")


@dataclass(frozen=True)
class Measured:
    """How one run went.

    Attributes
    ----------
    steps : float
        Training steps in all.
    steps_to_close : float
        Infinite if no evaluation was close.
    seconds : float
        Evaluations and exports included.
    tv : float
        Total variation at the end.
    log_z_error : float
        At the end, absolute.
    curve : tuple of (int, float)
        Steps so far and total variation at each evaluation.
    """

    steps: float
    steps_to_close: float
    seconds: float
    tv: float
    log_z_error: float
    curve: tuple[tuple[int, float], ...]


def measure(loss: str, seed: int, settings: list[str]) -> Measured:
    """Train once."""
    trainer, recipe = load_recipe("hypergrid-gflownet", [f"loss={loss}", f"seed={seed}", *settings])
    assert isinstance(recipe, GFlowNetRecipe)
    with tempfile.TemporaryDirectory() as directory:
        trainer.train(recipe, Path(directory), resume=False, reporter=Silent())
        lines = (Path(directory) / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    epochs = [json.loads(line) for line in lines]
    close = [m["epoch"] + 1 for m in epochs if m["valid_tv"] <= CLOSE]
    return Measured(
        steps=len(epochs) * recipe.epoch_steps,
        steps_to_close=min(close, default=float("inf")) * recipe.epoch_steps,
        seconds=epochs[-1]["time_s"],
        tv=epochs[-1]["valid_tv"],
        log_z_error=epochs[-1]["valid_log_z_error"],
        curve=tuple(((m["epoch"] + 1) * recipe.epoch_steps, m["valid_tv"]) for m in epochs),
    )


def row(loss: str, runs: list[Measured]) -> str:
    """Return a line of the table."""
    average = {name: mean(getattr(run, name) for run in runs) for name in AVERAGED}
    worst = max(run.tv for run in runs)
    return (
        f"| {loss} | {average['steps']:.0f} | {average['steps_to_close']:.0f} | {average['seconds']:.1f} "
        f"| {average['tv']:.1e} | {worst:.1e} | {average['log_z_error']:.1e} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="runs of each loss, with seeds 0, 1, ...")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override the recipe")
    parser.add_argument("--curve", type=Path, help="CSV for the total variation at every evaluation")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| loss | steps | to 0.02 | seconds | TV | worst TV | log Z error |\n|---|---|---|---|---|---|---|")
    points: list[tuple[str, int, int, float]] = []
    for loss in OBJECTIVES:
        runs = [measure(loss, seed, options.set) for seed in range(options.seeds)]
        points += [(loss, seed, *point) for seed, run in enumerate(runs) for point in run.curve]
        print(row(loss, runs), flush=True)
    if options.curve:
        with options.curve.open("w", newline="") as file:
            csv.writer(file).writerows([("loss", "seed", "steps", "tv"), *points])


if __name__ == "__main__":
    main()
