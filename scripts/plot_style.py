"""What every picture of the results has in common: colours, sizes, reading rows, saving."""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

DOCS = Path(__file__).parent.parent / "docs"
IMAGES = DOCS / "images"
WIDTH = 8.0
"""Inches; a page is about that wide."""

SCIP = "#7a828c"
SETTINGS = "#8fb3d9"
POLICY = "#1f4e8c"
PUBLISHED = "#c8702a"
SECOND = "#4f8f6b"
THIRD = "#8a5a9e"

FAMILIES = {
    "setcover": "set cover",
    "auctions": "auctions",
    "independent_set": "independent set",
    "facilities": "facilities",
    "multiple_knapsack": "multiple knapsack",
}
"""Families of the branching policies, as the pages call them, from the largest gain to the smallest."""

mpl.use("Agg")
mpl.rcParams.update(
    {
        "axes.edgecolor": "#b0b5bb",
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.labelcolor": "#333333",
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 9.5,
        "figure.constrained_layout.use": True,
        "font.size": 9.0,
        "grid.color": "#e6e8ea",
        "legend.frameon": False,
        "legend.fontsize": 8.5,
        "lines.linewidth": 1.6,
        "savefig.dpi": 150,
        "text.color": "#333333",
        "xtick.color": "#555555",
        "ytick.color": "#555555",
    }
)


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of ``docs/data/NAME.csv``."""
    with (DOCS / "data" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def axes(height: float, n_rows: int = 1, n_columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure of the page's width and its axes, row by row."""
    figure = Figure(figsize=(WIDTH, height))
    grid = figure.subplots(n_rows, n_columns, squeeze=False)
    return figure, [axis for row in grid for axis in row]


def save(figure: Figure, name: str) -> None:
    """Write ``docs/images/NAME.png``, the same bytes for the same picture."""
    figure.savefig(IMAGES / f"{name}.png", metadata={"Software": None})
    print(IMAGES / f"{name}.png")
