"""Order-preserving GFlowNets beside others, at a size for a CPU: one objective, and Pareto fronts.

One objective: HyperGrid of two to four dimensions and Bag, 400 steps of 32 objects. Methods: the order by each of the
four balances (``op-...``); trajectory balance on R^beta for several beta; DB, SubTB, maximum-entropy RL (trajectory
balance with log P_B = 0), PPO, and random actions. Measured: the probability to build a best object, exactly;
how many best ones were built so far; the mean reward of the hundred best objects built so far.

Several objectives: the grid of 32 x 32 cells under all pairs, triples and all four of Branin, Currin, Shubert, Beale,
400 steps of 128 objects. Methods: the order within a batch (``op``), by fronts of the whole run (``op-global``), with
trajectories to earlier good objects (``op-aug``), and random actions. Measured: the share of the front among all
objects built so far, and of a sample of 1,280 (all four objectives: 6,400) its share of the front's points and of its
hypervolume, GD+, IGD+ and the entropy of which points are met.

    python scripts/reproduce_opgfn.py [--seeds 5] [--only orders|fronts|variants] [--out docs/data] [--minutes 45]

Rows go to ``gflownet-orders.csv`` and ``gflownet-fronts.csv``; what is in there is not run again. Needs torch.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from coplug.algorithms.fronts.dominance import non_dominated
from coplug.algorithms.fronts.hypervolume import hypervolume
from coplug.algorithms.fronts.indicators import coverage_entropy, gd_plus, igd_plus
from coplug.contracts.dag import Enumerable
from coplug.models.gflownet_mlp import GFlowNetMLP
from coplug.problems.bag import Bag
from coplug.problems.function_grid import FUNCTIONS, FunctionGrid
from coplug.problems.hypergrid import HyperGrid
from coplug.training.device import seeded
from coplug.training.gflownet.exact import Induced
from coplug.training.gflownet.learner import GFlowNetLearner, GFlowNetOptimizerSettings, GFlowNetRecipe
from coplug.training.gflownet.losses import Balance, trajectory_balance
from coplug.training.gflownet.objectives import Objective, path_of
from coplug.training.gflownet.ordering import OrderSettings
from coplug.training.gflownet.policy import Policy, WholePolicy
from coplug.training.gflownet.replay import ReplaySettings
from coplug.training.gflownet.state_graph import StateGraph
from coplug.training.gflownet.trajectories import Trajectories, sample_forward

CPU = torch.device("cpu")
STEPS, MEASURED_EVERY = 400, 100
BETAS = (1, 2, 4, 16, 64)
ORDERS = Path("gflownet-orders.csv")
FRONTS = Path("gflownet-fronts.csv")
ORDER_COLUMNS = ("task", "method", "seed", "steps", "best", "modes", "modes_built", "top100", "cpu_s")
FRONT_COLUMNS = (
    *("task", "method", "seed", "steps", "front_points", "built", "sampled"),
    *("hypervolume", "gd_plus", "igd_plus", "entropy", "cpu_s"),
)

Row = dict[str, Any]


def _max_entropy(policy: Policy, batch: Trajectories, decay: float) -> Balance:
    path = path_of(policy, batch)
    return trajectory_balance(
        path._replace(log_backward=torch.zeros_like(path.log_backward)), policy.network.log_z
    )


MAX_ENTROPY = Objective(_max_entropy, lambda policy: policy.network.log_z, has_one_log_z=True)
"""Maximum-entropy RL as path consistency: log Z + sum log P_F = log R."""


class Recording(GFlowNetLearner):
    """A learner that keeps which states it built."""

    def balance(self, batch: Trajectories) -> Balance:
        """See :class:`GFlowNetLearner`; keep the batch's objects."""
        self.record(batch)
        return super().balance(batch)

    def record(self, batch: Trajectories) -> None:
        """Keep a batch's objects."""
        assert isinstance(self.environment, Enumerable)
        self.built = np.union1d(getattr(self, "built", []), self.environment.index(batch.objects))


class AtRandom(Recording):
    """Draws as the recipe explores, and learns nothing."""

    def step(self, rng: np.random.Generator, /) -> dict[str, float]:
        """Draw a batch."""
        if isinstance(self.policy, WholePolicy):
            self.policy.refresh()
        self.record(self._draw(rng))
        return {"loss": 0.0}


