"""What messages say about extras, from wherever coplug was installed."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import pytest

from coplug import extras


def installed_from(monkeypatch, record):
    monkeypatch.setattr(extras, "distribution", lambda name: SimpleNamespace(read_text=lambda file: record))


def test_a_checkout_is_named_by_its_path(monkeypatch, tmp_path):
    checkout = tmp_path / "a b"
    checkout.mkdir()
    installed_from(monkeypatch, json.dumps({"url": checkout.as_uri(), "dir_info": {"editable": True}}))
    assert extras.install_command("train") == f"pip install '{checkout}[train]'"
    monkeypatch.chdir(checkout)
    assert extras.install_command("train") == "pip install '.[train]'"
    monkeypatch.chdir(tmp_path)
    checkout.rmdir()
    assert extras.install_command("train") == "pip install 'coplug[train]'"


@pytest.mark.parametrize("record", [None, "{}", '{"url": "https://example.org/coplug.whl"}', "{"])
def test_what_comes_from_an_index_is_named(monkeypatch, record):
    installed_from(monkeypatch, record)
    assert extras.install_command("plot") == "pip install 'coplug[plot]'"


def test_a_package_without_metadata_is_named(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", missing)
    assert extras.install_command("plot") == "pip install 'coplug[plot]'"
