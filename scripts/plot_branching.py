"""Pictures of branching in SCIP: times by family, profiles, accuracy against cost, the dual tasks, speed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from plot_style import FAMILIES, POLICY, PUBLISHED, SCIP, SETTINGS, axes, rows, save

from coplug.measurement import TIME_SHIFT_S, shifted_geometric_mean

SIZES = ("easy", "medium")
RIGHT_END = 8.0
"""Of the factors that profiles show."""

COSTS = {"state of a node": "Reading the state of a node", "forward pass": "Evaluating the network"}

Times = dict[str, dict[tuple[str, str], float]]
"""Seconds by policy, and by instance and seed."""


def times(family: str, size: str, protocol: str) -> Times:
    """Return the times of all solves of a table; a run at a limit counts with its time."""
    found: Times = defaultdict(dict)
    for row in rows(f"{family.replace('_', '-')}-{size}-{protocol}"):
        found[row["policy"]][row["instance"], row["seed"]] = float(row["time_s"])
    return dict(found)


def solving_times(family: str, size: str, protocol: str) -> Times:
    """Return the times until solves of a table ended with a proof: infinite for a run at a limit."""
    found = times(family, size, protocol)
    for row in rows(f"{family.replace('_', '-')}-{size}-{protocol}"):
        if row["status"] != "optimal":
            found[row["policy"]][row["instance"], row["seed"]] = np.inf
    return found


def has_table(family: str, size: str) -> bool:
    """Tell whether a family was measured at a size."""
    return not (family == "multiple_knapsack" and size == "medium")


def ratios(family: str, size: str, protocol: str) -> dict[str, float]:
    """Return the mean time of each policy over that of SCIP's default."""
    means = {
        policy: shifted_geometric_mean(list(seconds.values()), TIME_SHIFT_S)
        for policy, seconds in times(family, size, protocol).items()
    }
    return {policy: mean / means["none"] for policy, mean in means.items()}


def published_ratios(method: str, hardware: str) -> dict[tuple[str, str], float]:
    """Return published times over that of SCIP's default, by family and size."""
    return {
        (row["family"], row["size"]): float(row["time_s"]) / float(row["reference_time_s"])
        for row in rows("published-branching")
        if (row["method"], row["hardware"]) == (method, hardware)
    }


def time_by_family() -> None:
    """Time over SCIP's, by family and size: SCIP as it comes, and branching alone beside published results."""
    lines = [(family, size) for family in FAMILIES for size in SIZES if has_table(family, size)]
    labels = [f"{FAMILIES[family]}, {size}" for family, size in lines]
    figure, (full, alone) = axes(3.9, 1, 2)
    place = np.arange(len(lines))[::-1]

    default = [ratios(family, size, "default") for family, size in lines]
    policy = [ratio[f"{family}-gcnn"] for (family, _), ratio in zip(lines, default, strict=True)]
    settings = [ratio[f"none@{family}-gcnn"] for (family, _), ratio in zip(lines, default, strict=True)]
    full.hlines(place, policy, settings, color=SETTINGS, linewidth=2.0, zorder=1)
    full.scatter(settings, place, color=SETTINGS, s=42, label="the policy's settings, SCIP's branching")
    full.scatter(policy, place, color=POLICY, s=42, label="the policy: network and settings")
    full.set(title="Against SCIP as it comes", yticks=place, yticklabels=labels)

    gasse = [ratios(family, size, "gasse")[f"{family}-gcnn"] for family, size in lines]
    gpu = published_ratios("GCNN", "GPU")
    known = [(p, gpu[line]) for p, line in zip(place, lines, strict=True) if line in gpu]
    alone.scatter(gasse, place, color=POLICY, s=42, label="coplug, one CPU core")
    alone.scatter(
        [min(ratio, 1.2) for _, ratio in known],
        [p for p, _ in known],
        facecolor="none",
        edgecolor=PUBLISHED,
        s=42,
        label="Gasse et al. 2019, GPU",
    )
    for p, ratio in known:
        if ratio > 1.2:
            alone.text(1.17, p, f"{ratio:.2f} \N{RIGHTWARDS ARROW}", color=PUBLISHED, va="center", ha="right")
    alone.set(title="Branching alone (protocol of Gasse et al.)", yticks=place, yticklabels=[])

    for axis in (full, alone):
        axis.axvline(1.0, color=SCIP, linewidth=1.2, zorder=0)
        axis.set(xlim=(0.25, 1.25), xlabel="time / time of SCIP's default", ylim=(-0.6, len(lines) - 0.4))
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=1)
    save(figure, "branching-time")


