"""The tables of the front pages are those of the rows in ``docs/data``, and pages show the pictures that are drawn."""

from __future__ import annotations

import re
import sys

import pytest

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))  # scripts import each other by name
plot_branching = pytest.importorskip("plot_branching")  # needs matplotlib
plot_results = pytest.importorskip("plot_results")
plot_style = sys.modules["plot_style"]

FRONT_PAGES = ("README.md", "docs/index.md")


def table(page):
    """Yield the rows of a front page's table: family, size, and four ratios as they are printed."""
    lines = [line for line in (ROOT / page).read_text().splitlines() if line.startswith("| ")]
    names = {label: family for family, label in plot_style.FAMILIES.items()}
    family = None
    for line in lines:
        cells = [cell.strip(" *") for cell in line.strip("|").split("|")]
        family = names.get(cells[0], family if not cells[0] else None)
        if family and len(cells) == 7:
            yield family, cells[1], cells[3:]


@pytest.mark.parametrize("page", FRONT_PAGES)
def test_ratios_are_those_of_the_rows(page):
    rows = list(table(page))
    assert len(rows) == 9
    for family, size, printed in rows:
        default = plot_branching.ratios(family, size, "default")
        alone = plot_branching.ratios(family, size, "gasse")
        name = f"{family}-gcnn"
        expected = [1.0, default[f"none@{name}"], default[name], alone[name]]
        assert [float(cell) for cell in printed] == pytest.approx(expected, abs=0.00501)


def test_pictures_are_drawn_and_shown(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(plot_style, "IMAGES", tmp_path)
    for draw in plot_results.PICTURES.values():
        draw()
    drawn = {path.name for path in tmp_path.glob("*.png")}
    pages = "".join(path.read_text() for path in (ROOT / "docs" / "results").glob("*.md"))
    assert drawn <= set(re.findall(r"images/([\w-]+\.png)", pages))


@pytest.mark.parametrize(
    "page", [*FRONT_PAGES, *(f"docs/results/{p.name}" for p in (ROOT / "docs/results").glob("*.md"))]
)
def test_pictures_and_rows_that_pages_name_are_there(page):
    text = (ROOT / page).read_text()
    for name in re.findall(r"images/([\w-]+\.png)", text):
        assert (ROOT / "docs" / "images" / name).is_file()
    for pattern in re.findall(r"docs/data/[\w*-]+\.csv", text):
        assert list(ROOT.glob(pattern)), pattern
    for script in re.findall(r"scripts/[\w*]+\.py", text):
        assert list(ROOT.glob(script)), script