class Ppo(Recording):
    """PPO on the reward of an object, with the flow's head for the critic."""

    EPOCHS, CLIP, ENTROPY = 4, 0.2, 0.01

    def step(self, rng: np.random.Generator, /) -> dict[str, float]:
        """Draw a batch, and descend on it several times."""
        policy = Policy(self.network, self.environment, self.device)
        batch = sample_forward(self.environment, policy.forward, self.recipe.batch_size, rng)
        self.record(batch)
        assert batch.log_reward is not None
        reward = torch.from_numpy(np.exp(batch.log_reward - batch.log_reward.max())).float()
        before: torch.Tensor | None = None
        measured: dict[str, float] = {}
        for _ in range(self.EPOCHS):
            path = path_of(policy, batch)
            taken = path.log_forward[path.mask]
            before = taken.detach() if before is None else before
            advantage = (reward[:, None] - path.log_flow)[path.mask]
            weight = (advantage - advantage.mean()).detach() / (advantage.std().detach() + 1e-6)
            ratio = (taken - before).exp()
            clipped = ratio.clamp(1 - self.CLIP, 1 + self.CLIP)
            gain = torch.minimum(ratio * weight, clipped * weight).mean()
            entropy = -(taken.detach() * taken).mean()  # its gradient is that of the entropy
            loss = advantage.square().mean() - gain - self.ENTROPY * entropy
            measured = self.optimizer.step(loss, {})
        return measured


@dataclass(frozen=True)
class Method:
    """A way to learn.

    Attributes
    ----------
    settings : dict
        Of the recipe.
    beta : float
        The reward is taken to this power.
    learner : type
    """

    settings: dict[str, Any]
    beta: float = 1.0
    learner: type[Recording] = Recording


OP = OrderSettings(weight=1.0)
METHODS: dict[str, Method] = {
    "random": Method({"exploration": 1.0}, learner=AtRandom),
    "op-tb": Method({"loss": "tb", "order": OP, "backward_kl": 0.1}),
    **{f"tb-beta-{beta}": Method({"loss": "tb"}, beta) for beta in BETAS},
    "db": Method({"loss": "db"}),
    "subtb": Method({"loss": "subtb"}),
    "max-entropy": Method({"loss": "reproduce_opgfn:MAX_ENTROPY"}),
    "ppo": Method({}, learner=Ppo),
    "op-db": Method({"loss": "db", "order": OP, "backward_kl": 0.1}),
    "op-subtb": Method({"loss": "subtb", "order": OP, "backward_kl": 0.1}),
    "op-fm": Method({"loss": "fm", "order": OP}),
}
"""Of one objective."""

FRONT_METHODS: dict[str, Method] = {
    "op": Method({"order": OP, "exploration": 0.1}),
    "random": Method({"order": OP, "exploration": 1.0}, learner=AtRandom),
    "op-global": Method({"order": OrderSettings(weight=1.0, ranks="global"), "exploration": 0.1}),
    "op-aug": Method({"order": OP, "exploration": 0.1, "replay": ReplaySettings(batch_size=8, paths=4)}),
}
"""Of several objectives."""

TASKS: dict[str, Callable[[], Any]] = {
    "grid-2x32": lambda: HyperGrid(2, 32, r0=0.001),
    "grid-3x8": lambda: HyperGrid(3, 8, r0=0.001),
    "grid-4x8": lambda: HyperGrid(4, 8, r0=0.001),
    "bag": Bag,
}


def powered(environment: Any, beta: float) -> Any:
    """Return the same environment with its reward to the power of beta."""
    if beta == 1.0:
        return environment

    class Powered(type(environment)):  # type: ignore[misc] # made for any of the tasks
        def log_reward(self, states: NDArray[np.int64]) -> NDArray[np.float64]:
            """Return beta log R."""
            return np.asarray(beta * super().log_reward(states))

    made: Any = Powered(**vars(environment))
    return made


def learner_of(method: Method, environment: Any, seed: int, batch_size: int, **optimizer: Any) -> Recording:
    """Return a method's learner."""
    settings = {"exploration": 0.01, **method.settings}
    recipe = GFlowNetRecipe(
        kind="gflownet",
        environment="made:here",
        batch_size=batch_size,
        epoch_steps=STEPS,
        max_epochs=1,
        seed=seed,
        optimizer=GFlowNetOptimizerSettings(**optimizer),
        **settings,
    )
    with seeded(seed, CPU):
        network = GFlowNetMLP(environment.n_features, environment.n_actions, 64, 3)
        return method.learner(network, environment, recipe)


def forward_of(learner: Recording, graph: StateGraph) -> NDArray[np.float64]:
    """Return the probabilities of actions that a method ends with, in all states."""
    if learner.recipe.exploration == 1.0:
        return np.asarray(graph.forward_mask / graph.forward_mask.sum(axis=1, keepdims=True))
    return Policy(learner.network, learner.environment, CPU).forward(graph.states)


