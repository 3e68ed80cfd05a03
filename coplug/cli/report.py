"""``coplug report``: a comparison as a page or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    csv: Annotated[Path, typer.Argument(metavar="RESULT.csv", help="What coplug compare wrote.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT.html|.png|.svg|.pdf", help="The page or the picture.")
    ] = Path("report.html"),
    policies: Annotated[
        str, typer.Option(help="Comma-separated, the reference first.  [default: all, in their order]")
    ] = "",
) -> None:
    """Show a comparison: performance profile, run against run, wins, and means with bootstrap intervals.

    A page is one file with everything in it. Pictures need the extra plot.
    """
    from coplug.comparison.account import account_of, check_report_path, write_account

    account = account_of(csv, [name.strip() for name in policies.split(",") if name.strip()])
    check_report_path(out)
    write_account(account, out)
    for line in account.table().text():
        typer.echo(line)
    for line in account.notes()[1:]:
        typer.echo(line)
    typer.echo(f"report: {out}")
