"""Time the compiled GCNN against torch, on one core: the forward pass at a node, and a training step.

The states are random with the sizes of real ones; times depend on sizes only. Each time is the least of many
runs, in turn with what it is compared to. Needs torch: ``pip install coplug[bench]``.

"usual torch" is the standard formulation, every message through its own linear map on an edge; "torch" is
``coplug.models.gcnn``; "kernel" is ``coplug.inference.gcnn``. "floor" is the kernel's arithmetic at the rate
of a matrix product in torch (BLAS) on this core.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.inference.gcnn import GCNNKernel
from coplug.models.gcnn import GCNN, HalfConvolution, pretrain

SIZES = ((256, 525, 10_341), (500, 1000, 25_000))
"""Rows, columns, edges: an item placement node of ML4CO, and an easy set covering instance of Gasse et al."""

N_SUBSET = 100
BATCH = (32, 250, 500, 10_000)
"""Graphs, and rows, columns and edges of each, in a training batch."""

_START = """
import time, numba
numba.njit(lambda x: x)(1)
from coplug.problems.milp.policies import load_policy
policy = load_policy("setcover-gcnn")
start = time.perf_counter()
policy.warm_up()
print(time.perf_counter() - start)
"""


def random_state(seed: int, n_rows: int, n_columns: int, n_edges: int) -> tuple[NodeState, NDArray[np.int64]]:
    """Return a random state, and the row of each of its edges."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.integers(0, n_rows, n_edges))
    state = NodeState(
        rng.standard_normal((n_columns, N_COLUMN_FEATURES)),
        rng.standard_normal((n_rows, N_ROW_FEATURES)),
        np.searchsorted(rows, np.arange(n_rows + 1)).astype(np.int64),
        rng.integers(0, n_columns, n_edges).astype(np.int32),
        rng.standard_normal(n_edges),
        seed,
    )
    return state, rows


def batch_of(graphs: list[tuple[NodeState, NDArray[np.int64]]]) -> list[Tensor]:
    """Merge states into one graph, as arguments of :meth:`GCNN.forward`."""
    first_row = np.cumsum([0] + [state.n_rows for state, _ in graphs])
    first_column = np.cumsum([0] + [state.n_columns for state, _ in graphs])
    arrays = (
        np.concatenate([state.column_features for state, _ in graphs]),
        np.concatenate([state.row_features for state, _ in graphs]),
        np.concatenate([rows + at for (_, rows), at in zip(graphs, first_row, strict=False)]),
        np.concatenate(
            [state.edge_columns + at for (state, _), at in zip(graphs, first_column, strict=False)]
        ),
        np.concatenate([state.edge_values for state, _ in graphs]),
    )
    return [torch.from_numpy(a.astype(np.float32 if a.dtype == np.float64 else np.int64)) for a in arrays]


def usual_forward(model: GCNN, batch: list[Tensor]) -> Tensor:
    """Score all columns as the published code does, with edge-sized products."""
    columns, rows, edge_rows, edge_columns, values = batch
    h_rows = model.row_embedding(model.row_norm(rows))
    h_columns = model.column_embedding(model.column_norm(columns))
    edges = model.edge_norm(values[:, None])
    h_rows = _usual_convolution(model.to_rows, h_rows, h_columns, edge_rows, edge_columns, edges, True)
    h_columns = _usual_convolution(model.to_columns, h_rows, h_columns, edge_rows, edge_columns, edges, False)
    scores: Tensor = model.output(h_columns)
    return scores[:, 0]


def _usual_convolution(
    layer: HalfConvolution,
    h_rows: Tensor,
    h_columns: Tensor,
    edge_rows: Tensor,
    edge_columns: Tensor,
    edges: Tensor,
    to_rows: bool,
) -> Tensor:
    before = layer.left(h_rows)[edge_rows] + layer.edge(edges) + layer.right(h_columns)[edge_columns]
    messages = layer.final(torch.relu(layer.message_norm(before)))
    target, previous = (edge_rows, h_rows) if to_rows else (edge_columns, h_columns)
    total = torch.zeros_like(previous).index_add(0, target, messages)
    hidden: Tensor = layer.output(torch.cat([layer.sum_norm(total), previous], dim=1))
    return torch.relu(hidden)


def least_ms(functions: list[Callable[[], object]], seconds: float) -> list[float]:
    """Run the functions in turn for so long, and return each one's least time in milliseconds."""
    least = [np.inf] * len(functions)
    for function in functions:
        function()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for position, function in enumerate(functions):
            start = time.perf_counter()
            function()
            least[position] = min(least[position], time.perf_counter() - start)
    return [1e3 * value for value in least]


