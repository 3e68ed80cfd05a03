"""Time the searches without a network: tree simulations a second, and tabu steps a second on a maximum cut.

The tree search runs on a process of random rewards whose evaluation is a look-up, so what is timed is the search
itself, with the reading of all logits. Times are the least of several runs; a quiet machine is needed.

    python scripts/bench_search.py [--simulations 100] [--width 32] [--runs 3]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms import mcts, tabu
from coplug.algorithms.settings import Gumbel, Puct
from coplug.algorithms.tabu import Tabu
from coplug.contracts.model import Actions, Evaluation, States, Transition

ROOTS = (1, 16, 64)
ACTIONS = (100, 1000, 10_000)

N_NODES = 500
DENSITY = 0.1
N_STEPS = 50_000

N_TABLE = 256
"""Different rows of logits."""


class LookUp:
    """Endless episodes; a state is a number that its actions hash."""

    def __init__(self, n_actions: int) -> None:
        self.n_actions = n_actions
        self.logits = np.random.default_rng(0).standard_normal((N_TABLE, n_actions)).astype(np.float32)
        self.values = np.random.default_rng(1).standard_normal(N_TABLE)

    def step(self, states: States, actions: Actions) -> Transition:
        """Go to another row of the tables."""
        reached: NDArray[np.int64] = (states * 31 + actions * 17 + 1) % N_TABLE
        return Transition(reached, self.values[reached], np.zeros(len(states), dtype=np.bool_))

    def evaluate(self, states: States) -> Evaluation:
        """Look up."""
        return Evaluation(self.logits[states], self.values[states])


class MaxCut:
    """Largest cut of a weighted graph; an action moves a node to the other side."""

    def __init__(self, weights: NDArray[np.float64]) -> None:
        self.weights = weights
        self.n_actions = len(weights)
        self.reset_to(np.ones(len(weights)))

    def deltas(self) -> NDArray[np.float64]:
        """Return the gain of each move, shape (n_nodes,)."""
        return self.gains

    def apply(self, action: int) -> None:
        """Move a node, and update its neighbours' gains."""
        self.score += self.gains[action]
        gain = self.gains[action]
        self.gains -= self.weights[action] * (2 * self.side[action] * self.side)
        self.gains[action] = -gain
        self.side[action] *= -1

    def state(self) -> NDArray[np.float64]:
        """Return the sides, 1 or -1."""
        return self.side.copy()

    def reset_to(self, state: NDArray[Any]) -> None:
        """Compute score and gains afresh."""
        self.side = state.copy()
        self.gains: NDArray[np.float64] = self.side * (self.weights @ self.side)
        self.score = float((self.weights.sum() - self.side @ self.weights @ self.side) / 4)


def least_time(run: Callable[[], object], n_runs: int) -> float:
    """Return the least time of some runs, in seconds, after one that compiles."""
    times = []
    for _ in range(n_runs + 1):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def rate_of_tree(settings: Puct | Gumbel, n_roots: int, n_actions: int, n_runs: int) -> float:
    """Return simulations a second, all roots together."""
    model, roots = LookUp(n_actions), np.arange(n_roots)
    seconds = least_time(lambda: mcts.search(model, roots, settings, np.random.default_rng(0)), n_runs)
    return n_roots * settings.n_simulations / seconds


def random_cut() -> MaxCut:
    """Return a random graph with weights -1 and 1."""
    rng = np.random.default_rng(0)
    shape = (N_NODES, N_NODES)
    upper = np.triu(rng.choice([-1.0, 1.0], shape) * (rng.random(shape) < DENSITY), 1)
    return MaxCut(upper + upper.T)


def rate_of_tabu(n_runs: int) -> tuple[float, float]:
    """Return steps a second, and the best cut."""
    problem = random_cut()
    state = tabu.start(problem, 0)
    seconds = least_time(lambda: tabu.search(problem, state, Tabu(ban=20, max_steps=N_STEPS)), n_runs)
    return N_STEPS / seconds, state.best_score


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    n = arguments.simulations
    searches: dict[str, Puct | Gumbel] = {
        "PUCT": Puct(n_simulations=n),
        f"PUCT, width {arguments.width}": Puct(n_simulations=n, width=arguments.width),
        "PUCT, 8 leaves": Puct(n_simulations=n, leaves=8),
        "Gumbel": Gumbel(n_simulations=n),
    }
    print(f"simulations/s, {n} simulations a root")
    print(f"{'':16}{'roots':>8}" + "".join(f"{f'{a} actions':>16}" for a in ACTIONS))
    for name, settings in searches.items():
        for n_roots in ROOTS:
            rates = [rate_of_tree(settings, n_roots, a, arguments.runs) for a in ACTIONS]
            print(f"{name:16}{n_roots:>8}" + "".join(f"{rate:>16,.0f}" for rate in rates), flush=True)
    rate, best = rate_of_tabu(arguments.runs)
    print(f"tabu, maximum cut of {N_NODES} nodes: {rate:,.0f} steps/s, best cut {best:.0f}")


if __name__ == "__main__":
    main()
