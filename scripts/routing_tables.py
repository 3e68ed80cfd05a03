"""Print the tables of ``docs/results/routing.md`` from the rows in ``docs/data``; it measures nothing.

    python scripts/routing_tables.py [FOLDER]   # docs/data if not given

The rows are those of ``reproduce_routing.py``.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "docs" / "data"

ONE_HOP = (
    *("greedy", "compass", "most-forward", "nearest-forward", "min-sum", "two-planes", "linear"),
    *("gpsr", "face", "depth-first"),
)
TWO_HOPS = (*ONE_HOP, "greedy-2", "compass-2", "min-sum-2", "depth-first-2")
"""Controls by what a node knows, without those that carry a map."""

SPARSE = (
    *("greedy", "compass", "gpsr", "face", "depth-first", "map-1", "routing-explorer-1"),
    *("depth-first-2", "map-2", "routing-explorer-2"),
)
CURVED = (
    *("greedy", "compass", "gpsr", "depth-first-2", "routing-forwarder"),
    *("map-1", "routing-explorer-1", "map-2", "routing-explorer-2"),
)
LARGER = ("compass", "gpsr", "depth-first-2", "map-1", "routing-explorer-1", "map-2", "routing-explorer-2")

Row = dict[str, str]
Cells = dict[tuple[int, float], dict[str, Row]]


def rows_of(path: Path) -> list[Row]:
    """Return the rows of a file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def cells_of(path: Path) -> Cells:
    """Return the rows of a file by nodes and density, then by method."""
    found: Cells = {}
    for row in rows_of(path):
        found.setdefault((int(row["nodes"]), float(row["density"])), {})[row["method"]] = row
    return found


def line(*cells: str) -> None:
    """Print a row of a table."""
    print("| " + " | ".join(cells) + " |")


def head(*names: str) -> None:
    """Print the head of a table."""
    line(*names)
    print("|" + "---|" * len(names))


def best(cell: dict[str, Row], names: Sequence[str]) -> str:
    """Return which of some methods has the most zeta-accuracy."""
    return max(names, key=lambda name: float(cell[name]["zeta_accuracy"]))


def accuracies(cells: Cells) -> None:
    """Print zeta-accuracies, and in how many cells the learned rules are above and below."""
    plain = ("greedy", "two-planes", "routing-tensile", "routing-forwarder")
    head(
        "n, rho",
        *("greedy", "closed form (paper)", "routing-tensile", "routing-forwarder"),
        *("best of one hop", "map-1", "explorer-1", "best of two hops", "map-2", "explorer-2"),
    )
    for (n, density), cell in cells.items():
        one, two = best(cell, ONE_HOP), best(cell, TWO_HOPS)
        value = {name: f"{float(row['zeta_accuracy']):.3f}" for name, row in cell.items()}
        line(
            f"{n}, {density:g}",
            *(value[name] for name in plain),
            *(f"{value[one]} ({one})", value["map-1"], f"**{value['routing-explorer-1']}**"),
            *(f"{value[two]} ({two})", value["map-2"], f"**{value['routing-explorer-2']}**"),
        )
    print()
    for learned, controls in (
        ("routing-explorer-2", TWO_HOPS),
        ("routing-explorer-2", ("map-2",)),
        ("routing-explorer-1", ONE_HOP),
        ("routing-explorer-1", ("map-1",)),
        ("routing-forwarder", ONE_HOP),
        ("routing-forwarder", [name for name in ONE_HOP if name not in ("gpsr", "face", "depth-first")]),
    ):
        more = [
            float(cell[learned]["zeta_accuracy"]) - float(cell[best(cell, controls)]["zeta_accuracy"])
            for cell in cells.values()
        ]
        above, below = sum(one > 0 for one in more), sum(one < 0 for one in more)
        of = controls[0] if len(controls) == 1 else f"the best of {len(controls)}"
        print(f"{learned} and {of}: above in {above} of {len(more)} cells, below in {below}")


