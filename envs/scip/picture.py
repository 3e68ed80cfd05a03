"""The search tree as a picture; needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.scip.tree import TreeNode
from coplug.scip.tree_picture import draw_nodes

from ..figure import rgb_array

WIDTH, HEIGHT = 8.0, 6.0


def draw_tree(nodes: dict[int, TreeNode], title: str) -> NDArray[np.uint8]:
    """Return a picture of the tree, uint8, shape (600, 800, 3).

    Parameters
    ----------
    nodes : dict of int to TreeNode
        May be empty.
    title : str

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """

    def draw(figure: Any, axes: Any) -> None:
        axes.set_title(title, fontsize=9, wrap=True)
        draw_nodes(figure, axes, nodes)

    return rgb_array(WIDTH, HEIGHT, draw)
