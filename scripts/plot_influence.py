"""The picture of influence maximization where the diffusion is known; see ``plot_results.py``."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from plot_style import POLICY, PUBLISHED, SCIP, axes, rows, save

DIFFUSIONS = {
    "ic": "independent cascade",
    "lt": "linear threshold",
    "fixed": "fixed thresholds",
    "sis": "SIS",
}
METHODS = {
    "deepim": ("DeepIM", POLICY),
    "celf": ("lazy greedy", PUBLISHED),
    "degree-discount": ("degree discount", SCIP),
}
SHARES = (1, 5, 10, 20)
"""Seeds, in percent of the nodes."""


def known() -> None:
    """Spreads over that of IMM, by the share of seeds: means over the graphs, and their ranges."""
    spreads: dict[tuple[str, int, str], dict[str, float]] = defaultdict(dict)
    for row in rows("influence-known"):
        share = 100 * int(row["budget"]) / int(row["nodes"])
        nearest = min(SHARES, key=lambda each: abs(each - share))
        spreads[row["diffusion"], nearest, row["graph"]][row["method"]] = float(row["spread"])
    figure, panels = axes(2.6, 1, 4)
    for panel, (diffusion, title) in zip(panels, DIFFUSIONS.items(), strict=True):
        for method, (label, colour) in METHODS.items():
            ratios: dict[int, list[float]] = defaultdict(list)
            for (of, share, _), found in spreads.items():
                if of == diffusion and method in found:
                    ratios[share].append(found[method] / found["imm"])
            shares = sorted(ratios)
            panel.plot(shares, [np.mean(ratios[s]) for s in shares], color=colour, label=label, marker=".")
            low, high = ([pick(ratios[s]) for s in shares] for pick in (min, max))
            panel.fill_between(shares, low, high, color=colour, alpha=0.15, linewidth=0)
        panel.axhline(1.0, color="#333333", linewidth=0.8)
        panel.set(title=title, xlabel="seeds, % of the nodes", xscale="log")
        panel.set_xticks(SHARES, [str(share) for share in SHARES], minor=False)
        panel.minorticks_off()
    panels[0].set(ylabel="spread over that of IMM")
    figure.legend(*panels[2].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    save(figure, "influence-known")