def sparse(cells: Cells) -> None:
    """Print delivery and stretch where density is 2, and the ratio of stretches that was asked for."""
    head("n", "way", "a node knows", "delivery", "mean stretch", "within 1.05", "bytes")
    for n in (125, 216):
        for name in SPARSE:
            row = cells[n, 2.0][name]
            line(
                *(str(n), f"`{name}`", row["knows"]),
                *(f"{float(row[measure]):.3f}" for measure in ("delivery", "mean_stretch", "accuracy")),
                f"{float(row['packet_bytes']):.0f}, {float(row['largest_packet']):.0f}",
            )
    print()
    for n in (125, 216):
        stretch = {name: float(row["mean_stretch"] or "inf") for name, row in cells[n, 2.0].items()}
        ratio = stretch["routing-explorer-2"] / min(stretch["gpsr"], stretch["depth-first-2"])
        print(
            f"n = {n}: stretch of routing-explorer-2 over the better of gpsr and depth-first-2: {ratio:.3f}"
        )


def rules(cells: Cells) -> None:
    """Print zeta-accuracy with delivery in brackets of rules without memory, a column a rule."""
    names = list(next(iter(cells.values())))
    head("rho", *names)
    for (_, density), cell in cells.items():
        line(f"{density:g}", *(_two(cell[name], "delivery") for name in names))


def by_columns(cells: Cells, names: Sequence[str], corner: str) -> None:
    """Print zeta-accuracy with mean stretch in brackets, a column a method."""
    head(corner, *names)
    for (n, density), cell in cells.items():
        line(f"{n}, {density:g}", *(_two(cell[name], "mean_stretch") for name in names))


def perturbed(failed: Cells, moved: Cells) -> None:
    """Print zeta-accuracy with delivery in brackets, after links failed and after nodes moved."""
    columns = [(part, key) for part in (failed, moved) for key in ((125, 5.0), (125, 3.0))]
    head("way", "links fail, rho 5", "rho 3", "nodes move, rho 5", "rho 3")
    for name in failed[125, 5.0]:
        label = name if "," in name else f"`{name}`"
        line(label, *(_two(part[key][name], "delivery") for part, key in columns))
    print()
    for part, key in columns:
        print(
            f"rho {key[1]:g}: repair changes {float(part[key]['table, repaired']['changed']):.3f} of the entries"
        )


def _two(row: Row, second: str) -> str:
    return f"{float(row['zeta_accuracy']):.3f} ({float(row[second]):.3f})"


def speeds(rows: Sequence[Row]) -> None:
    """Print what walks take."""
    head("way", "n", "pairs", "seconds", "seconds a million walks")
    for row in rows:
        count = f"{int(row['pairs']):,}"
        line(f"`{row['method']}`", f"{int(row['nodes']):,}", count, row["time_s"], row["million_walks_s"])
    print()
    print(f"peak memory: {max(int(row['peak_memory_mb']) for row in rows)} MB")


def needs(rows: Sequence[Row]) -> None:
    """Print what nodes keep and send, by what they know."""
    head("n, rho", "a node knows", "bytes it keeps", "broadcasts", "bytes it sends")
    for row in rows:
        line(
            *(f"{row['nodes']}, {float(row['density']):g}", row["knows"]),
            *(f"{float(row['state_bytes']):,.0f}", f"{float(row['messages']):.1f}"),
            f"{float(row['message_bytes']):,.0f}",
        )


def main() -> None:
    """Print all tables."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    square = cells_of(folder / "routing_square.csv")
    accuracies(square)
    print()
    sparse(square)
    print()
    needs(rows_of(folder / "routing_needs.csv"))
    print()
    rules(cells_of(folder / "routing_rules.csv"))
    print()
    by_columns(cells_of(folder / "routing_transfer.csv"), LARGER, "n, rho")
    print()
    by_columns(cells_of(folder / "routing_hyperbolic.csv"), CURVED, "n, delta")
    print()
    perturbed(cells_of(folder / "routing_failures.csv"), cells_of(folder / "routing_moves.csv"))
    print()
    speeds(rows_of(folder / "routing_speed.csv"))


if __name__ == "__main__":
    main()
