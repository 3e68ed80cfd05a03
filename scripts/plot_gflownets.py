"""The pictures of GFlowNets that learn an order; see ``plot_results.py``."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from plot_style import POLICY, PUBLISHED, SCIP, SECOND, SETTINGS, THIRD, axes, rows, save

TASKS = {
    "grid-2x32": "HyperGrid, 32 x 32",
    "grid-3x8": "HyperGrid, 8 x 8 x 8",
    "grid-4x8": "HyperGrid, 8 x 8 x 8 x 8",
    "bag": "Bag",
}
METHODS = {
    "op-tb": ("order, TB", POLICY),
    "op-fm": ("order, FM", SETTINGS),
    "tb": ("TB, best exponent", PUBLISHED),
    "subtb": ("SubTB", "#d9a441"),
    "max-entropy": ("maximum entropy", THIRD),
    "ppo": ("PPO", SECOND),
    "random": ("random", SCIP),
}
"""Labels and colours; ``tb`` stands for the exponent that built most of the best objects in the end."""

FRONT_METHODS = {
    "op": ("order", POLICY),
    "op-global": ("order, global ranks", SETTINGS),
    "op-aug": ("order, augmented", PUBLISHED),
    "random": ("random actions", SCIP),
}
"""The same of several objectives."""


def orders() -> None:
    """Shares of the best objects that were built so far, by steps; the mean over seeds."""
    found = rows("gflownet-orders")
    tasks = [task for task in TASKS if any(row["task"] == task for row in found)]
    figure, panels = axes(2.6 * ((len(tasks) + 1) // 2), (len(tasks) + 1) // 2, 2)
    for panel, task in zip(panels, tasks, strict=False):
        curves: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        for row in found:
            if row["task"] == task:
                share = float(row["modes_built"]) / float(row["modes"])
                curves[row["method"]][int(row["steps"])].append(share)
        powers = {
            name: np.mean(curve[max(curve)]) for name, curve in curves.items() if name.startswith("tb-")
        }
        curves["tb"] = curves[max(powers, key=lambda name: powers[name])]
        for name, (label, colour) in METHODS.items():
            steps = sorted(curves[name])
            panel.plot(steps, [np.mean(curves[name][n]) for n in steps], color=colour, label=label)
        panel.set(title=TASKS[task], ylim=(-0.03, 1.03), xlabel="training steps of 32 objects")
    panels[0].set(ylabel="best objects built")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    for panel in panels[len(tasks) :]:
        panel.set_axis_off()
    save(figure, "gflownet-orders")


def fronts() -> None:
    """Shares of each Pareto front that a sample has, by steps; the mean over seeds and its range."""
    found = rows("gflownet-fronts")
    tasks = list(dict.fromkeys(row["task"] for row in found))
    n_rows = -(-len(tasks) // 4)
    figure, panels = axes(2.1 * n_rows, n_rows, 4)
    for panel, task in zip(panels, tasks, strict=False):
        for name, (label, colour) in FRONT_METHODS.items():
            shares: dict[int, list[float]] = defaultdict(list)
            for row in found:
                if (row["task"], row["method"]) == (task, name):
                    shares[int(row["steps"])].append(float(row["sampled"]))
            steps = sorted(shares)
            low, high = ([pick(shares[n]) for n in steps] for pick in (min, max))
            panel.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
            panel.plot(steps, [np.mean(shares[n]) for n in steps], color=colour, label=label)
        several = task.count("-") > 1
        panel.set(title=task.replace("-", ", " if several else " and "), ylim=(-0.03, 1.03))
    for k in range(0, len(tasks), 4):
        panels[k].set(ylabel="share of the front")
    for panel in panels[len(tasks) - 4 : len(tasks)]:
        panel.set(xlabel="steps of 128 objects")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    for panel in panels[len(tasks) :]:
        panel.set_axis_off()
    save(figure, "gflownet-fronts")
