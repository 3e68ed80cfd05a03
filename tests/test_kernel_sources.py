"""A kernel's machine code is made anew when a kernel that it calls, or a constant that it reads, has changed."""

from __future__ import annotations

import importlib
import sys

import numba
import numpy as np
import pytest

from coplug import jit
from coplug.kernel_sources import sources

FILES = {
    "made_below.py": """
from coplug.jit import kernel

FACTOR = 2


@kernel
def scaled(value):
    return FACTOR * value
""",
    "made_above.py": """
import made_below
from coplug.jit import kernel
from made_below import scaled
from made_constants import OFFSET


@kernel
def shifted(value):
    return scaled(value) + OFFSET


@kernel
def by_module(value):
    return made_below.scaled(value)
""",
    "made_constants.py": "OFFSET = 1\n",
}


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Return what imports the made modules as a new process would."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def load():
        for name in FILES:
            sys.modules.pop(name.removesuffix(".py"), None)
        importlib.invalidate_caches()
        return importlib.import_module("made_above")

    yield load
    for name in FILES:
        sys.modules.pop(name.removesuffix(".py"), None)


def compiles(kernel, value, expected):
    told = []
    with jit.compiling(lambda: told.append(1)):
        assert kernel(value) == expected
    return bool(told)


@pytest.mark.parametrize("name", ["shifted", "by_module"])
def test_a_changed_callee_is_compiled_into_its_callers(fresh, tmp_path, name):
    offset = 1 if name == "shifted" else 0
    assert compiles(getattr(fresh(), name), 10, 20 + offset)
    assert not compiles(getattr(fresh(), name), 10, 20 + offset)
    below = tmp_path / "made_below.py"
    below.write_text(below.read_text().replace("FACTOR * value", "FACTOR * value * 100"))
    assert compiles(getattr(fresh(), name), 10, 2000 + offset)
    assert not compiles(getattr(fresh(), name), 10, 2000 + offset)


def test_a_changed_constant_of_another_module_is_seen(fresh, tmp_path):
    assert compiles(fresh().shifted, 10, 21)
    (tmp_path / "made_constants.py").write_text("OFFSET = 7\n")
    assert compiles(fresh().shifted, 10, 27)
    assert not compiles(fresh().shifted, 10, 27)


def test_a_closure_is_read_too(fresh):
    made = fresh()

    def over(factor):
        @jit.kernel
        def times(value):
            return factor * made.scaled(value)

        return times

    assert sources(over(2)) != sources(over(3))
    assert sources(over(2)) == sources(over(2))


def test_arrays_count_by_their_values(fresh):
    made = fresh()
    made.OFFSET = np.arange(3)
    first = sources(made.shifted)
    made.OFFSET = np.arange(3) + 1
    assert sources(made.shifted) != first


def test_kernels_that_call_each_other_end(fresh):
    made = fresh()
    made.scaled = made.shifted
    assert any("made_above.py" in name for name, _ in sources(made.shifted))
