import shutil

import pytest

from coplug.errors import OutputError
from coplug.files import replacing, visible, write_atomically
from coplug.scip.problem import find_instances
from tests.conftest import INSTANCES


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
