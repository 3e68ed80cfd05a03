"""Whose entry points count where several installations of coplug are on the path."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from coplug import own_metadata, solving
from coplug.contracts.problem import PROBLEMS
from coplug.errors import UsageError
from coplug.own_metadata import own_entry_points
from coplug.registry import Registry
from tests.conftest import ROOT

OLD = "[console_scripts]\ncoplug = coplug.cli:main\n"
STRANGE = "[coplug.problems]\nmilp = coplug.nowhere:problem\nold = coplug.nowhere:old\n"


def leave(folder, entry_points, name="coplug.egg-info"):
    """Leave metadata of coplug in a folder, as an older installation does."""
    metadata = folder / name
    metadata.mkdir()
    file = "PKG-INFO" if name.endswith("egg-info") else "METADATA"
    (metadata / file).write_text("Metadata-Version: 2.1\nName: coplug\nVersion: 0.0.1\n")
    if entry_points is not None:
        (metadata / "entry_points.txt").write_text(entry_points)
    return metadata


@pytest.mark.parametrize("entry_points", [OLD, STRANGE, "", None])
def test_what_an_older_installation_left_hides_nothing(tmp_path, entry_points):
    leave(tmp_path, entry_points)
    for words in (["-m", "coplug"], ["-c", "from coplug.cli import main; main()"]):
        done = subprocess.run(
            [sys.executable, *words, "list", "problems"], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert [line.split()[0] for line in done.stdout.splitlines()] == PROBLEMS.names()
        assert done.stderr == ""


def test_metadata_beside_the_code_count_only_if_they_are_whole(tmp_path, monkeypatch):
    """As where a regular installation is used in a checkout that has something of an older one."""
    checkout, site = tmp_path / "checkout", tmp_path / "site"
    (checkout / "coplug").mkdir(parents=True)
    site.mkdir()
    monkeypatch.setattr(own_metadata, "_ROOT", checkout)
    monkeypatch.setattr(sys, "path", [str(checkout), str(site)])
    old = leave(checkout, OLD)
    leave(site, "[coplug.problems]\nmilp = here:problem\n", "coplug-1.0.dist-info")
    assert own_entry_points().select(name="milp")["milp"].value == "here:problem"
    (old / "entry_points.txt").write_text("[coplug.problems]\nmilp = there:problem\n")
    assert own_entry_points().select(name="milp")["milp"].value == "there:problem"


def test_of_two_of_one_code_the_newer_counts(tmp_path, monkeypatch):
    """As where a checkout was built after it was installed for editing, or the other way round."""
    checkout, site = tmp_path / "checkout", tmp_path / "site"
    (checkout / "coplug").mkdir(parents=True)
    site.mkdir()
    monkeypatch.setattr(own_metadata, "_ROOT", checkout)
    monkeypatch.setattr(sys, "path", [str(checkout), str(site)])
    built = leave(checkout, "[coplug.problems]\nmilp = built:problem\n")
    edited = leave(site, "[coplug.problems]\nmilp = edited:problem\n", "coplug-1.0.dist-info")
    (edited / "direct_url.json").write_text(
        f'{{"url": "{checkout.as_uri()}", "dir_info": {{"editable": true}}}}'
    )
    now = time.time()
    for newer, name in ((built, "built"), (edited, "edited")):
        for metadata in (built, edited):
            age_s = 0 if metadata is newer else 100
            os.utime(metadata / "entry_points.txt", (now - age_s, now - age_s))
        assert own_entry_points().select(name="milp")["milp"].value == f"{name}:problem"
    (edited / "direct_url.json").write_text("{")
    assert own_entry_points().select(name="milp")["milp"].value == "built:problem"


def test_one_installation_alone_is_asked_as_python_does(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    leave(tmp_path, OLD)
    assert own_entry_points() is None


def test_a_catalogue_without_problems_says_what_to_do(monkeypatch):
    monkeypatch.setattr(Registry, "entries", lambda self: {})
    for call in (solving.problems, lambda: PROBLEMS.load("milp")):
        with pytest.raises(UsageError, match=r"install it again, in a checkout by `pip install -e \.`"):
            call()


def test_the_checkout_has_environments_and_models_beside_the_package():
    for name in ("envs", "models"):
        assert (ROOT / "coplug" / name).resolve() == ROOT / name
