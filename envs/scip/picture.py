"""A solve as a picture: the search tree and the bounds; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.scip.bounds_history import Bounds
from coplug.scip.bounds_picture import frame_bounds, plot_bounds
from coplug.scip.tree import TreeNode
from coplug.scip.tree_picture import draw_nodes

from ..figure import rgb_array

WIDTH, HEIGHT = 8.0, 6.0


def draw_solve(
    nodes: dict[int, TreeNode], bounds: Sequence[Bounds], title: str, notes: Sequence[str] = ()
) -> NDArray[np.uint8]:
    """Return a picture of the tree above the bounds, uint8, shape (600, 800, 3).

    Parameters
    ----------
    nodes : dict of int to TreeNode
        May be empty.
    bounds : sequence of Bounds
    title : str
    notes : sequence of str
        Written in the place of a tree, where there is none.

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """

    def draw(figure: Any) -> None:
        above, below = figure.subplots(2, 1, height_ratios=(2, 1) if nodes else (1, 2))
        figure.suptitle(title, fontsize=10, wrap=True)
        draw_nodes(figure, above, nodes)
        if not nodes:
            above.text(0.5, 0.5, "\n".join(notes), fontsize=10, family="monospace", ha="center", va="center")
        if not any(b.primal is not None or b.dual is not None for b in bounds):
            below.set_axis_off()
            return
        plot_bounds(below, [(b.lp_iterations, b.primal, b.dual) for b in bounds])
        frame_bounds(below, [(b.primal, b.dual) for b in bounds])
        below.set_xlabel("LP iterations")
        below.set_ylabel("objective")
        below.grid(alpha=0.3)

    return rgb_array(WIDTH, HEIGHT, draw)
