"""A look at where SCIP's time goes, and so at what can be gained: a table and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coplug.comparison.page import Table
from coplug.figures import Draw
from coplug.measurement import NODE_SHIFT, TIME_SHIFT_S, shifted_geometric_mean
from coplug.scip.stage import SETTLED
from coplug.tuning.solves import Solve

PARTS = ("presolving", "root", "tree")
"""What the time consists of,"""
WORK = ("separation", "heuristics", "branching", "lps")
"""and what was done in it; LPs within heuristics and strong branching are theirs."""

TREE_SHARE = 0.25
LEAST_NODES = 15.0
"""Branching is worth learning where so much of the time is spent below the root, in so many nodes."""

_COLOURS = {
    "presolving": "#8fb3d9",
    "root": "#35618f",
    "tree": "#c8702a",
    "separation": "#4f8f6b",
    "heuristics": "#8a5a9e",
    "branching": "#b23a48",
    "lps": "#7a828c",
}


@dataclass(frozen=True)
class Look:
    """What some solves show.

    Attributes
    ----------
    solves : tuple of Solve
    """

    solves: tuple[Solve, ...]

    @property
    def n_settled(self) -> int:
        """Runs that ended with a proof."""
        return sum(solve.status in SETTLED for solve in self.solves)

    @property
    def time_s(self) -> float:
        """Shifted geometric mean."""
        return shifted_geometric_mean([solve.time_s for solve in self.solves], TIME_SHIFT_S)

    @property
    def nodes(self) -> float:
        """Shifted geometric mean."""
        return shifted_geometric_mean([float(solve.nodes) for solve in self.solves], NODE_SHIFT)

    def share(self, part: str) -> float:
        """Return which share of all time a part took, in [0, 1]."""
        total = sum(solve.shares.total for solve in self.solves)
        return float(sum(getattr(solve.shares, part) for solve in self.solves)) / max(total, 1e-9)

    @property
    def spread(self) -> float:
        """By which factor runs of one instance under other seeds differ, typically; NaN where none has two."""
        times: dict[str, list[float]] = {}
        for solve in self.solves:
            times.setdefault(solve.instance, []).append(float(np.log(solve.time_s + TIME_SHIFT_S)))
        deviations = [float(np.std(group, ddof=1)) for group in times.values() if len(group) > 1]
        return float(np.exp(np.mean(deviations))) if deviations else float("nan")

    @property
    def branching_pays(self) -> bool:
        """Whether there is enough below the root for another branching rule to matter."""
        return self.share("tree") >= TREE_SHARE and self.nodes >= LEAST_NODES

    def table(self) -> Table:
        """Return it as a table."""
        named = [(part, part) for part in PARTS] + [(part, f"in all of it: {part}") for part in WORK]
        rows = [(name, f"{100 * self.share(part):.0f} %", _meaning(part)) for part, name in named]
        return Table(("part", "share of the time", "what can change it"), rows)

    def lines(self) -> list[str]:
        """Return what it shows in words."""
        n = len(self.solves)
        spread = self.spread
        lines = [
            f"{self.n_settled} of {n} runs with a proof; {self.time_s:.1f} s and {self.nodes:.0f} nodes, shifted means"
            + (f"; seeds make a factor of {spread:.2f}, typically" if np.isfinite(spread) else "")
        ]
        if not self.n_settled:
            lines.append("no run is solved within the limit: settings alone, by what is reached at the limit")
        elif self.branching_pays:
            lines.append(
                f"{100 * self.share('tree'):.0f} % of the time is below the root: what branching can win at most"
            )
        else:
            lines.append(
                f"{100 * self.share('tree'):.0f} % of the time is below the root: there is little to branch on, "
                "settings alone can help"
            )
        return lines


def draw_looks(looks: Sequence[tuple[str, Look]]) -> list[Draw]:
    """Return panels with seconds by part, a bar for each look: what the time consists of, and what was done in it."""

    def panel(parts: Sequence[str], title: str) -> Draw:
        def draw(axes: Any) -> None:
            for k, (_, look) in enumerate(looks):
                left, mean = 0.0, float(np.mean([solve.shares.total for solve in look.solves]))
                for part in parts:
                    width = look.share(part) * mean
                    axes.barh(k, width, left=left, color=_COLOURS[part], label=part if k == 0 else None)
                    left += width
            axes.set_yticks(range(len(looks)), [name for name, _ in looks])
            axes.invert_yaxis()
            axes.set_xlabel("mean seconds of CPU time")
            axes.set_title(title, fontsize=10, loc="left")
            axes.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.18), ncols=2)
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)

        return draw

    return [panel(PARTS, "Where the time goes"), panel(WORK, "What is done in it")]


def _meaning(part: str) -> str:
    return {
        "presolving": "presolving, probing",
        "root": "cuts and heuristics at the root",
        "tree": "branching, node selection, and all that is done at nodes",
        "separation": "separation off, at the root, fast; single separators",
        "heuristics": "groups of heuristics, single ones",
        "branching": "a learned policy, reliability parameters",
        "lps": "scaling, pricing, warm starts",
    }[part]
