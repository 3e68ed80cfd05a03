import shutil
from pathlib import Path

import pytest

from coplug.errors import OutputError
from coplug.files import appending, check_writable, check_written, replacing, visible, write_atomically
from coplug.scip.problem import find_instances
from tests.conftest import INSTANCES

FULL = Path("/dev/full")


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    write_atomically(path, b"old")
    with pytest.raises(OutputError), replacing(path) as temporary:
        temporary.unlink()
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write .*choose a writable path"):
        write_atomically(tmp_path / "file" / "a.txt", b"")


def test_a_path_is_tried_before_work_begins(tmp_path):
    check_writable(tmp_path / "new" / "a.txt")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "a.txt", tmp_path / "new"):
        with pytest.raises(OutputError, match=r"--log .* cannot be written"):
            check_writable(path, "--log")


def test_what_is_no_file_is_never_replaced():
    with pytest.raises(OutputError, match="no regular file"):
        write_atomically(Path("/dev/null"), b"")
    assert not Path("/dev/null").is_file()


def test_lines_are_added_at_once_and_a_full_disk_is_one_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"1\n")
    with appending(path) as append:
        append(b"2\n")
        assert path.read_bytes() == b"1\n2\n"
    if Path("/dev/full").exists():
        with (
            pytest.raises(OutputError, match="cannot write /dev/full: No space left"),
            appending(FULL) as append,
        ):
            append(b"3")
        with pytest.raises(OutputError, match="No space left"):
            check_written(FULL)


def test_what_a_kill_left_behind_is_hidden(tmp_path):
    path = tmp_path / "a.txt"
    path.touch()
    with replacing(path):
        assert len(list(tmp_path.iterdir())) == 2
        assert visible(tmp_path.iterdir()) == [path]


def test_hidden_files_are_no_instances(tmp_path):
    tiny = INSTANCES / "setcover-tiny-0001.lp"
    for name in ("b.lp", "a.lp", ".b.lp.x.lp"):
        shutil.copy(tiny, tmp_path / name)
    assert find_instances([tmp_path]) == (str(tmp_path / "a.lp"), str(tmp_path / "b.lp"))
