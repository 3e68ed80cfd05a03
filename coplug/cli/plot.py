"""``coplug plot``: curves of training runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def plot(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories of coplug train.")],
    out: Annotated[Path, typer.Option(metavar="OUT.png|.pdf|.svg", help="The picture.")] = Path("curves.png"),
    metric: Annotated[
        str, typer.Option(help="What is drawn, a name of metrics.jsonl.  [default: the evaluation's first]")
    ] = "",
    axis: Annotated[
        str,
        typer.Option(
            metavar="environment_steps|samples|epoch|time_s",
            help="Against what.  [default: steps or samples where there are any]",
        ),
    ] = "",
    csv: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="Write the curves as numbers, too.")
    ] = None,
) -> None:
    """Draw how runs went: a curve for runs that differ in their seeds alone, with a 95 % band; baselines as lines."""
    from coplug.errors import UsageError
    from coplug.evaluation.curves import AXES, curves, curves_csv, draw_curves
    from coplug.figures import check_picture_path, save_figure
    from coplug.files import check_writable, write_atomically

    if axis and axis not in AXES:
        raise UsageError(f"--axis {axis} is unknown; choose from {', '.join(AXES)}")
    check_picture_path(out, "--out")
    if csv is not None:
        check_writable(csv, "--csv")
    metric, axis, found = curves(runs, metric, axis)
    save_figure(out, lambda axes: draw_curves(axes, metric, axis, found))
    if csv is not None:
        write_atomically(csv, curves_csv(metric, axis, found).encode())
    for curve in found:
        typer.echo(f"{curve.label or 'learned'}: {metric} {curve.mean[-1]:.4g} at {axis} {curve.x[-1]:g}")
    typer.echo(f"picture: {out}")