def order_rows(task: str, method: str, seed: int) -> Iterator[Row]:
    """Learn from one objective, and measure several times."""
    environment = TASKS[task]()
    way = METHODS[method]
    learner = learner_of(
        way, powered(environment, way.beta), seed, 32, learning_rate=3e-3, gradient_clip=10.0
    )
    graph = learner.graph or StateGraph(environment)
    objects = np.flatnonzero(graph.forward_mask[:, -1])
    reward = np.full(len(graph), -np.inf)
    reward[objects] = np.exp(environment.log_reward(graph.states[objects]))
    best = np.flatnonzero(reward >= reward.max() * (1 - 1e-9))
    begun = time.process_time()
    for number, _ in enumerate(learner.steps(0, 0), start=1):
        if number % MEASURED_EVERY:
            continue
        spent = time.process_time() - begun
        built = learner.built.astype(np.int64)
        shares = Induced(graph).terminal_distribution(forward_of(learner, graph))
        yield {
            "task": task,
            "method": method,
            "seed": seed,
            "steps": number,
            "best": round(float(shares[best].sum()), 4),
            "modes": len(best),
            "modes_built": len(np.intersect1d(best, built)),
            "top100": round(float(np.sort(reward[built])[-100:].mean()), 4),
            "cpu_s": round(spent, 2),
        }
        learner.network.train()


def front_rows(task: str, method: str, seed: int) -> Iterator[Row]:
    """Learn several objectives, and measure several times."""
    functions = tuple(task.split("-"))
    grid = FunctionGrid(functions)
    learner = learner_of(
        FRONT_METHODS[method],
        grid,
        seed,
        128,
        learning_rate=1e-2,
        weight_decay=1e-4,
        schedule="cosine",
    )
    graph = learner.graph
    assert graph is not None
    values = grid.objectives(graph.states)
    front = np.flatnonzero(non_dominated(values))
    whole = hypervolume(values[front])
    n = 6400 if len(functions) == 4 else 1280
    begun = time.process_time()
    for number, _ in enumerate(learner.steps(0, 0), start=1):
        if number % MEASURED_EVERY:
            continue
        spent = time.process_time() - begun
        drawn = graph.walk(forward_of(learner, graph), n, np.random.default_rng([seed, number]))[0][:, -1]
        sample = values[drawn]
        yield {
            "task": task,
            "method": method,
            "seed": seed,
            "steps": number,
            "front_points": len(front),
            "built": round(len(np.intersect1d(front, learner.built)) / len(front), 4),
            "sampled": round(len(np.intersect1d(front, drawn)) / len(front), 4),
            "hypervolume": round(hypervolume(sample) / whole, 5),
            "gd_plus": round(gd_plus(sample, values[front]), 5),
            "igd_plus": round(igd_plus(sample, values[front]), 5),
            "entropy": round(coverage_entropy(sample, values[front]), 4),
            "cpu_s": round(spent, 2),
        }
        learner.network.train()


def pending(path: Path, names: list[tuple[str, str]], seeds: int) -> list[tuple[str, str, int]]:
    """Return the runs that a file has no rows of, seed by seed."""
    done = set()
    if path.exists():
        with path.open(newline="") as file:
            done = {(row["task"], row["method"], int(row["seed"])) for row in csv.DictReader(file)}
    runs = [(task, method, seed) for seed in range(seeds) for task, method in names]
    return [run for run in runs if run not in done]


def append(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    """Add the rows of a run to a file."""
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Run what is not done yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=("orders", "fronts", "variants"))
    parser.add_argument("--out", type=Path, default=Path("docs/data"))
    parser.add_argument("--minutes", type=float, default=float("inf"), help="no run begins after these")
    options = parser.parse_args()
    torch.set_num_threads(1)
    end = time.monotonic() + 60 * options.minutes
    functions = ["-".join(chosen) for k in (2, 3, 4) for chosen in combinations(FUNCTIONS, k)]
    plain = [
        [(task, method) for task in part for method in ("op", "random")]
        for part in (functions[:6], functions[6:])
    ]
    variants = [(task, method) for task in functions for method in ("op-global", "op-aug")]
    grids = [(task, method) for task in TASKS if task != "bag" for method in METHODS]
    plans = (
        ("fronts", FRONTS, FRONT_COLUMNS, front_rows, plain[0]),
        ("orders", ORDERS, ORDER_COLUMNS, order_rows, grids),
        ("orders", ORDERS, ORDER_COLUMNS, order_rows, [("bag", method) for method in METHODS]),
        ("fronts", FRONTS, FRONT_COLUMNS, front_rows, plain[1]),
        ("variants", FRONTS, FRONT_COLUMNS, front_rows, variants),
    )
    for kind, name, columns, run, names in plans:
        if options.only not in (None, kind):
            continue
        path = options.out / name
        for task, method, seed in pending(path, names, options.seeds):
            if time.monotonic() > end:
                return
            begun = time.monotonic()
            append(path, columns, list(run(task, method, seed)))
            print(f"{task} {method} seed {seed}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
