"""coplug solve --problem routing, in Python and as a command."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner
from wireless import sparse, trap

import coplug
from coplug.cli import app
from coplug.errors import InstanceError, UnknownPolicyError, UsageError
from coplug.problems.routing.families import NETWORKS
from coplug.problems.routing.problem import ROUTING
from coplug.testing import check_problem

LINE = {"positions": [[0, 0], [1, 0], [2, 0], [9, 9]], "radius": 1.0}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "network.json"
    path.write_bytes(NETWORKS.render(trap(), "json"))
    return path


def command(*words):
    return CliRunner().invoke(app, ["solve", *map(str, words)], catch_exceptions=False)


def test_one_packet(file, tmp_path):
    plot = tmp_path / "route.png"
    result = command(file, "--problem", "routing", "--from", 0, "--to", 7, "--json", "--plot", plot)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["path"] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert document["length"] == document["shortest"] == pytest.approx(7.0)
    assert document["stretch"] == 1.0
    assert document["status"] == "optimal"
    assert plot.stat().st_size > 1000


def test_all_pairs_and_tables(file, tmp_path):
    result = command(file, "--problem", "routing", "--method", "greedy", "--tables", tmp_path / "t", "--json")
    document = json.loads(result.stdout)
    assert document["pairs"] == 56
    assert 0 < document["delivery"] < 1
    again = json.loads(command(file, "--problem", "routing", "--repair", tmp_path / "t", "--json").stdout)
    assert again["delivery"] == 1.0
    assert again["repair"]["lost"] == round((1 - document["delivery"]) * 56)


def test_the_shipped_policies_route(file):
    for name in ROUTING.policies():
        report = coplug.solve(str(file), problem="routing", policy=name)
        assert set(report.document) >= {"delivery", "mean_stretch", "zeta_accuracy", "accuracy", "pairs"}
        if name.startswith("routing-explorer") or name == "none":
            assert report.document["delivery"] == 1.0


def test_words_of_python():
    report = coplug.solve(LINE, problem="routing", from_="0", to="2")
    assert report.document["path"] == [0, 1, 2]
    far = coplug.solve(LINE, problem="routing", from_="0", to="3")
    assert (far.status, far.objective, far.document["path"]) == ("infeasible", None, [])
    alone = coplug.solve({"positions": [[0, 0]], "radius": 1.0}, problem="routing")
    assert (alone.document["pairs"], alone.document["delivery"]) == (0, 1.0)
    here = coplug.solve(LINE, problem="routing", from_="1", to="1")
    assert (here.document["path"], here.document["length"], here.document["stretch"]) == ([1], 0.0, 1.0)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"from_": "0"}, UsageError, "give both --from and --to"),
        ({"from_": "0", "to": "8"}, InstanceError, "--to '8': the network of 4 nodes has no such node"),
        ({"method": "ant"}, UsageError, "method 'ant' is unknown"),
        ({"policy": "ant"}, UnknownPolicyError, "no policy 'ant' for routing"),
        ({"tables": "t"}, UsageError, "which no table holds"),
        ({"method": "gpsr", "policy": "routing-forwarder"}, UsageError, "two ways to route; give one"),
        ({"repair": "t", "policy": "routing-forwarder"}, UsageError, "leave --policy out"),
        ({"repair": "t", "method": "gpsr"}, UsageError, "leave --method out"),
        ({"links": Path("l.csv")}, UsageError, "links is for a CSV file"),
        ({"links": Path("l.csv"), "radius": 1.0}, UsageError, "give one of them"),
        ({"failed": 2.0}, UsageError, "out of range"),
        ({"weights": "delay"}, InstanceError, "have no column 'delay'"),
    ],
)
def test_wrong_options_are_one_line(options, error, message):
    with pytest.raises(error, match=message):
        coplug.solve(LINE, problem="routing", **options)


def test_no_nodes():
    with pytest.raises(InstanceError, match="has no nodes"):
        coplug.solve({"positions": [], "radius": 1.0}, problem="routing")


def test_failing_links_and_samples():
    network = sparse(2)
    table, local = (
        coplug.solve(network, problem="routing", method=name, failed=0.1, seed=1).document
        for name in ("table", "depth-first-2")
    )
    assert local["delivery"] == 1.0 > table["delivery"]
    some = coplug.solve(network, problem="routing", method="greedy", pairs=50).document
    assert some["pairs"] + some["disconnected"] == 50


def test_a_stop_is_taken_note_of():
    instance = ROUTING.take(sparse(), ROUTING.options_type(method="greedy"))
    report = ROUTING.solve(instance, ROUTING.options_type(method="greedy"), None, lambda: True)
    assert (report.status, report.document["pairs"]) == ("userinterrupt", 0)


def test_the_contract(file):
    check_problem(ROUTING, file, method="greedy")


def test_learned_and_classical_ways_are_told_apart():
    from coplug.problems.routing.learned import load_rule

    rule = load_rule("routing-explorer-2")
    assert rule.two_hops
    assert np.isfinite(rule.net.skip).all()