def flops(width: int, n_rows: int, n_columns: int, n_edges: int, n_candidates: int) -> float:
    """Count the arithmetic of the kernel's formulation."""
    square = 2.0 * width * width
    inputs = 2.0 * width * (n_rows * N_ROW_FEATURES + n_columns * N_COLUMN_FEATURES)
    nodes = square * (6 * n_rows + 2 * n_columns + 5 * n_candidates)  # products of width x width at each node
    edges = 5.0 * width * n_edges * (1 + n_candidates / n_columns)
    return inputs + nodes + edges


def product_rate() -> float:
    """Return the rate of a matrix product on one core, in operations a millisecond."""
    n = 256  # short enough to run uninterrupted on a busy machine
    a, b = torch.rand(n, n), torch.rand(n, n)
    return 2.0 * n**3 / least_ms([lambda: a @ b], 2.0)[0]


def start_times() -> tuple[float, float]:
    """Return the seconds that kernels take to compile, and to read from the cache, once numba has started."""
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        runs = [
            subprocess.run([sys.executable, "-c", _START], env=environment, check=True, capture_output=True)
            for _ in range(2)
        ]
    first, second = (float(run.stdout) for run in runs)
    return first, second


def print_forward(widths: list[int], seconds: float) -> None:
    """Print the table of forward passes."""
    rate = product_rate()
    print(f"Forward pass, ms; one core; matrix product {rate / 1e6:.0f} GFLOP/s")
    heads = ("width", "rows x columns x edges", "candidates", "usual torch", "torch", "kernel", "floor")
    print("| " + " | ".join((*heads, "usual / kernel", "torch / kernel")) + " |\n" + "|---" * 9 + "|")
    for width in widths:
        for size in SIZES:
            state, rows = random_state(1, *size)
            usual, ours, whole, part = _forward_times(width, state, rows, seconds)
            name = " x ".join(f"{n:,}" for n in size)
            for n, least in ((size[1], whole), (N_SUBSET, part)):
                floor = flops(width, *size, n) / rate
                cells = (f"{usual:.2f}", f"{ours:.2f}", f"{least:.3f}", f"{floor:.3f}")
                ratios = (f"{usual / least:.1f}", f"{ours / least:.1f}")
                print("| " + " | ".join((str(width), name, str(n), *cells, *ratios)) + " |", flush=True)


def _forward_times(width: int, state: NodeState, rows: NDArray[np.int64], seconds: float) -> list[float]:
    """Time the usual torch forward, torch, the kernel for all columns, and the kernel for some."""
    batch, model = batch_of([(state, rows)]), GCNN(width)
    pretrain(model, [batch])
    kernel = GCNNKernel({name: tensor.numpy() for name, tensor in model.state_dict().items()}, width)
    everything = np.arange(state.n_columns)
    subset = np.sort(np.random.default_rng(2).permutation(state.n_columns)[:N_SUBSET])
    functions: list[Callable[[], object]] = [
        lambda: usual_forward(model, batch),
        lambda: model(*batch),
        lambda: kernel.scores(state, everything),
        lambda: kernel.scores(state, subset),
    ]
    with torch.no_grad():
        return least_ms(functions, seconds)


def print_training(width: int, seconds: float) -> None:
    """Print the table of training steps: forward, backward, without the optimizer."""
    n_graphs, *size = BATCH
    batch = batch_of([random_state(seed, *size) for seed in range(n_graphs)])
    model = GCNN(width)

    def step(forward: Callable[[], Tensor]) -> None:
        model.zero_grad()
        torch.autograd.backward(forward().square().mean())

    usual, ours = least_ms(
        [lambda: step(lambda: usual_forward(model, batch)), lambda: step(lambda: model(*batch))], seconds
    )
    print(f"\nTraining step, ms; width {width}; {n_graphs} graphs of {' x '.join(f'{n:,}' for n in size)}")
    print("| usual torch | torch | usual / torch |\n|---|---|---|")
    print(f"| {usual:.0f} | {ours:.0f} | {usual / ours:.1f} |", flush=True)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--widths", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--seconds", type=float, default=5.0, help="time spent on each measurement")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    compile_s, load_s = start_times()
    print(f"Kernels compiled in {compile_s:.1f} s, read from the cache in {load_s:.3f} s\n")
    print_forward(arguments.widths, arguments.seconds)
    print_training(max(arguments.widths), 4 * arguments.seconds)


if __name__ == "__main__":
    main()
