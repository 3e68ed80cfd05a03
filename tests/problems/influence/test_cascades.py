"""Observed cascades: reading, estimates beside a second implementation, and what is taken in the end."""

import csv

import numpy as np
import pytest
from typer.testing import CliRunner

from coplug.cli import app
from coplug.errors import InstanceError, UsageError
from coplug.families import make_family
from coplug.graphs.graph import from_edges
from coplug.problems.influence.cascade_family import CASCADES, CascadeFamily
from coplug.problems.influence.cascades import read_cascades
from coplug.problems.influence.estimators import (
    ESTIMATORS,
    by_counts,
    by_credits,
    by_likelihood,
    by_togetherness,
)
from coplug.problems.influence.learned import learn
from coplug.problems.influence.node_files import NodeNames
from coplug.solving import solve
from tests.problems.influence.exact import ARCS, CHANCES

NAMES = NodeNames(["a", "b", "c"])
GRAPH = from_edges(3, [(0, 1), (0, 2), (1, 2)], directed=True)
SEEN = "cascade,node,time\n1,a,0\n1,b,1\n1,c,2\n2,a,0\n2,c,1\n3,a,0\n4,b,0\n4,c,1\n5,a,0\n5,b,0\n5,c,1\n"


def read(tmp_path, text):
    path = tmp_path / "cascades.csv"
    path.write_text(text)
    return read_cascades(path, NAMES)


def chances(graph, values):
    return dict(zip(map(tuple, graph.edges().tolist()), values.tolist(), strict=True))


