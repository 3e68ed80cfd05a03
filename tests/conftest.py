"""Shared fixtures: shipped instances, and reference data that may be absent."""

from __future__ import annotations

import signal
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
