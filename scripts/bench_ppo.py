"""PPO of coplug beside sb3-contrib's MaskablePPO on ``coplug/IndependentSet-ER20-v0``, for the same number of steps.

Three learners, several seeds each: the recipe ``independent-set-er20-ppo``; MaskablePPO with its ``MultiInputPolicy``,
which flattens the matrix; and MaskablePPO with the scoring policy of ``learn_with_sb3.py``. In the end each takes its
most probable actions on the same fresh graphs. Seconds are the training's, of CPU, without imports and compilation.
Needs the extra ``sb3``.

    python scripts/bench_ppo.py [--steps 20000] [--seeds 5] [--graphs 500] [--out docs/data/ppo-er20.csv]
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import gymnasium
import numpy as np
import torch
from learn_with_sb3 import FRESH, ActionFeatures, learn
from sb3_contrib import MaskablePPO

from coplug.families import make_family
from coplug.graphs.graph import Graph
from coplug.models.mis_policy import load, node_scores
from coplug.problems.mis.acting import build_sets, min_degree, uniform
from coplug.training.policy_gradient.learner import PolicyGradientRecipe
from coplug.training.recipe_files import load_recipe
from coplug.training.reporter import Silent

ID = "coplug/IndependentSet-ER20-v0"
RECIPE = "independent-set-er20-ppo"
MEAN_LENGTH = 10.4
"""Steps of an episode of a policy that has learned, by which the recipe's steps are planned."""

Sizes = Sequence[float]


def ours(steps: int, seed: int, graphs: Sequence[Graph]) -> tuple[Sizes, float]:
    """Train by the recipe and return the sizes of the sets of its last policy, and CPU seconds."""
    trainer, recipe = load_recipe(RECIPE, [f"seed={seed}", "evaluation_episodes=1", "keep_last=1"])
    assert isinstance(recipe, PolicyGradientRecipe)
    epochs = max(round(steps / (MEAN_LENGTH * recipe.episodes_per_step * recipe.epoch_steps)), 1)
    _, recipe = load_recipe(RECIPE, [f"seed={seed}", "evaluation_episodes=1", f"max_epochs={epochs}"])
    with tempfile.TemporaryDirectory() as directory:
        begin = time.process_time()
        trainer.train(recipe, Path(directory), resume=False, reporter=Silent())
        seconds = time.process_time() - begin
        network = load(Path(directory) / "policies" / f"epoch-{epochs - 1:04d}")[0]
    return [int(chosen.sum()) for chosen in build_sets(partial(node_scores, network), graphs)], seconds


def theirs(flat: bool, steps: int, seed: int, graphs: Sequence[Graph]) -> tuple[Sizes, float]:
    """Train MaskablePPO and return the sizes of its sets, and CPU seconds."""
    if not flat:
        agent, seconds = learn(ID, steps, seed)
        return _sizes(agent, ActionFeatures(gymnasium.make(ID)), graphs), seconds
    begin = time.process_time()
    agent = MaskablePPO("MultiInputPolicy", gymnasium.make(ID), seed=seed, device="cpu").learn(steps)
    seconds = time.process_time() - begin
    return _sizes(agent, gymnasium.make(ID), graphs), seconds


def _sizes(agent: Any, env: gymnasium.Env[Any, Any], graphs: Sequence[Graph]) -> Sizes:
    sizes = []
    for graph in graphs:
        observation, info = env.reset(options={"graph": graph})
        while info["n_left"]:
            mask = info["action_mask"].astype(bool)
            action = agent.predict(observation, action_masks=mask, deterministic=True)[0]
            observation, _, _, _, info = env.step(int(action))
        sizes.append(info["size"])
    return sizes


LEARNERS: dict[str, Callable[[int, int, Sequence[Graph]], tuple[Sizes, float]]] = {
    "coplug PPO": ours,
    "MaskablePPO, flat": partial(theirs, True),
    "MaskablePPO, scoring": partial(theirs, False),
}


def main() -> None:
    """Train them in turn, and print means over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--graphs", type=int, default=500, help="of the comparison")
    parser.add_argument("--out", type=Path, help="CSV file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.RandomState(FRESH)
    family = make_family("erdos_renyi", None, gymnasium.spec(ID).kwargs["parameters"])
    graphs: list[Graph] = [family.generate(rng) for _ in range(options.graphs)]
    for name, rule in (("random", uniform), ("min-degree", min_degree)):
        drawn = build_sets(rule, graphs, samples=int(rule is uniform), rng=np.random.default_rng(0))
        print(f"{name:22} {np.mean([chosen.sum() for chosen in drawn]):.3f}")
    for learner in LEARNERS.values():
        learner(1, 0, graphs[:1])  # compiles
    rows: list[tuple[str, int, float, float]] = []
    for seed in range(options.seeds):
        for name, learner in LEARNERS.items():
            sizes, seconds = learner(options.steps, seed, graphs)
            rows.append((name, seed, round(mean(sizes), 4), round(seconds, 1)))
            print(*rows[-1], file=sys.stderr, flush=True)
    for name in LEARNERS:
        returns, spent = zip(*((r, s) for n, _, r, s in rows if n == name), strict=True)
        spread = stdev(returns) if len(returns) > 1 else 0.0
        print(f"{name:22} {mean(returns):.3f} ± {spread:.3f}   {mean(spent):.1f} s")
    if options.out:
        with options.out.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([("learner", "seed", "return", "cpu_s"), *rows])


if __name__ == "__main__":
    main()
