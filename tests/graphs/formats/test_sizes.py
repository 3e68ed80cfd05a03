"""Files that are too large for the memory are refused before they are read."""

import pytest

from coplug.errors import InstanceError
from coplug.graphs.formats import reading, sizes
from coplug.graphs.formats.reading import read_graph


@pytest.mark.parametrize(("suffix", "needed"), [("edgelist", "6.8"), ("edgelist.gz", "27.3")])
def test_a_graph_that_does_not_fit_is_not_read(tmp_path, monkeypatch, suffix, needed):
    path = tmp_path / f"large.{suffix}"
    with path.open("wb") as file:
        file.truncate(1000 * 2**20)  # holes take no room
    monkeypatch.setattr(sizes, "free_memory", lambda: 2**30)
    monkeypatch.setattr(reading, "file_bytes", lambda path: pytest.fail("it is read"))
    with pytest.raises(
        InstanceError, match=rf"about {needed} GiB of memory to be read, and 1.0 GiB are free"
    ):
        read_graph(path)


def test_where_the_system_does_not_say_everything_is_read(tmp_path, monkeypatch):
    (tmp_path / "small.edgelist").write_text("0 1\n")
    monkeypatch.setattr(sizes, "MEMINFO", tmp_path / "nothing")
    assert sizes.free_memory() is None
    assert read_graph(tmp_path / "small.edgelist").graph.n_edges == 1
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:       0 kB\n")
    monkeypatch.setattr(sizes, "MEMINFO", tmp_path / "meminfo")
    assert sizes.free_memory() == 0
    with pytest.raises(InstanceError, match="free some, or take a part of the graph"):
        read_graph(tmp_path / "small.edgelist")
