"""The tables of ``docs/results/routing.md`` are those of the rows in ``docs/data``."""

from __future__ import annotations

import sys

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import routing_tables


def test_the_page_has_the_tables_of_the_rows(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["routing_tables.py"])
    routing_tables.main()
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    page = (ROOT / "docs" / "results" / "routing.md").read_text().splitlines()
    assert len(printed) > 100
    assert [line for line in page if line.startswith("|")] == printed