def profile(seconds: Times) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return for each policy the factors of the fastest time, sorted, and the shares of runs within them."""
    common = sorted(set.intersection(*(set(runs) for runs in seconds.values())))
    table = np.array([[runs[key] for key in common] for runs in seconds.values()])
    factors = np.sort(table / table.min(axis=0), axis=1)
    shares = np.arange(1, len(common) + 1) / len(common)
    return {
        policy: (row[np.isfinite(row)], shares[np.isfinite(row)])
        for policy, row in zip(seconds, factors, strict=True)
    }


def profiles() -> None:
    """How many runs are within a factor of the fastest time, SCIP as it comes, one panel for a family."""
    figure, panels = axes(4.6, 2, 3)
    for axis, family in zip(panels, FAMILIES, strict=False):
        size = "medium" if has_table(family, "medium") else "easy"
        names = {
            "none": ("SCIP's default", SCIP),
            f"none@{family}-gcnn": ("the policy's settings, SCIP's branching", SETTINGS),
            f"{family}-gcnn": ("the policy: network and settings", POLICY),
        }
        found = profile(solving_times(family, size, "default"))
        for policy, (label, colour) in names.items():
            factor, share = found[policy]
            steps = ([1.0, *factor, RIGHT_END], [0.0, *share, share[-1]])
            axis.step(*steps, where="post", color=colour, label=label)
        n = len(times(family, size, "default")["none"])
        axis.set(
            title=f"{FAMILIES[family]}, {size} ({n} runs)",
            xscale="log",
            xlim=(1.0, RIGHT_END),
            ylim=(0, 1.02),
        )
        axis.set_xticks([1, 2, 4, 8], ["1", "2", "4", "8"])
        axis.minorticks_off()
    for axis in panels[2:5]:
        axis.set_xlabel("factor of the fastest time")
    for axis in panels[::3]:
        axis.set_ylabel("share of runs within it")
    panels[5].axis("off")
    panels[5].legend(*panels[0].get_legend_handles_labels(), loc="center")
    save(figure, "branching-profiles")


def ms_per_decision(family: str) -> float:
    """Return what a decision cost in the easy table, reading the state and evaluating the network, in ms."""
    runs = [
        row for row in rows(f"{family.replace('_', '-')}-easy-gasse") if row["policy"] == f"{family}-gcnn"
    ]
    calls = sum(int(row["policy_calls"]) for row in runs)
    return 1e3 * sum(float(row["policy_time_s"]) for row in runs) / calls


def accuracy() -> None:
    """How often strong branching's best comes first, against what a decision costs."""
    figure, (axis,) = axes(3.3)
    points: Mapping[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for row in rows("branching-accuracy"):
        family = row["family"]
        cost = float(row["ms_per_decision"]) if row["ms_per_decision"] else ms_per_decision(family)
        points[family][row["source"]] = (cost, float(row["acc_at_1"]))
    for family, of_source in points.items():
        ours, theirs = of_source.pop("coplug"), next(iter(of_source.values()))
        axis.plot(*zip(ours, theirs, strict=True), color="#d5d8dc", linewidth=1.2, zorder=1)
        axis.scatter(*ours, color=POLICY, s=42, zorder=2)
        axis.scatter(*theirs, facecolor="white", edgecolor=PUBLISHED, s=42, zorder=2)
        _label(axis, FAMILIES[family], ours)
    axis.scatter([], [], color=POLICY, s=42, label="coplug: 2,929 to 20,741 samples, one CPU core")
    axis.scatter(
        [], [], facecolor="white", edgecolor=PUBLISHED, s=42, label="Gasse et al. 2019: 100,000 samples, V100"
    )
    axis.set(xscale="log", xlim=(0.1, 20), ylim=(30, 80))
    axis.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axis.set(xlabel="milliseconds a decision, state and network", ylabel="acc@1, %")
    axis.legend(loc="lower right")
    save(figure, "branching-accuracy")


def _label(axis: Axes, text: str, point: tuple[float, float]) -> None:
    up = 1 if point[1] > 65.0 else -1  # where no other line passes
    aligned: Literal["bottom", "top"] = "bottom" if up > 0 else "top"
    axis.annotate(text, point, (0, 7 * up), textcoords="offset points", ha="center", va=aligned, fontsize=8.5)


def dual_tasks() -> None:
    """Gain in the integral of the dual bound over SCIP's default, instance by instance."""
    figure, panels = axes(2.9, 1, 2)
    for axis, family in zip(panels, ("item placement", "load balancing"), strict=True):
        name = family.replace(" ", "_")
        integral: dict[str, dict[str, float]] = defaultdict(dict)
        for row in rows(f"{family.replace(' ', '-')}-dual-task"):
            integral[row["policy"]][row["instance"]] = float(row["bound_integral"])
        instances = sorted(integral["none"])
        shown = (
            (f"none@{name}-gcnn", "its settings alone", SETTINGS, "o"),
            (f"active-weights@{name}-gcnn", "the rule active-weights", SCIP, "s"),
            (f"{name}-gcnn", "the policy", POLICY, "o"),
        )
        for policy, label, colour, marker in shown:
            gain = [integral[policy][i] - integral["none"][i] for i in instances]
            axis.scatter(range(1, len(gain) + 1), gain, color=colour, s=32, marker=marker, label=label)
        axis.axhline(0.0, color=SCIP, linewidth=1.2, zorder=0)
        axis.set(
            title=f"{family}, 60 s after the root", xlabel="test instance", ylabel="gain over SCIP's default"
        )
        axis.set_xticks(range(1, len(instances) + 1))
    panels[0].legend(loc="upper center", ncols=1, fontsize=8)
    save(figure, "ml4co")


def speed() -> None:
    """Milliseconds that a node costs."""
    figure, panels = axes(1.9, 1, 2)
    for axis, (what, title) in zip(panels, COSTS.items(), strict=True):
        found = [(row["how"], float(row["ms"])) for row in rows("speed") if row["what"] == what][::-1]
        names, costs = zip(*found, strict=True)
        colours = [POLICY if name.startswith("coplug") and "portable" not in name else SCIP for name in names]
        axis.barh(names, costs, color=colours, height=0.55)
        for place, cost in enumerate(costs):
            axis.text(cost * 1.15, place, f"{cost:g} ms", va="center", fontsize=8.5)
        axis.set(title=title, xscale="log", xlim=(0.05, 80))
        axis.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
        axis.grid(visible=False, axis="y")
    save(figure, "speed")
