"""Pictures of graph problems and GFlowNets: sets against seconds, extremal graphs, distances to a distribution."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
from plot_style import POLICY, PUBLISHED, SCIP, SECOND, SETTINGS, THIRD, axes, rows, save

from coplug.problems.extremal.archive import read_archive
from coplug.problems.extremal.known import A006856

ARCHIVE = Path(__file__).parent.parent / "instances" / "extremal" / "girth5.g6"
MIS_FAMILIES = {"rb": "RB, 200 to 300 nodes", "social_ego": "stand-in for TWITTER"}
COMPARATORS = {"mis-comparator-rb": POLICY, "mis-comparator-social": SECOND}
MIS_METHODS = {
    "greedy": (SCIP, "s", 36),
    "SCIP 1 s": (SCIP, "D", 36),
    "ReduMIS 1 s": (PUBLISHED, "^", 36),
    "auto 1 s": ("#111111", "*", 80),
}
"""Colour, marker and its size."""

LOSSES = {
    "fm": "flow matching",
    "db": "detailed balance",
    "tb": "trajectory balance",
    "subtb": "sub-trajectory balance",
}


def _means(name: str, quantity: str) -> dict[str, tuple[float, float]]:
    """Return mean seconds and mean quantity of each method of a table."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows(name):
        found[row["method"]].append((float(row["time_s"]), float(row[quantity])))
    return {method: tuple(np.mean(values, axis=0)) for method, values in found.items()}


def independent_sets() -> None:
    """Ratio to the best set known against seconds a graph, on two families."""
    figure, panels = axes(3.6, 1, 2)
    for axis, (family, title) in zip(panels, MIS_FAMILIES.items(), strict=True):
        found = _means(f"mis-{family}-easy", "ratio")
        for name, colour in COMPARATORS.items():
            line = [found[f"{name}, {way}"] for way in ("1 roll-out", "8 roll-outs", "beam of 8")]
            axis.plot(*zip(*line, strict=True), color=colour, marker="o", markersize=5, label=name)
        for method, (colour, marker, size) in MIS_METHODS.items():
            axis.scatter(*found[method], color=colour, marker=marker, s=size, label=method, zorder=3)
        axis.set(title=title, xscale="log", xlim=(1e-4, 4), ylim=(0.8, 1.01), xlabel="seconds a graph")
    panels[0].set_ylabel("size / best size known")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    save(figure, "independent-sets")


def set_policies() -> None:
    """Mean size of the set against seconds a graph, of policies that build it node by node."""
    figure, (axis,) = axes(3.6)
    found = _means("mis-env-rb-small", "size")
    for name, colour in (("PPO", POLICY), ("GFlowNet", SECOND)):
        for end, style, note in (("", "-", ""), (", reductions", ":", ", with reductions between the steps")):
            line = [found[f"{name}{end}"], found[f"{name}, best of 20{end}"]]
            axis.plot(
                *zip(*line, strict=True), color=colour, marker="o", linestyle=style, label=f"{name}{note}"
            )
    for method, label, colour, marker in (
        ("greedy", "greedy, least degree", SCIP, "s"),
        ("greedy, reductions", "the same, with reductions", SCIP, "P"),
        ("ReduMIS 1 s", "ReduMIS, 1 s", PUBLISHED, "^"),
        ("search 1 s", "reductions and local search, 1 s", "#111111", "*"),
    ):
        axis.scatter(*found[method], color=colour, marker=marker, s=80 if marker == "*" else 36, label=label)
    axis.set(
        xscale="log",
        xlabel="seconds a graph",
        ylabel="mean size of the set",
        xlim=(4e-4, 3),
        ylim=(18.3, 20.8),
    )
    axis.legend(loc="upper left")
    axis.annotate(
        "one set", found["GFlowNet"], (0, -14), textcoords="offset points", ha="center", fontsize=8.5
    )
    best = found["PPO, best of 20"]
    axis.annotate("best of 20", best, (6, -14), textcoords="offset points", fontsize=8.5)
    save(figure, "independent-set-policies")


