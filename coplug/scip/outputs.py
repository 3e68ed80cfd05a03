"""What a solve by SCIP writes besides its solution: log, statistics and the search tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyscipopt

from coplug.errors import OutputError
from coplug.figures import check_picture_path, save_figure
from coplug.files import check_writable as check_file
from coplug.files import check_written, make_directory, replacing
from coplug.scip.options import SolveOptions
from coplug.scip.paths import scip_path

if TYPE_CHECKING:
    from coplug.scip.tree_events import TreeEvents

TREE_WIDTH = 9.0
"""Of its picture, in inches."""


def open_outputs(model: pyscipopt.Model, options: SolveOptions) -> None:
    """See that all that is asked for can be written, and begin the log.

    Raises
    ------
    OutputError
        If something cannot.
    UsageError
        If the tree's picture has no known format, or matplotlib is missing.
    """
    if options.statistics is not None:
        check_file(options.statistics, "--statistics")
    if options.tree is not None:
        check_picture_path(options.tree, "--tree")
    if options.log is not None:
        _log_to(model, options.log)


def write_outputs(model: pyscipopt.Model, options: SolveOptions, tree: TreeEvents | None) -> list[str]:
    """Write what was asked for; return why something could not be, a line each."""
    steps: list[Callable[[], None]] = []
    if options.log is not None:
        steps.append(partial(_end_log, model, options.log))
    if options.statistics is not None:
        steps.append(partial(_write_statistics, model, options.statistics))
    if options.tree is not None and tree is not None:
        steps.append(partial(_draw_tree, tree, options.tree))
    faults = []
    for step in steps:
        try:
            step()
        except OutputError as error:
            faults.append(str(error))
    return faults


def _log_to(model: pyscipopt.Model, path: Path) -> None:
    make_directory(path.parent)
    try:
        path.open("w").close()
    except OSError as error:
        raise OutputError(f"--log {path} cannot be written: {error.strerror or error}") from error
    readable = scip_path(path)
    if readable is None:
        raise OutputError(f"--log {path}: SCIP opens no file whose name is not UTF-8; choose another")
    model.setLogfile(readable)


def _end_log(model: pyscipopt.Model, path: Path) -> None:
    model.setLogfile(None)
    check_written(path)


def _write_statistics(model: pyscipopt.Model, path: Path) -> None:
    write = model.writeStatisticsJson if path.suffix == ".json" else model.writeStatistics
    with replacing(path) as temporary:
        write(scip_path(temporary) or str(temporary))
        check_written(temporary)


def _draw_tree(tree: TreeEvents, path: Path) -> None:
    from coplug.scip.tree_picture import draw_nodes

    def draw(axes: Any) -> None:
        axes.set_title(tree.title, fontsize=9, wrap=True)
        draw_nodes(axes.figure, axes, tree.nodes)

    save_figure(path, draw, TREE_WIDTH)
