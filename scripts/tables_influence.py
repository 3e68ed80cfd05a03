"""Write the tables of ``docs/results/influence.md`` from the rows in ``docs/data``.

    python scripts/tables_influence.py

A table stands between the comments ``<!-- table NAME -->`` and ``<!-- end -->``. It measures nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from statistics import mean

from bench_influence import DATA
from csv_rows import rows_of

PAGE = DATA.parent / "results" / "influence.md"
DIFFUSIONS = {"ic": "ic", "lt": "lt", "fixed": "lt, 0.5", "sis": "sis"}
KNOWN = {
    "celf": "lazy greedy",
    "imm": "IMM",
    "deepim": "DeepIM",
    "deepim-student": "student",
    "influence-rl": "influence-rl",
    "degree-discount": "degree discount",
    "random": "random",
}
CASCADES = {
    "truth": "truth",
    "shared": "shared",
    "deepim": "shared, DeepIM",
    "likelihood": "likelihood (Saito et al.)",
    "counts": "counts (Goyal et al.)",
    "credits": "credits",
    "together": "together",
}
TRANSFER = ("imm", "influence-rl", "degree-discount", "random")

Row = dict[str, str]


def main() -> None:
    """Write every table."""
    tables: dict[str, Callable[[], Iterator[Sequence[str]]]] = {
        "quality": quality,
        "speed": speed,
        "known": known,
        "cascades": cascades,
        "transfer": transfer,
    }

    def filled(found: re.Match[str]) -> str:
        lines = [f"| {' | '.join(cells)} |" for cells in tables[found[1]]()]
        heading = "|---" * (lines[0].count("|") - 1) + "|"
        return "\n".join(
            [f"<!-- table {found[1]} -->", "", lines[0], heading, *lines[1:], "", "<!-- end -->"]
        )

    text = PAGE.read_text("utf-8")
    PAGE.write_text(re.sub(r"<!-- table (\w+) -->.*?<!-- end -->", filled, text, flags=re.DOTALL), "utf-8")


def quality() -> Iterator[Sequence[str]]:
    """Yield the least and the greatest difference to lazy greedy over the budgets, by graph and diffusion."""
    yield "graph", "diffusion", "IMM less lazy greedy", "OPIM-C less lazy greedy"
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows_of(DATA / "influence-quality.csv"):
        cells[row["graph"], row["diffusion"]].append(row)
    for (graph, diffusion), rows in cells.items():
        ranges = []
        for method in ("imm", "opim-c"):
            differences = [float(row[method]) - float(row["celf"]) for row in rows]
            ranges.append(f"{min(differences):+.2f} to {max(differences):+.2f}")
        yield graph, diffusion, *ranges


def speed() -> Iterator[Sequence[str]]:
    """Yield what was timed."""
    yield "what", "of", "nodes", "arcs", "seconds", "CPU seconds", "GB", "spread"
    for row in rows_of(DATA / "influence-speed.csv"):
        numbers = (f"{int(row[key]):,}" for key in ("nodes", "arcs"))
        spread = f"{float(row['spread']):,.0f}"
        yield row["method"], row["of"], *numbers, row["seconds"], row["cpu_s"], row["peak_gb"], spread


def known() -> Iterator[Sequence[str]]:
    """Yield the spread of every method, by diffusion, graph and budget."""
    yield "diffusion", "graph", "seeds", *KNOWN.values()
    found = spreads("known")
    order = list(DIFFUSIONS)
    graphs = list(dict.fromkeys(graph for graph, _, _ in found))
    for graph, diffusion, budget in sorted(
        found, key=lambda cell: (order.index(cell[1]), graphs.index(cell[0]), int(cell[2]))
    ):
        spread = found[graph, diffusion, budget]
        yield DIFFUSIONS[diffusion], graph, budget, *(shown(spread.get(method, [])) for method in KNOWN)


def cascades() -> Iterator[Sequence[str]]:
    """Yield the spread of every estimator in the first draw of cascades, what ``auto`` takes in bold."""
    yield "graph", "seeds", *CASCADES.values()
    taken = {
        (row["graph"], row["budget"]): row["method"]
        for row in rows_of(DATA / "influence-cascades.csv")
        if row["diffusion"] == "cascades-0" and row["auto"] == "1"
    }
    for (graph, draw, budget), spread in by_budget(spreads("cascades")):
        if draw == "cascades-0":
            texts = {method: shown(spread.get(method, [])) for method in CASCADES}
            texts[taken[graph, budget]] = f"**{texts[taken[graph, budget]]}**"
            yield graph, budget, *texts.values()


def transfer() -> Iterator[Sequence[str]]:
    """Yield the mean spread over the graphs of a family."""
    yield "family", "seeds", *(KNOWN[method] for method in TRANSFER)
    for (family, _, budget), spread in by_budget(spreads("transfer")):
        yield family.replace("_", " "), budget, *(shown(spread[method]) for method in TRANSFER)


def spreads(part: str) -> dict[tuple[str, str, str], dict[str, list[float]]]:
    """Return the spreads by graph (without its number), diffusion and budget, and by method."""
    found: dict[tuple[str, str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows_of(DATA / f"influence-{part}.csv"):
        graph = re.sub(r"-\d+$", "", row["graph"])
        found[graph, row["diffusion"], row["budget"]][row["method"]].append(float(row["spread"]))
    return found


def by_budget(
    found: dict[tuple[str, str, str], dict[str, list[float]]],
) -> list[tuple[tuple[str, str, str], dict[str, list[float]]]]:
    """Return cells as graphs come, and by budget within each."""
    graphs = list(dict.fromkeys(graph for graph, _, _ in found))
    return sorted(found.items(), key=lambda cell: (graphs.index(cell[0][0]), int(cell[0][2])))


def shown(values: list[float]) -> str:
    """Return a mean of spreads with two digits, nothing of none."""
    return f"{mean(values):.2f}" if values else ""


if __name__ == "__main__":
    main()
