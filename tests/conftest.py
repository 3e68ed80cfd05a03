"""Shared fixtures: shipped instances, and reference data that may be absent."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background jobs so; the processes that tests interrupt must not inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
INSTANCES = ROOT / "instances"
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def tiny() -> Path:
    """A set cover that takes a few branchings and less than a second or two."""
    return INSTANCES / "setcover-tiny-0001.lp"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of reference data beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the folder of reference data is not beside this checkout")
    return SHARED


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that installs somebody's package: a module's name and text, and entry points by group."""
    modules = []

    def installed(module: str, text: str, **groups: dict[str, str]) -> None:
        folder = tmp_path / f"site-{module}"
        metadata = folder / f"{module}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (folder / f"{module}.py").write_text(text)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        lines = []
        for group, points in groups.items():
            lines += [f"[coplug.{group}]", *(f"{name} = {value}" for name, value in points.items())]
        (metadata / "entry_points.txt").write_text("\n".join(lines))
        monkeypatch.syspath_prepend(str(folder))
        modules.append(module)

    yield installed
    for module in modules:
        sys.modules.pop(module, None)
