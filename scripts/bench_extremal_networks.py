"""Train the pair network and the ResNet alike by AlphaZero, and compare what their searches find.

    python scripts/bench_extremal_networks.py [--epochs 3] [--runs DIR]

Each learns by the recipe extremal-alphazero on graphs of 8 to 16 nodes, ten training steps an epoch; a run that was
stopped goes on. Then each plays episodes from the empty graph, 16 simulations a move, beside a search without one.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from recipes import run_recipe
from safetensors.torch import load_file

from coplug.algorithms.settings import Gumbel
from coplug.models.pair_resnet import PairResNet
from coplug.models.pairformer import Pairformer
from coplug.problems.extremal.game import ExtremalGame
from coplug.problems.extremal.guide import Uniform
from coplug.training.alphazero.network_model import network_model
from coplug.training.alphazero.selfplay import play

NETWORKS = {"pairformer:Pairformer": Pairformer, "pair_resnet:PairResNet": PairResNet}
SIZES = (12, 16, 20)
N_EPISODES = 32


class NoNetwork:
    """Finds all flips alike."""

    def compiled(self) -> Uniform:
        """Return the opinion."""
        return Uniform()


def trained(name: str, epochs: int, out: Path) -> tuple[Any, float]:
    """Train a network; return it as it was after the last epoch, and the seconds that took."""
    settings = ["game_arguments.nodes=16", "game_arguments.smallest=8", f"max_epochs={epochs}"]
    run_recipe("extremal-alphazero", out, [f"network=coplug.models.{name}", *settings])
    last = json.loads((out / "metrics.jsonl").read_text().splitlines()[-1])
    network = NETWORKS[name](16, 3)
    network.load_state_dict(load_file(out / "policies" / f"epoch-{last['epoch']:04d}" / "model.safetensors"))
    return network.eval(), float(last["time_s"])


def found(network: Any, nodes: int) -> tuple[float, float, float]:
    """Return mean and largest number of edges of some episodes, and CPU seconds for one."""
    model = network_model(ExtremalGame(nodes), network, torch.device("cpu"))
    settings, start = Gumbel(n_simulations=16, n_considered=8), time.process_time()
    returns = play(model, N_EPISODES, settings, 0, np.random.default_rng(1)).returns
    return float(returns.mean()), float(returns.max()), (time.process_time() - start) / N_EPISODES


def main() -> None:
    """Train and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=Path("runs/extremal-networks"))
    a = parser.parse_args()
    torch.set_num_threads(1)
    networks: dict[str, tuple[Any, float]] = {"none": (NoNetwork(), 0.0)}
    for name in NETWORKS:
        networks[name] = trained(name, a.epochs, a.runs / name.partition(":")[2])
    print(
        "| network | training s | nodes | edges, mean | largest | CPU s an episode |\n|---|---|---|---|---|---|"
    )
    for name, (network, time_s) in networks.items():
        for nodes in SIZES:
            mean, largest, cpu_s = found(network, nodes)
            print(f"| {name} | {time_s:.0f} | {nodes} | {mean:.2f} | {largest:.0f} | {cpu_s:.3f} |")


if __name__ == "__main__":
    main()
