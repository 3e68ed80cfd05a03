from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from coplug import jit


@pytest.fixture
def no_cache_directory(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")


def test_numba_is_left_alone_where_it_can_write(no_cache_directory, monkeypatch, tmp_path):
    monkeypatch.setattr(jit, "_can_write", lambda directory: directory == Path(jit.__file__).parent)
    assert jit.last_resort() is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "not" / "there" / "yet"))
    monkeypatch.setattr(jit, "_can_write", lambda directory: directory == tmp_path / "not" / "there" / "yet")
    assert jit.last_resort() is None


def test_the_temporary_directory_serves_where_nothing_else_can_be_written(no_cache_directory, monkeypatch):
    monkeypatch.setattr(jit, "_can_write", lambda directory: False)
    assert "coplug-numba" in jit.last_resort()


def test_a_chosen_cache_directory_wins(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "/chosen")
    monkeypatch.setattr(jit, "_can_write", lambda directory: False)
    assert jit.last_resort() is None


def test_kernels_are_cached_across_processes(tmp_path):
    code = (
        "from coplug.scip.warm_up import warm_up_scip; from coplug.scip import kernels; warm_up_scip();"
        "print(kernels.read_columns.stats)"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert "cache_misses=Counter({" in outputs[0].stdout
    assert "cache_misses=Counter()" in outputs[1].stdout


def test_signatures_never_share_a_file_even_if_processes_compile_them_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    for value in (1, 1.5):
        jit.kernel(doubled)(value)
        for index in tmp_path.rglob("*.nbi"):
            index.unlink()  # as where the other process read it before this one wrote it
    assert len(list(tmp_path.rglob("*.nbc"))) == 2


def doubled(value):
    return 2 * value
