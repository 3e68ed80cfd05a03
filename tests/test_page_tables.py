"""Tables that a page takes from a file of rows are as the file has them."""

import sys

import pytest

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))  # scripts import each other by name
page_tables = pytest.importorskip("page_tables")


def test_tables_of_pages_are_those_of_the_rows():
    pages = [
        page for page in (ROOT / "docs" / "results").glob("*.md") if "<!-- docs/data/" in page.read_text()
    ]
    assert pages
    for page in pages:
        assert page_tables.filled(page.read_text()) == page.read_text(), f"{page.name}: write its tables anew"
