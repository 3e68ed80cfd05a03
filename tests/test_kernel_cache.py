"""Where machine code is kept: never where a stranger could have put some, and what is damaged is compiled again."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from coplug import jit, kernel_cache
from coplug.kernel_cache import distrust, last_resort


@pytest.fixture
def no_cache_directory(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")


def test_numba_is_left_alone_where_it_can_write(no_cache_directory, monkeypatch, tmp_path):
    source = Path(kernel_cache.__file__).parent
    monkeypatch.setattr(kernel_cache, "_can_write", lambda directory: directory == source)
    assert last_resort() is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "not" / "there" / "yet"))
    yet = tmp_path / "not" / "there" / "yet"
    monkeypatch.setattr(kernel_cache, "_can_write", lambda directory: directory == yet)
    assert last_resort() is None


def test_the_temporary_directory_serves_where_nothing_else_can_be_written(no_cache_directory, monkeypatch):
    monkeypatch.setattr(kernel_cache, "_can_write", lambda directory: False)
    assert "coplug-numba" in last_resort()


def test_a_chosen_cache_directory_wins(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "/chosen")
    monkeypatch.setattr(kernel_cache, "_can_write", lambda directory: False)
    assert last_resort() is None


def test_a_directory_of_ours_is_trusted_and_made(tmp_path):
    made = tmp_path / "new" / "cache"
    assert distrust(str(made)) == ""
    assert made.stat().st_mode & 0o777 == 0o700
    assert distrust(str(made)) == ""


def test_a_directory_that_others_may_write_to_is_not_trusted(tmp_path):
    tmp_path.chmod(0o777)
    assert "others may write" in distrust(str(tmp_path))
    assert "others may write" in distrust(str(tmp_path / "inside"))
    (tmp_path / "inside").chmod(0o700)
    tmp_path.chmod(0o1777)  # as /tmp: nobody can put another directory in the place of ours
    assert distrust(str(tmp_path / "inside")) == ""
    tmp_path.chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files away")
def test_a_directory_of_somebody_else_is_not_trusted(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 12345, 12345)
    assert "another user" in distrust(str(theirs))
    assert "another user" in distrust(str(theirs / "inside"))
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    os.chown(link, 12345, 12345, follow_symlinks=False)
    assert "another user" in distrust(str(link))
    group = tmp_path / "group"
    group.mkdir()
    group.chmod(0o770)
    os.chown(group, 0, 12345)
    assert "others may write" in distrust(str(group))


def test_what_is_no_directory_is_not_trusted(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be used" in distrust(str(tmp_path / "file"))


MARK = "the stranger's code ran"
SUM = """
import sys
from pathlib import Path
from coplug import jit
from tests.test_kernel_cache import doubled
compiled = jit.kernel(doubled)
told = []
with jit.compiling(lambda: told.append(1)):
    print(compiled(21), "compiled" if told else "read")
"""


def doubled(value):
    return 2 * value


class Evil:
    def __reduce__(self):
        return print, (MARK,)


def run_kernel(directory):
    return subprocess.run(
        [sys.executable, "-c", SUM],
        env=os.environ | {"NUMBA_CACHE_DIR": str(directory)},
        capture_output=True,
        text=True,
        check=True,
    )


def kept(directory):
    return list(directory.rglob("*doubled*.nb*"))


def test_machine_code_is_read_again(tmp_path):
    assert run_kernel(tmp_path).stdout == "42 compiled\n"
    assert len(kept(tmp_path)) == 1
    again = run_kernel(tmp_path)
    assert (again.stdout, again.stderr) == ("42 read\n", "")


def test_a_strangers_pickle_is_not_run(tmp_path):
    """Neither where others may write, nor under the names that numba would read."""
    assert run_kernel(tmp_path).stdout == "42 compiled\n"
    evil = pickle.dumps(Evil())
    (code,) = kept(tmp_path)
    base = code.name.rsplit(".", 2)[0]
    for content in (evil, pickle.dumps(numba.__version__) + evil, code.read_bytes()[:32] + evil):
        code.write_bytes(content)
        code.with_name(f"{base}.nbi").write_bytes(content)
        done = run_kernel(tmp_path)
        assert (done.stdout, done.stderr) == ("42 compiled\n", "")
    tmp_path.chmod(0o777)
    code.write_bytes(evil)
    done = run_kernel(tmp_path)
    assert done.stdout == "42 compiled\n"
    assert done.stderr.count("\n") == 1
    assert "machine code is not kept" in done.stderr
    assert code.read_bytes() == evil
    tmp_path.chmod(0o700)


def test_the_doctor_says_that_nothing_is_kept(tmp_path):
    tmp_path.chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-m", "coplug", "doctor"],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert f"none: others may write to {tmp_path}" in done.stdout
    tmp_path.chmod(0o700)


DAMAGE = {
    "empty": lambda content: b"",
    "cut in half": lambda content: content[: len(content) // 2],
    "one byte short": lambda content: content[:-1],
    "one bit": lambda content: content[:-100] + bytes([content[-100] ^ 1]) + content[-99:],
    "noise": lambda content: os.urandom(len(content)),
    "text": lambda content: b"not machine code",
}


def test_damaged_files_are_compiled_again_and_mended(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    told = []

    def compiles():
        told.clear()
        with jit.compiling(lambda: told.append(1)):
            assert jit.kernel(doubled)(21) == 42
        return bool(told)

    assert compiles()
    (code,) = kept(tmp_path)
    for damage in DAMAGE.values():
        assert not compiles()
        code.write_bytes(damage(code.read_bytes()))
        assert compiles()


def test_a_place_that_cannot_be_written_costs_only_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    compiled = jit.kernel(doubled)
    folder = Path(compiled._cache.cache_path)
    folder.rmdir()
    folder.write_text("a file where the folder was")
    assert compiled(21) == 42


def test_signatures_never_share_a_file_even_if_processes_compile_them_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    for value in (1, 1.5):
        jit.kernel(doubled)(value)  # each with a dispatcher that knows nothing of the other's
    assert len(list(tmp_path.rglob("*.nbc"))) == 2
