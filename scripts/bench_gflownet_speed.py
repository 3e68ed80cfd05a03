"""Compare how many trajectories a CPU second GFlowNets of coplug and of torchgfn train on, in turn.

HyperGrid of two dimensions, trajectory balance, the same network (an MLP of two layers of 64 that P_F and P_B share),
batches of 128, no exploration, Adam at 1e-3; torchgfn in its own environment, with the probabilities of its sampler
kept for the loss, the faster of its two ways. Each figure is a process of its own; the first steps are not counted.
A second comparison is coplug's loss on the order of rewards with torchgfn's trajectory balance.

    python scripts/bench_gflownet_speed.py PYTHON_WITH_TORCHGFN [--rounds 5] [--csv FILE]

torchgfn 2.4.1 needs numpy below 2, so an environment of its own: ``pip install torchgfn==2.4.1 "numpy<2"``.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

SIDES = (8, 64)
BATCH, WIDTH, DEPTH, LEARNING_RATE = 128, 64, 2, 1e-3
WARM, STEPS = 10, {8: 200, 64: 60}
SUBJECTS = ("torchgfn", "coplug", "coplug-order")


def coplug_step(side: int, order: float) -> Callable[[], None]:
    """Return a training step of coplug."""
    import torch

    from coplug.models.gflownet_mlp import GFlowNetMLP
    from coplug.problems.hypergrid import HyperGrid
    from coplug.training.gflownet.learner import GFlowNetLearner, GFlowNetOptimizerSettings, GFlowNetRecipe
    from coplug.training.gflownet.ordering import OrderSettings

    torch.manual_seed(0)
    grid = HyperGrid(2, side)
    recipe = GFlowNetRecipe(
        kind="gflownet",
        environment="coplug.problems.hypergrid:HyperGrid",
        batch_size=BATCH,
        exploration=0.0,
        epoch_steps=WARM + STEPS[side],
        order=OrderSettings(weight=order),
        optimizer=GFlowNetOptimizerSettings(learning_rate=LEARNING_RATE),
    )
    network = GFlowNetMLP(grid.n_features, grid.n_actions, WIDTH, DEPTH)
    steps = GFlowNetLearner(network, grid, recipe).steps(0, 0)

    def step() -> None:
        next(steps)

    return step


def torchgfn_step(side: int) -> Callable[[], None]:
    """Return a training step of torchgfn."""
    import torch
    from gfn.estimators import DiscretePolicyEstimator
    from gfn.gflownet import TBGFlowNet
    from gfn.gym import HyperGrid
    from gfn.preprocessors import KHotPreprocessor
    from gfn.samplers import Sampler
    from gfn.utils.modules import MLP

    torch.manual_seed(0)
    env = HyperGrid(ndim=2, height=side, validate_modes=False)
    encode = KHotPreprocessor(height=side, ndim=2)
    forward = MLP(2 * side, env.n_actions, WIDTH, DEPTH, activation_fn="leaky_relu")
    backward = MLP(2 * side, env.n_actions - 1, WIDTH, DEPTH, trunk=forward.trunk)
    policy = DiscretePolicyEstimator(forward, env.n_actions, preprocessor=encode)
    undo = DiscretePolicyEstimator(backward, env.n_actions, preprocessor=encode, is_backward=True)
    gflownet = TBGFlowNet(pf=policy, pb=undo)
    adam = torch.optim.Adam(gflownet.pf_pb_parameters(), lr=LEARNING_RATE)
    adam.add_param_group({"params": gflownet.logz_parameters(), "lr": 0.1})
    sampler = Sampler(estimator=policy)

    def step() -> None:
        drawn = sampler.sample_trajectories(env, n=BATCH, save_logprobs=True)
        adam.zero_grad()
        gflownet.loss(env, drawn, recalculate_all_logprobs=False).backward()
        adam.step()

    return step


def measure(subject: str, side: int) -> float:
    """Return trajectories a CPU second, in this process."""
    import torch

    torch.set_num_threads(1)
    if subject == "torchgfn":
        step = torchgfn_step(side)
    else:
        step = coplug_step(side, 1.0 if subject == "coplug-order" else 0.0)
    for _ in range(WARM):
        step()
    begun = time.process_time()
    for _ in range(STEPS[side]):
        step()
    return BATCH * STEPS[side] / (time.process_time() - begun)


def measured_in(python: str, subject: str, side: int) -> float:
    """Return the same of another process."""
    command = [python, __file__, python, "--subject", subject, "--side", str(side)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{subject} ended with {done.stderr.strip().splitlines()[-1:]}")
    return float(done.stdout)


def main() -> None:
    """Measure in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("python", help="interpreter of an environment with torchgfn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--csv", type=Path, help="file for the rows")
    parser.add_argument("--subject", choices=SUBJECTS, help="measure one in this process")
    parser.add_argument("--side", type=int, default=8)
    options = parser.parse_args()
    if options.subject:
        print(measure(options.subject, options.side))
        return
    rows: list[tuple[int, int, str, float]] = []
    for side in SIDES:
        for number in range(options.rounds):
            for subject in SUBJECTS:
                python = options.python if subject == "torchgfn" else sys.executable
                rows.append((side, number, subject, measured_in(python, subject, side)))
    print("| grid | torchgfn | coplug | times | coplug, order | times |\n|---|---|---|---|---|---|")
    for side in SIDES:
        speed = {s: [v for a, _, b, v in rows if (a, b) == (side, s)] for s in SUBJECTS}
        times = {s: median(a / b for a, b in zip(speed[s], speed["torchgfn"], strict=True)) for s in SUBJECTS}
        print(
            f"| {side} x {side} | {median(speed['torchgfn']):,.0f} | {median(speed['coplug']):,.0f} "
            f"| {times['coplug']:.1f} | {median(speed['coplug-order']):,.0f} | {times['coplug-order']:.1f} |"
        )
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file).writerows([("side", "round", "subject", "trajectories_per_cpu_s"), *rows])


if __name__ == "__main__":
    main()