def extremal_values() -> None:
    """Edges over n to the power 1.5: the archive, proved values, published ones."""
    figure, (axis,) = axes(3.4)
    archive = read_archive(ARCHIVE, (3, 4), print)
    sizes = np.array([n for n in archive.sizes() if n >= 10])
    edges = np.array([archive.n_edges(n) for n in sizes])
    axis.plot(sizes, edges / sizes**1.5, color=POLICY, label="shipped graphs")
    proved = np.array([n for n in sizes if n < len(A006856)])
    axis.scatter(
        proved,
        [A006856[n] / n**1.5 for n in proved],
        color=SETTINGS,
        s=14,
        label="proved values (OEIS A006856)",
        zorder=3,
    )
    for source, colour, marker in (
        ("Afzaly", SECOND, "s"),
        ("Goedgebeur", PUBLISHED, "o"),
        ("Mehrabian", THIRD, "D"),
    ):
        points = [row for row in rows("published-extremal") if row["source"].startswith(source)]
        axis.scatter(
            [int(row["n"]) for row in points],
            [int(row["edges"]) / int(row["n"]) ** 1.5 for row in points],
            facecolor="white",
            edgecolor=colour,
            marker=marker,
            s=34,
            zorder=4,
            label=points[0]["source"].split(",")[0],
        )
    axis.set(xlabel="nodes n", ylabel=r"edges / $n^{1.5}$", xlim=(8, 150))
    axis.legend(loc="upper right")
    save(figure, "extremal-values")


def extremal_flips() -> None:
    """Flips until the proved value, or in the ten seconds of a size that was missed."""
    figure, panels = axes(3.2, 1, 2)
    lines = {
        ("tabu", "none"): ("tabu search", SCIP, "-"),
        ("alphazero, slack 0", "extremal-pairformer"): (
            "tree search among the largest gains, network",
            POLICY,
            "-",
        ),
        ("alphazero, slack 0", "none"): ("the same without a network", POLICY, ":"),
        ("alphazero, slack 1", "extremal-pairformer"): ("up to 1 below the largest, network", PUBLISHED, "-"),
        ("alphazero, slack 1", "none"): ("the same without a network", PUBLISHED, ":"),
    }
    for axis, (kind, title) in zip(
        panels, (("alone", "Each size from nothing"), ("curriculum", "With the curriculum")), strict=True
    ):
        for (method, guide), (label, colour, style) in lines.items():
            flips: dict[int, list[float]] = defaultdict(list)
            for row in rows("extremal-alphazero"):
                if (row["kind"], row["method"], row["guide"]) == (kind, method, guide) and int(
                    row["nodes"]
                ) >= 8:
                    flips[int(row["nodes"])].append(max(float(row["flips"]), 1.0))
            sizes = sorted(flips)
            axis.plot(sizes, [np.mean(flips[n]) for n in sizes], color=colour, linestyle=style, label=label)
        axis.set(title=title, yscale="log", xlabel="nodes")
    panels[0].set_ylabel("flips until the proved value")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    save(figure, "extremal-flips")


def gflownet_curves() -> None:
    """Total variation between what a GFlowNet draws and its target, by training steps; the mean over seeds."""
    figure, (axis,) = axes(3.0)
    for (loss, label), colour in zip(LOSSES.items(), (SCIP, POLICY, PUBLISHED, SECOND), strict=True):
        distances: dict[int, list[float]] = defaultdict(list)
        for row in rows("gflownet-hypergrid"):
            if row["loss"] == loss:
                distances[int(row["steps"])].append(float(row["tv"]))
        steps = sorted(distances)
        low, high = ([pick(distances[n]) for n in steps] for pick in (min, max))
        axis.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
        axis.plot(
            steps, [np.mean(distances[n]) for n in steps], color=colour, marker="o", markersize=4, label=label
        )
    axis.set(
        yscale="log", xlabel="training steps of 16 trajectories", ylabel="total variation", xlim=(200, 2050)
    )
    axis.legend(loc="upper right")
    save(figure, "gflownet-hypergrid")
