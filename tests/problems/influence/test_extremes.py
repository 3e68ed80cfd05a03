"""Options and files at the edge of what makes sense: one clear line, or an honest answer."""

import networkx as nx
import pytest

import coplug
from coplug.errors import CoplugError

GRAPH = nx.karate_club_graph()


def _solve(**options):
    return coplug.solve(GRAPH, "influence", budget=2, probability="0.1", threads=1, **options)


def test_a_guarantee_is_never_negative():
    certificate = _solve(method="imm", epsilon=1.0).extra["certificate"]
    assert certificate["ratio"] == 0


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("targets", "0,1e308\n1,1e308\n", "weighs 1e[+]308; take at most"),
        ("costs", "0,nan\n", "line 1: expected a node and a finite number"),
    ],
)
def test_numbers_that_cannot_be_counted_with_are_refused(tmp_path, option, text, message):
    path = tmp_path / "values.csv"
    path.write_text(text)
    with pytest.raises(CoplugError, match=message):
        _solve(**{option: path})


def test_a_line_with_words_is_a_heading(tmp_path):
    path = tmp_path / "values.csv"
    path.write_text("node,cost\n0,2\n")
    assert _solve(costs=path).extra["cost"] <= 2


@pytest.mark.parametrize("option", ["worlds", "greedy_worlds"])
def test_more_worlds_than_memory_has_room_for_are_refused(option):
    with pytest.raises(CoplugError, match="out of range"):
        _solve(**{option: 2_000_000_000})


def test_sets_without_number_end_at_the_memory_limit():
    assert _solve(method="imm", epsilon=1e-9, mem_limit=1.0).status == "memlimit"