def test_lines_may_come_in_any_order(tmp_path):
    found = read(tmp_path, "cascade,node,time\nx,c,2.5\ny,b,1\nx,a,0\n\nx,b,0.5\nx,c,9\n")
    assert found.ptr.tolist() == [0, 3, 4]
    assert found.nodes.tolist() == [0, 1, 2, 1]
    assert found.times.tolist() == [0, 0.5, 2.5, 1]
    assert found.seeds(0).tolist() == [0]
    assert found.notes == ("1 node comes again in a cascade, the first time counts",)
    assert read(tmp_path, "cascade,node\n1,a\n1,b\n").times is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the heading is ''; expected cascade,node,time or cascade,node"),
        ("1,a,0\n", "the heading is '1,a,0'"),
        ("cascade,node,time\n", "has no cascades"),
        ("cascade,node,time\n1,z,0\n", "line 2 names node 'z', which the graph does not have"),
        ("cascade,node,time\n1,a,soon\n", "line 2: the time 'soon' is no finite number"),
        ("cascade,node,time\n1,a,inf\n", "line 2: the time 'inf' is no finite number"),
        ('cascade,node,time\n1,a,0\n"' + 200_000 * "x", "line 3: no CSV file: field larger than field limit"),
        ("cascade,node,time\n1,a\n", "line 2: expected cascade,node,time, found '1,a'"),
    ],
)
def test_files_that_say_nothing_are_one_line(tmp_path, text, message):
    with pytest.raises(InstanceError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_estimates_by_hand(tmp_path):
    seen = read(tmp_path, SEEN)
    # a is in cascades 1, 2, 3, 5: b follows in 1, c in 2 and 5 in the next step; in 1 and 3, a fails at c.
    counts = chances(GRAPH, by_counts(GRAPH, seen))
    assert counts == {(0, 1): 1 / 4, (0, 2): 2 / 4, (1, 2): 3 / 3}
    credits_ = chances(GRAPH, by_credits(GRAPH, seen))
    assert credits_ == {(0, 1): 1 / 4, (0, 2): 1.5 / 4, (1, 2): 2.5 / 3}
    together = chances(GRAPH, by_togetherness(GRAPH, seen))
    assert together == {(0, 1): 2 / 4, (0, 2): 3 / 4, (1, 2): 3 / 3}


def test_the_likelihood_is_at_its_maximum(tmp_path):
    seen = read(tmp_path, SEEN)
    found = chances(GRAPH, by_likelihood(GRAPH, seen))
    # (a, b) is tried in cascades 1, 2, 3 and succeeds once. (a, c) fails in 1 and 3, (b, c) never.
    assert found[0, 1] == pytest.approx(1 / 3, abs=1e-3)

    def likelihood(ac, bc):
        return bc * ac * (1 - ac) ** 2 * bc * (1 - (1 - ac) * (1 - bc))

    grid = np.linspace(0.001, 1, 1000)
    best = max(((likelihood(ac, bc), ac, bc) for ac in grid for bc in grid[-200::10]), key=lambda x: x[0])
    assert likelihood(found[0, 2], found[1, 2]) >= best[0] * (1 - 1e-3)


def test_without_steps_any_earlier_node_may_be_the_cause(tmp_path):
    seen = read(tmp_path, "cascade,node,time\n1,a,0\n1,b,0.7\n1,c,3\n2,a,0\n")
    assert chances(GRAPH, by_counts(GRAPH, seen)) == {(0, 1): 1 / 2, (0, 2): 1 / 2, (1, 2): 1}


def test_arcs_that_were_never_tried_get_the_mean(tmp_path):
    seen = read(tmp_path, "cascade,node,time\n1,a,0\n1,b,1\n2,a,0\n")
    graph = from_edges(3, [(0, 1), (2, 0), (2, 1)], directed=True)
    assert chances(graph, by_counts(graph, seen)) == {(0, 1): 1 / 2, (2, 0): 1 / 2, (2, 1): 1 / 2}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cascades")
    lines = [f"{u} {v} {p}" for (u, v), p in zip(ARCS, CHANCES, strict=True)]
    (folder / "graph.edgelist").write_text("\n".join(lines) + "\n")
    arguments = [
        "generate", "cascades", f"graph={folder / 'graph.edgelist'}", "directed=true", "probability=column",
        "n_cascades=3000", "seed_share=0.2", "--out", str(folder), "--seed", "4",
    ]  # fmt: skip
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    (path,) = folder.glob("*.csv")
    return folder / "graph.edgelist", path


def test_generated_cascades_follow_the_graph(drawn):
    rows = list(csv.DictReader(drawn[1].open()))
    assert len({row["cascade"] for row in rows}) == 3000
    times = {(row["cascade"], int(row["node"])): int(row["time"]) for row in rows}
    for (cascade, node), time in times.items():
        before = [u for u, v in ARCS if v == node and times.get((cascade, u)) == time - 1]
        assert time == 0 or before
    assert sum(time == 0 for time in times.values()) == 3000  # one of six nodes is a fifth, rounded


def test_the_truth_is_found_again(drawn):
    _, path = drawn
    graph = from_edges(6, ARCS, directed=True)
    seen = read_cascades(path, NodeNames(range(6)))
    truth = dict(zip(ARCS, CHANCES, strict=True))
    found = chances(graph, by_likelihood(graph, seen))
    assert all(abs(found[arc] - truth[arc]) < 0.08 for arc in ARCS)
    learned = learn(graph, seen)
    assert learned.scores["likelihood"] < learned.scores["together"]
    assert learned.estimator == min(learned.scores, key=learned.scores.get)


def test_seeds_come_from_the_cascades(drawn):
    graph_path, path = drawn
    options = {"directed": True, "budget": 2, "worlds": 1000}
    report = solve(graph_path, "influence", cascades=path, **options)
    known = solve(graph_path, "influence", probability="column", **options)
    assert report.extra["seeds"] == known.extra["seeds"]
    assert report.extra["spread"] == pytest.approx(known.extra["spread"], rel=0.05)
    assert report.extra["cascades"]["count"] == 3000
    assert set(report.extra["cascades"]["scores"]) == set(ESTIMATORS)
    assert "probabilities are estimated from 3000 cascades by" in report.notes[-1]


def test_without_times_some_controls_are_left_out_and_it_says_so(drawn, tmp_path):
    graph_path, path = drawn
    bare = tmp_path / "bare.csv"
    bare.write_text("".join(line.rsplit(",", 1)[0] + "\n" for line in path.read_text().splitlines()))
    report = solve(graph_path, "influence", budget=1, cascades=bare, worlds=100)
    assert report.extra["cascades"]["left_out"] == ["likelihood", "counts", "credits"]
    assert "no times, which likelihood, counts, credits would need: left out" in report.notes[-1]
    with pytest.raises(UsageError, match="estimator counts needs the times of nodes"):
        solve(graph_path, "influence", budget=1, cascades=bare, estimator="counts")
    with pytest.raises(UsageError, match="leave out --probability"):
        solve(graph_path, "influence", budget=1, cascades=bare, probability="0.1")


def test_a_family_of_graphs_will_do():
    one = make_family("cascades", "tiny").generate(np.random.RandomState(5))
    graph = make_family("barabasi_albert", "tiny").generate(np.random.RandomState(5))
    assert one.graph.edges().tolist() == graph.edges().tolist()
    assert one.cascades.count == 20
    assert CASCADES.render(one, "csv").startswith(b"cascade,node,time\n1,")
    bare = CascadeFamily(n_cascades=2, times=False).generate(np.random.RandomState(5))
    assert CASCADES.render(bare, "csv").startswith(b"cascade,node\n1,")


@pytest.mark.parametrize(
    "wrong",
    [{"n_cascades": 0}, {"seed_share": 0.0}, {"seed_share": 2.0}, {"diffusion": "sis"}, {"probability": "2"}],
)
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError):
        CascadeFamily(**wrong)
